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
    as_json: Json = False,
) -> None:
    """Measure each check on clean questions and on planted defects."""
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
