"""The list of sources: read from TOML, and written back by `unseen sources add`."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from store.errors import NotFound, SourceFileError
from store.records import Source

#: What is read when UNSEEN_SOURCES is empty.
BUILT_IN = Path(__file__).with_name("sources.toml")


def load_sources(path: Path | None) -> tuple[Source, ...]:
    """Return the sources of a TOML file, in its order.

    Raises:
        SourceFileError: The file cannot be read; the sentence names the source and the field.
    """
    path = path or BUILT_IN
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceFileError(
            f"{path} does not exist; set UNSEEN_SOURCES to a TOML file"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SourceFileError(f"{path} cannot be read: {error}") from error
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
        return Source.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the table"
        name = entry.get("name", f"number {number}")
        raise SourceFileError(f"{path}: source {name!r}, {field}: {first['msg']}") from error


def _check_names(path: Path, sources: Iterable[Source]) -> None:
    seen: set[str] = set()
    for source in sources:
        if source.name in seen:
            raise SourceFileError(f"{path}: two sources are named {source.name!r}")
        seen.add(source.name)


def write_sources(path: Path, sources: Sequence[Source]) -> None:
    """Write a source file, whole or not at all."""
    lines = ["# Sources of Unseen; `unseen sources add` and `disable` write this file.", ""]
    for source in sources:
        lines.append("[[source]]")
        for name, value in source.model_dump(exclude_defaults=True).items():
            # A TOML basic string and boolean are written as JSON writes them.
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
        lines.append("")
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text("\n".join(lines), encoding="utf-8")
    os.replace(draft, path)


def add_source(path: Path | None, fields: Mapping[str, object]) -> Source:
    """Add a source to the operator's file, which is made when it does not exist.

    Raises:
        SourceFileError: No file is named, a field does not fit, or the name is taken.
    """
    path = _own(path)
    before = load_sources(path) if path.exists() else ()
    source = _source(path, len(before) + 1, dict(fields))
    _check_names(path, (*before, source))
    write_sources(path, (*before, source))
    return source


def disable_source(path: Path | None, name: str) -> None:
    """Mark a source of the operator's file as not to be read.

    Raises:
        NotFound: No source has that name.
        SourceFileError: No file is named, or it cannot be read.
    """
    path = _own(path)
    sources = load_sources(path)
    if name not in {source.name for source in sources}:
        raise NotFound("source", name)
    off = {"enabled": False}
    write_sources(path, [s.model_copy(update=off) if s.name == name else s for s in sources])


def _own(path: Path | None) -> Path:
    if path is None:
        raise SourceFileError(
            "the built-in list is not written to; name a file of your own in UNSEEN_SOURCES"
        )
    return path
