"""`unseen calibrate`: what the checks catch, and what they cost clean questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scripts.commands.options import Json
from scripts.progress import show_progress
from store.errors import CalibrationMissed, UnseenError


def calibrate(
    check: Annotated[str | None, typer.Option(help="Measure this check alone.")] = None,
    readme: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Write the table between the marks of this file."
        ),
    ] = None,
    models: Annotated[
        bool, typer.Option("--models", help="Ask the models of the settings, too.")
    ] = False,
    items: Annotated[int, typer.Option(min=27, help="Clean items.")] = 300,
    mutants: Annotated[int, typer.Option(min=5, help="Planted defects of each kind.")] = 100,
    pairs: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Labelled pairs (JSONL): draw the gate's lines over them instead.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Where the gate's lines are written; the index folder by default."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure each check on planted defects, or the gate on labelled pairs, and write its lines."""
    if pairs is not None:
        calibrate_gate(pairs, out, readme, as_json=as_json)
        return
    from generator.calibration import report
    from generator.calibration.mutants import MUTANTS
    from scripts.calibrating import bench
    from scripts.wiring import found_house, open_house

    if check is not None and check not in {one.check for one in MUTANTS}:
        raise UnseenError(f"nothing is planted for a check named {check!r}")
    house = open_house() if models else found_house()
    with bench(house, with_models=models) as made, show_progress() as progress:
        rows = report.calibrate(
            made, only=check, n_clean=items, n_mutants=mutants, progress=progress
        )
    told = "with the models of the settings" if models else "without a model"
    if readme is not None:
        report.into(readme, report.table(rows, told))
    print(report.as_json(rows) if as_json else report.table(rows, told))
    missed = sorted({row.check for row in rows if not row.met})
    if missed:
        raise CalibrationMissed(missed)


def calibrate_gate(pairs: Path, out: Path | None, readme: Path | None, *, as_json: bool) -> None:
    """Draw the gate's lines over labelled pairs, write them, and print how it does."""
    from generator.calibration import report
    from generator.gate import calibration as gate
    from generator.gate import labelled
    from generator.multilingual import build_multilingual
    from scripts.wiring import found_house

    house = found_house()
    with show_progress() as progress:
        made = labelled.calibrate_gate(
            pairs, house.embedder, build_multilingual(), progress=progress
        )
    path = out or house.settings.index_dir / gate.FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    made.write(path)
    if readme is not None:
        report.into(readme, gate.table(made), "gate")
    print(made.as_json() if as_json else gate.table(made))
    missed = [group.name for group in made.groups if not group.met]
    if missed:
        raise CalibrationMissed(missed)
