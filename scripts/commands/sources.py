"""`unseen sources`: the places that are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from scripts import reading
from scripts.commands.options import Json, Sources, show
from scripts.wiring import open_house
from store.settings import load_settings


def sources_list(sources: Sources = None, as_json: Json = False) -> None:
    """List the sources and how their last visit ended."""
    settings = load_settings()
    house = open_house(settings.model_copy(update={"sources": sources or settings.sources}))
    rows = reading.sources(house)
    show(rows, as_json, lambda: reading.print_sources(rows))


def sources_test(
    urls: Annotated[list[str] | None, typer.Argument(help="Pages or feeds.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A file of URLs, one a line.")] = None,
    as_json: Json = False,
) -> None:
    """Show what would be read from a URL, with draft questions; nothing is stored."""
    from scripts.source_test import test_url

    wanted = list(urls or [])
    if file:
        wanted += [line.strip() for line in file.read_text().splitlines() if line.strip()]
    if not wanted:
        raise typer.BadParameter("name a URL, or a file of them with --file")
    house = open_house()
    for url in wanted:
        row = test_url(house, url)
        if as_json or file:
            print(json.dumps(row, ensure_ascii=False, default=str))
        else:
            reading.print_source_test(row)


def sources_add(
    name: str,
    url: str,
    licence: Annotated[str, typer.Option(help="SPDX id; decides whether text may be shown.")],
    attribution: Annotated[str, typer.Option(help="The line that must stand beside the text.")],
    kind: Annotated[str, typer.Option(help="feed or page")] = "feed",
    topic: Annotated[str, typer.Option(help="One word.")] = "general",
    links: Annotated[str | None, typer.Option(help="CSS selector of a page's links.")] = None,
) -> None:
    """Add a source to the file named by UNSEEN_SOURCES."""
    from scripts.source_list import add_source

    settings = load_settings()
    source = add_source(
        settings.sources,
        {
            "name": name,
            "url": url,
            "licence": licence,
            "attribution": attribution,
            "kind": kind,
            "topic": topic,
            **({"links": links} if links else {}),
        },
    )
    print(f"{source.name} added; try it with: unseen sources test {source.url}")


def sources_disable(name: str) -> None:
    """Stop reading a source; what it gave stays."""
    from scripts.source_list import disable_source

    disable_source(load_settings().sources, name)
    print(f"{name} is disabled")
