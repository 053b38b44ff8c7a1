"""`unseen benchmarks`: the known public benchmarks that questions are checked against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from scripts import reading
from scripts.commands.options import Json, show
from scripts.progress import show_progress
from scripts.wiring import open_house
from store.errors import BenchmarkError


def benchmarks_add(
    origins: Annotated[
        list[str] | None,
        typer.Argument(help="Names (mmlu, gsm8k …), hub dataset ids or local files."),
    ] = None,
    recommended: Annotated[
        bool, typer.Option("--recommended", help="The widely reported ones that are open to all.")
    ] = False,
    name: Annotated[str | None, typer.Option(help="What to call it (one origin only).")] = None,
    licence: Annotated[str | None, typer.Option(help="SPDX id of its text.")] = None,
    revision: Annotated[str | None, typer.Option(help="Pin a hub revision.")] = None,
    as_json: Json = False,
) -> None:
    """Add known public benchmarks to the reference index; one that fails stops no other."""
    from scripts.gate_add import add_all, chosen

    wanted = chosen(origins or [], recommended=recommended)
    if not wanted:
        raise typer.BadParameter("name a benchmark, a hub dataset or a file, or --recommended")
    if name and len(wanted) > 1:
        raise typer.BadParameter("--name names one benchmark; add them one by one")
    with show_progress() as progress:
        added, failed = add_all(
            open_house(), wanted, name=name, licence=licence, revision=revision, progress=progress
        )
    rows = [one.model_dump(mode="json") for one in added]
    if rows or as_json:
        show(rows, as_json, lambda: reading.print_benchmarks(rows))
    if failed:
        raise BenchmarkError("; ".join(failed))


def benchmarks_list(
    by_name: Annotated[
        bool, typer.Option("--known", help="The ones that can be added by name, and their terms.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the benchmarks that questions are checked against."""
    if by_name:
        named = reading.known_benchmarks()
        show(named, as_json, lambda: reading.print_known_benchmarks(named))
        return
    rows = reading.benchmarks(open_house())
    show(rows, as_json, lambda: reading.print_benchmarks(rows))


def benchmarks_remove(name: str) -> None:
    """Take a benchmark out of the index."""
    from generator.gate.benchmarks import remove_benchmark

    house = open_house()
    remove_benchmark(
        house.engine, house.settings.index_dir, house.embedder, name, tongues=house.tongues
    )
    print(f"{name} is removed")


def benchmarks_check(
    question: Annotated[str | None, typer.Argument(help="One question.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="JSONL rows: question, optional choices.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge whether a question is one of a known benchmark."""
    from scripts.gate_check import judge_file, judge_one

    if (question is None) == (file is None):
        raise typer.BadParameter("give one question, or a file of them with --file")
    house = open_house()
    if file:
        for verdict in judge_file(house, file):
            print(json.dumps(verdict, ensure_ascii=False))
        return
    row = judge_one(house, str(question))
    show(row, as_json, lambda: reading.print_gate(row))
