"""Kind `json`: the items of structured data, their typed values, and texts made by a template."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import rfc8785

from scrapers.dates import FIRST_YEAR, parse_date
from scrapers.entries import Cell, Entry, Listing
from scrapers.fetched import Fetched
from scrapers.page import absolute
from scrapers.strict_json import parse_json
from scrapers.templates import ExpressionError, expression, fill, parts_of, scalar_text, search
from scrapers.values import (
    MAX_ATTRIBUTE,
    MAX_DIGITS,
    MAX_SUBJECT,
    MAX_TEXT,
    are_versions,
    date_text,
    readable,
)
from store.errors import ExtractError
from store.records import FactKind, Source

#: Items of one body; the largest seen is a week of all earthquakes with 1,707.
MAX_ITEMS = 5_000
#: Values of one item, and of one body: that week of earthquakes has some 48,000.
MAX_CELLS_OF_ITEM = 200
MAX_CELLS = 100_000
#: Nesting further down holds no value a sentence could name (our choice).
MAX_DEPTH = 12
#: A number from here on counts milliseconds since 1970: as seconds it is the year 5138, and as
#: milliseconds 1973.
_MILLISECONDS_FROM = 10**11

_ITEM = "item:"


def check_expressions(source: Source) -> str | None:
    """Return why a source's expressions cannot be used, in one sentence; None when they can."""
    names = ("items", "id", "title", "item_url", "published", "text")
    given = {name: written for name in names if (written := getattr(source, name)) is not None}
    if source.kind != "json":
        return f"`{min(given)}` is of kind json, not of {source.kind}" if given else None
    for name in ("items", "id"):
        if name not in given:
            return f"a json source needs `{name}`, a JMESPath expression"
    for name, written in given.items():
        try:
            _ = parts_of(written) if name == "text" else expression(written)
        except ExpressionError as error:
            return f"`{name}` cannot be used: {error}"
    return None


@dataclass(frozen=True)
class JsonReader:
    """Lists the items of a JSON body."""

    def read(self, fetched: Fetched, source: Source) -> Listing:
        """Return the items as entries and their values as cells, in the body's order.

        Left out are items without an id, and different ones that share it: numbered, they would
        be mistaken for one another as soon as their order changes. An item that lacks a value of
        the template has no text, and is an entry only when it names a page.

        Raises:
            ExtractError: The body is no JSON we take, or the expressions do not fit it.
        """
        if why := check_expressions(source):
            raise ExtractError(fetched.url, why)
        recipe = Recipe(str(source.items), str(source.id), source.text or "")
        named = _named(parse_json(fetched.body, fetched.url), recipe, fetched.url)
        entries, lacking = _entries(source, named.items, fetched.final_url)
        cells, cut = _cells(source, named.items)
        notes = [*named.notes, *([cut] if cut else [])]
        if lacking:
            item, missing = next(iter(lacking.items()))
            notes.append(f"{len(lacking)} items have no text; {item!r} has no {missing!r}")
        written = recipe.written() if recipe.text else ""
        whole = named.whole and not cut
        return Listing(entries, cells, recipe=written, whole=whole, notes=tuple(notes))


def item_locator(entry: Entry) -> str:
    """Return where in a structured body's capture an entry's text lies."""
    return _ITEM + entry.id


def item_text(body: bytes, content_type: str, url: str, locator: str, recipe: str) -> str:
    """Return the text of an item again, from its capture and its document's recipe alone.

    Args:
        body: The capture's bytes.
        content_type: Its Content-Type header; JSON says itself how it is written.
        url: Named in errors.
        locator: The document's, "item:ID".
        recipe: The document's.

    Raises:
        ExtractError: There is no such text in the capture.
    """
    made, name = Recipe.read(recipe, url), locator.removeprefix(_ITEM)
    for item in _named(parse_json(body, url), made, url).items:
        if item.id == name and (text := fill(made.text, item.value)[0]):
            return text
    raise ExtractError(url, f"the data has no text for the item {name!r}")


@dataclass(frozen=True)
class Recipe:
    """How the texts of a body's items are made: two expressions and a template."""

    items: str
    id: str
    text: str

    def written(self) -> str:
        """Return the recipe as canonical JSON (RFC 8785)."""
        return rfc8785.dumps({"id": self.id, "items": self.items, "text": self.text}).decode()

    @classmethod
    def read(cls, written: str, url: str) -> Recipe:
        """Return a recipe that was written down.

        Raises:
            ExtractError: It is none.
        """
        try:
            recipe = cls(**json.loads(written))
            _ = expression(recipe.items), expression(recipe.id), parts_of(recipe.text)
        except (ValueError, TypeError, AttributeError) as error:
            raise ExtractError(url, "the recipe of its text cannot be read") from error
        return recipe


@dataclass(frozen=True)
class _Item:
    """One item: the source's own name for it, its place among all, and what it holds."""

    id: str
    index: int
    value: Mapping[str, object] | Sequence[object]


@dataclass(frozen=True)
class _Named:
    """The items that one id names, and what was left out."""

    items: tuple[_Item, ...]
    notes: tuple[str, ...]
    whole: bool


def _named(data: object, recipe: Recipe, url: str) -> _Named:
    listed = search(recipe.items, data)
    if not isinstance(listed, list):
        raise ExtractError(url, f"`items` = {recipe.items!r} finds no list in it")
    found: dict[str, _Item] = {}
    shared: Counter[str] = Counter()
    n_nameless = 0
    for index, value in enumerate(listed[:MAX_ITEMS]):
        name = readable(scalar_text(search(recipe.id, value)))
        if not name or len(name) > MAX_SUBJECT or not isinstance(value, dict | list):
            n_nameless += 1
        elif name not in found:
            found[name] = _Item(name, index, value)
        elif found[name].value != value:
            shared[name] += 1
    notes = []
    if n_nameless:
        notes.append(f"{n_nameless} items without an id ({recipe.id!r}) are left out")
    if shared:
        n_shared, example = shared.total() + len(shared), next(iter(shared))
        notes.append(f"{n_shared} items that share an id, such as {example!r}, are left out")
    if len(listed) > MAX_ITEMS:
        notes.append(f"the first {MAX_ITEMS} of {len(listed)} items were read")
    items = tuple(item for name, item in found.items() if name not in shared)
    return _Named(items, tuple(notes), len(listed) <= MAX_ITEMS)


def _entries(
    source: Source, items: Sequence[_Item], base: str
) -> tuple[tuple[Entry, ...], dict[str, str]]:
    """Return the entries, and for each item without text the expression that found nothing."""
    entries, lacking = [], {}
    for item in items:
        text, missing = fill(source.text, item.value) if source.text else ("", None)
        if missing is not None:
            lacking[item.id] = missing
        link = scalar_text(_found(source.item_url, item))
        url = absolute(base, link) if link else None
        if text or url:
            published = _moment(_found(source.published, item))
            title = _title(source, item)
            entries.append(Entry(item.id, url, title, published, text=text or None))
    return tuple(entries), lacking


def _found(written: str | None, item: _Item) -> object:
    return search(written, item.value) if written else None


def _title(source: Source, item: _Item) -> str:
    return readable(scalar_text(_found(source.title, item)))[:MAX_SUBJECT] or item.id


def _moment(found: object) -> datetime | None:
    """Read a date as it is written, or as seconds or milliseconds since 1970."""
    if isinstance(found, str):
        return parse_date(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        seconds = found / 1000 if found >= _MILLISECONDS_FROM else found
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment if moment.year >= FIRST_YEAR else None


@dataclass(frozen=True)
class _Leaf:
    """One scalar of an item; its kind is None while the others of its field must tell."""

    item: _Item
    attribute: str
    text: str
    kind: FactKind | None


def _cells(source: Source, items: Sequence[_Item]) -> tuple[tuple[Cell, ...], str]:
    """Return the typed values, and a sentence where a limit cut them, else ""."""
    leaves: list[_Leaf] = []
    n_cut = 0
    for item in items:
        room = min(MAX_CELLS_OF_ITEM, MAX_CELLS - len(leaves))
        found = list(islice(_leaves(item, "", item.value, 0), room + 1))
        n_cut += len(found) > room
        # A key with a dot in it may spell the way to another value; the last one is kept.
        leaves.extend({leaf.attribute: leaf for leaf in found[:room]}.values())
    texts: dict[str, list[str]] = defaultdict(list)
    for leaf in leaves:
        if leaf.kind is None:
            texts[leaf.attribute].append(leaf.text)
    of_versions = {name for name, written in texts.items() if are_versions(name, written)}
    titles = {item.id: _title(source, item) for item in items}
    cells = tuple(_cell(leaf, titles[leaf.item.id], of_versions) for leaf in leaves)
    return cells, f"{n_cut} items have more values than are read" if n_cut else ""


def _cell(leaf: _Leaf, title: str, of_versions: set[str]) -> Cell:
    day = date_text(leaf.text) if leaf.kind is None else None
    text_kind: FactKind = "version" if leaf.attribute in of_versions else "text"
    return Cell(
        subject=leaf.item.id,
        title=title,
        attribute=leaf.attribute,
        value=day or leaf.text,
        kind="date" if day else leaf.kind or text_kind,
        locator=f"items[{leaf.item.index}].{leaf.attribute}",
    )


def _leaves(item: _Item, name: str, value: object, depth: int) -> Iterator[_Leaf]:
    """Yield the scalars in `value` that have a value; null and "" have none."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        if depth < MAX_DEPTH:
            for key, inner in pairs:
                label = readable(str(key))
                yield from _leaves(item, f"{name}.{label}" if name else label, inner, depth + 1)
        return
    text = readable(scalar_text(value))
    limit = MAX_TEXT if isinstance(value, str) else MAX_DIGITS
    if text and len(text) <= limit and 0 < len(name) <= MAX_ATTRIBUTE:
        yield _Leaf(item, name, text, _kind(value))


def _kind(value: object) -> FactKind | None:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else None
