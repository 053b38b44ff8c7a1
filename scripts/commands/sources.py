"""`unseen sources`: the places that are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scripts import reading, source_words
from scripts.commands.options import Json, Sources, show
from scripts.wiring import open_house
from store.database import session
from store.settings import load_settings
from store.sources import enter_sources

Field = Annotated[str | None, typer.Option(help="Kind json: JMESPath over one item.")]


def sources_list(sources: Sources = None, as_json: Json = False) -> None:
    """List the sources: where each stands and why, what comes next, what it gave."""
    settings = load_settings()
    house = open_house(settings.model_copy(update={"sources": sources or settings.sources}))
    if sources is None:
        # Another file is only looked at: the list in force stays what the daemon reads.
        with session(house.engine) as work:
            enter_sources(work, house.sources)
    lines = source_words.sources(house)
    rows = [line.model_dump(mode="json") for line in lines]
    show(rows, as_json, lambda: source_words.print_sources(lines, house.clock()))


def sources_test(
    urls: Annotated[list[str] | None, typer.Argument(help="Pages or listings.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A file of URLs, one a line.")] = None,
    as_json: Json = False,
) -> None:
    """Show what would be read from a URL, with draft questions; nothing is stored.

    Of a file, each line is answered by one line of JSON, in order, whatever became of it.
    """
    from scripts.source_test import as_line, test_urls, urls_in

    wanted = [*(urls or []), *(urls_in(file) if file else [])]
    if not wanted and not file:
        raise typer.BadParameter("name a URL, or a file of them with --file")
    for row in test_urls(open_house(), wanted):
        if as_json or file:
            print(as_line(row), flush=True)
        else:
            reading.print_source_test(row)


def sources_add(
    name: str,
    url: str,
    licence: Annotated[str, typer.Option(help="SPDX id; decides whether text may be shown.")],
    attribution: Annotated[str, typer.Option(help="The line that must stand beside the text.")],
    kind: Annotated[str, typer.Option(help="feed, sitemap, page or json.")] = "feed",
    topic: Annotated[str, typer.Option(help="One word.")] = "general",
    interval: Annotated[str, typer.Option(help="Between two visits: 30m, 1h, 2d.")] = "1h",
    user_agent: Annotated[
        str | None, typer.Option(help="Who asks; the default names Unseen and UNSEEN_CONTACT.")
    ] = None,
    openly_edited: Annotated[
        bool, typer.Option(help="Anybody may edit it: a sentence counts once it stood 72 hours.")
    ] = False,
    days_late: Annotated[
        int, typer.Option(help="Kind page, {yyyy}-{mm}-{dd} in its URL: days left to settle.")
    ] = 0,
    links: Annotated[
        str | None, typer.Option(help="Kind page: CSS selector of the articles' links.")
    ] = None,
    items: Annotated[
        str | None, typer.Option(help="Kind json: JMESPath of the items in the body.")
    ] = None,
    id: Field = None,
    title: Field = None,
    item_url: Field = None,
    published: Field = None,
    text: Annotated[
        str | None, typer.Option(help="Kind json: template of the text, {field} by {field}.")
    ] = None,
) -> None:
    """Add a source to the list: the file of UNSEEN_SOURCES, or your copy of the built-in one."""
    from scripts.source_list import add_source, list_to_write

    settings = load_settings()
    given: dict[str, object] = {
        "name": name,
        "kind": kind,
        "url": url,
        "licence": licence,
        "attribution": attribution,
        "topic": topic,
        "interval": interval,
        "openly_edited": openly_edited,
        "days_late": days_late,
    }
    of_kind = {
        "user_agent": user_agent,
        "links": links,
        "items": items,
        "id": id,
        "title": title,
        "item_url": item_url,
        "published": published,
        "text": text,
    }
    given |= {field: value for field, value in of_kind.items() if value is not None}
    path = list_to_write(settings.sources, settings.home)
    source = add_source(path, given, settings.private_hosts)
    print(f"{source.name} is added to {path}; try it with: unseen sources test {source.url}")


def sources_disable(
    name: str,
    purge: Annotated[
        bool, typer.Option("--purge", help="Take it down: remove its text, release no more of it.")
    ] = False,
    why: Annotated[str, typer.Option(help="With --purge: the reason, noted down.")] = "on request",
) -> None:
    """Stop reading a source; what it gave stays, unless it is purged."""
    from scripts.source_list import disable_source, list_to_write

    if purge:
        _purge(name, why)
        return
    settings = load_settings()
    path = list_to_write(settings.sources, settings.home)
    disable_source(path, name)
    print(f"{name} is disabled in {path}; to read it again, set enabled = true there")


def _purge(name: str, why: str) -> None:
    from scripts.takedown import take_down

    if not why.strip():
        raise typer.BadParameter("--why must say something")
    removed = take_down(open_house(), name, why.strip())
    print(
        f"{name} is taken down: the text of {removed.documents} documents, {removed.facts} values "
        f"and {removed.blobs} stored files are removed, {removed.candidates} candidates stopped; "
        "the next release retires its sealed questions"
    )
