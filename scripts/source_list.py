"""The list of sources: read from TOML, and changed there by `unseen sources add` and `disable`.

What the operator wrote in it stays as it is, comments and order included: tomlkit keeps them.
It is imported by what writes; who only reads the list does not pay for it.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from store.durable import alone_in, make_folder
from store.errors import NotFound, SettingsError, SourceFileError, UnseenError
from store.records import Source
from store.timetable import interval_of

#: What is read when UNSEEN_SOURCES is empty and nothing was added or disabled.
BUILT_IN = Path(__file__).with_name("sources.toml")
#: The operator's own copy of it, in UNSEEN_HOME.
OWN = "sources.toml"


def list_in_force(sources: Path | None, home: Path) -> Path:
    """Return the file that is read: the one named, the operator's copy, or the built-in list."""
    if sources is not None:
        return sources
    own = home / OWN
    return own if own.exists() else BUILT_IN


def list_to_write(sources: Path | None, home: Path) -> Path:
    """Return the file that `add` and `disable` change.

    The built-in list comes with the program and is replaced with it, so where no file is named
    it is copied into UNSEEN_HOME first, and read from there from then on.

    Raises:
        SourceFileError: The copy cannot be made.
    """
    if sources is not None:
        return sources
    own = home / OWN
    if not own.exists():
        try:
            make_folder(home)
            _write(own, BUILT_IN.read_text(encoding="utf-8"))
        except OSError as error:
            why = error.strerror or str(error)
            raise SourceFileError(
                f"the built-in list cannot be copied to {own}: {why}; "
                "name a file of your own in UNSEEN_SOURCES"
            ) from error
    return own


def load_sources(path: Path | None) -> tuple[Source, ...]:
    """Return the sources of a TOML file, in its order.

    Raises:
        SourceFileError: The file cannot be read; the sentence names the source and the field.
    """
    path = path or BUILT_IN
    return _parse(path, _read(path))


def _read(path: Path) -> str:
    try:
        # As it is: a text file's line ends would be made the system's own.
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError as error:
        raise SourceFileError(
            f"{path} does not exist; set UNSEEN_SOURCES to a TOML file"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SourceFileError(f"{path} cannot be read: {error}") from error


def _parse(path: Path, text: str) -> tuple[Source, ...]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceFileError(f"{path} is not TOML: {error}") from error
    entries = table.get("source")
    if not isinstance(entries, list) or not entries:
        raise SourceFileError(f"{path} lists no [[source]]")
    sources = tuple(_source(path, number, entry) for number, entry in enumerate(entries, start=1))
    _check_names(path, sources)
    return sources


def _source(path: Path, number: int, entry: object) -> Source:
    if not isinstance(entry, dict):
        raise SourceFileError(f"{path}: source {number} is not a table")
    try:
        source = Source.model_validate(entry)
        interval_of(source)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the table"
        name = entry.get("name", f"number {number}")
        raise SourceFileError(f"{path}: source {name!r}, {field}: {first['msg']}") from error
    except SettingsError as error:
        raise SourceFileError(f"{path}: {error}") from error
    return source


def _check_names(path: Path, sources: Iterable[Source]) -> None:
    seen: set[str] = set()
    for source in sources:
        if source.name in seen:
            raise SourceFileError(f"{path}: two sources are named {source.name!r}")
        seen.add(source.name)


def write_sources(path: Path, sources: Sequence[Source]) -> None:
    """Write a source file anew, whole or not at all."""
    import tomlkit

    listed = tomlkit.aot()
    for source in sources:
        listed.append(_table(source))
    document = tomlkit.document()
    document.add(tomlkit.comment("Sources of Unseen; `unseen sources add` and `disable` change it"))
    document.add(tomlkit.nl())
    document.add("source", listed)
    _write(path, tomlkit.dumps(document))


def _table(source: Source, *, inline: bool = False) -> Any:  # noqa: ANN401 - a tomlkit table
    import tomlkit

    table = tomlkit.inline_table() if inline else tomlkit.table()
    for name, value in source.model_dump(exclude_defaults=True).items():
        table.add(name, value)
    return table


def add_source(path: Path, fields: Mapping[str, object], allowed: Set[str] = frozenset()) -> Source:
    """Add a source at the end of a list, which is made when it does not exist.

    Args:
        path: The list.
        fields: What the source is, by the names of `Source`.
        allowed: `host:port` pairs that may be read although they are not public.

    Raises:
        SourceFileError: A field does not fit, the name is taken, or the file cannot be written.
    """
    import tomlkit

    with _alone_beside(path):
        text = _read(path) if path.exists() else ""
        before = _parse(path, text) if text.strip() else ()
        source = _source(path, len(before) + 1, dict(fields))
        check_fields(source, allowed)
        _check_names(path, (*before, source))

        def append(document: Any) -> None:  # noqa: ANN401 - a tomlkit document
            if "source" not in document:
                document.add("source", tomlkit.aot())
            listed = document["source"]
            listed.append(_table(source, inline=isinstance(listed, tomlkit.items.Array)))

        # A file that ends within its last line would have the new table's name put into that.
        _change(path, text if text.endswith("\n") else f"{text}\n", append, (*before, source))
    return source


def disable_source(path: Path, name: str) -> None:
    """Mark a source of a list as not to be read; doing it again changes nothing.

    Raises:
        NotFound: No source has that name.
        SourceFileError: The file cannot be read or written.
    """
    with _alone_beside(path):
        text = _read(path)
        before = _parse(path, text)
        places = [place for place, source in enumerate(before) if source.name == name]
        if not places:
            raise NotFound("source", name)
        (place,) = places
        if not before[place].enabled:
            return
        off = before[place].model_copy(update={"enabled": False})

        def disable(document: Any) -> None:  # noqa: ANN401 - a tomlkit document
            document["source"][place]["enabled"] = False

        _change(path, text, disable, (*before[:place], off, *before[place + 1 :]))


def check_fields(source: Source, allowed: Set[str] = frozenset()) -> None:
    """Refuse a source that could never be read.

    Args:
        source: The source.
        allowed: `host:port` pairs that may be read although they are not public.

    Raises:
        SourceFileError: The URL, selector or expressions cannot be used, in one sentence.
    """
    from scrapers.addresses import check_url
    from scrapers.dated import address_of, has_days
    from scrapers.structured import check_expressions

    given = f"source {source.name!r}"
    try:
        check_url(address_of(source, datetime.now(UTC)), allowed)
    except UnseenError as error:
        raise SourceFileError(f"{given}: {error}") from error
    if (has_days(source) or source.days_late) and (source.kind != "page" or source.links):
        raise SourceFileError(f"{given}: a day in the address is for kind page, without links")
    if source.days_late and not has_days(source):
        raise SourceFileError(f"{given}: days_late wants an address that names a day")
    if source.links is not None:
        if source.kind != "page":
            raise SourceFileError(f"{given}: links belongs to kind page, not to {source.kind}")
        if why := _selector_error(source.links):
            raise SourceFileError(f"{given}: links {source.links!r} is no CSS selector: {why}")
    if why := check_expressions(source):
        raise SourceFileError(f"{given}: {why}")


def _selector_error(selector: str) -> str | None:
    from bs4 import BeautifulSoup

    try:
        BeautifulSoup("", "lxml").select(selector)
    except Exception as error:
        # Its selectors have one class of error for syntax and others for what they cannot do.
        return str(error).splitlines()[0]
    return None


def _change(
    path: Path, text: str, change: Callable[[Any], None], expected: Sequence[Source]
) -> None:
    """Change a list and write it, when what would be read back is what is meant."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        change(document)
        changed = tomlkit.dumps(document)
        read_back = _parse(path, changed)
    except (TOMLKitError, SourceFileError, TypeError) as error:
        raise SourceFileError(f"{path} cannot be changed by a program: {error}") from error
    if read_back != tuple(expected):
        raise SourceFileError(f"{path} cannot be changed by a program; change it by hand")
    try:
        _write(path, changed)
    except OSError as error:
        raise SourceFileError(f"{path} cannot be written: {error.strerror or error}") from error


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all; a link stays one, and who may read it stays the same."""
    final = path.resolve()
    draft = final.with_name(f".{final.name}.draft-{os.getpid()}")
    try:
        draft.write_bytes(text.encode())
        if final.exists():
            shutil.copymode(final, draft)
        os.replace(draft, final)
    finally:
        draft.unlink(missing_ok=True)


def _alone_beside(path: Path) -> AbstractContextManager[bool]:
    """Hold the lock of the list's folder, so that of two commands none loses the other's."""
    folder = path.resolve().parent
    if not folder.is_dir():
        raise SourceFileError(f"{path} cannot be written: its folder does not exist")
    return alone_in(folder)
