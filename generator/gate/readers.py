"""Reading a benchmark: local JSONL, CSV and Parquet files, and hub datasets at one commit."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.gate.columns import Given, guess_columns, read_row
from store.errors import BenchmarkError
from store.records import Reference, sha256_hex

Row = Mapping[str, Any]

_HUB_NAME = re.compile(r"(?P<name>[\w.-]+(?:/[\w.-]+)?)(?::(?P<configs>[\w.+-]+))?")

#: Licences as dataset cards write them, by their SPDX id.
_CARD_LICENCES = {
    "mit": "MIT",
    "apache-2.0": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "cc0-1.0": "CC0-1.0",
}

#: A field of a CSV file may hold a whole passage; the standard library stops at 131,072.
_CSV_FIELD_CHARACTERS = 16_000_000


@dataclass(frozen=True)
class ReadBenchmark:
    """A benchmark as it was read.

    Attributes:
        name: What it calls itself: the file's or the dataset's name.
        origin: Where it came from.
        revision: Commit of a hub dataset, SHA-256 of a file.
        licence: SPDX id where rows or card agree on one.
        rows: Its questions, each once, with unique row ids.
    """

    name: str
    origin: str
    revision: str
    licence: str | None
    rows: tuple[Reference, ...]


@dataclass(frozen=True)
class HubCard:
    """What the hub says of a dataset before it is read."""

    commit: str
    licence: str | None


def resolve_on_hub(name: str, revision: str | None, endpoint: str | None = None) -> HubCard:
    """Ask the hub which commit a revision is now; `endpoint` is the public hub when None."""
    from huggingface_hub import HfApi

    found = HfApi(endpoint=endpoint).dataset_info(name, revision=revision)
    if not found.sha:
        raise ValueError("the hub names no commit")
    licence = getattr(found.card_data, "license", None) if found.card_data else None
    return HubCard(found.sha, licence if isinstance(licence, str) else None)


def load_with_datasets(
    name: str, config: str | None, commit: str, cache: Path | None = None
) -> dict[str, Iterable[Row]]:
    """Read every split of a dataset at a commit; no code of the dataset's is run.

    The library takes a local folder for a name, too.
    """
    import datasets

    loaded = datasets.load_dataset(
        name, config, revision=commit, cache_dir=str(cache) if cache else None
    )
    return {str(split): rows for split, rows in loaded.items()}


@dataclass(frozen=True)
class HubReader:
    """How hub datasets are found and read; tests pass their own.

    Attributes:
        resolve: Name and revision to the card with the commit.
        load: Name, config and commit to the rows of each split.
    """

    resolve: Callable[[str, str | None], HubCard] = resolve_on_hub
    load: Callable[[str, str | None, str], Mapping[str, Iterable[Row]]] = load_with_datasets

    def read(self, origin: str, revision: str | None, columns: Given) -> ReadBenchmark:
        """Return a hub dataset at the commit `revision` names, or at the newest.

        Raises:
            BenchmarkError: The hub or the dataset cannot be read.
        """
        found = _HUB_NAME.fullmatch(origin)
        if found is None:
            raise BenchmarkError(f"{origin!r} is neither a file nor the name of a hub dataset")
        name = found["name"]
        configs = found["configs"].split("+") if found["configs"] else [None]
        try:
            card = self.resolve(name, revision)
            rows = [
                {"split": split if len(configs) == 1 else f"{config}/{split}", **row}
                for config in configs
                for split, members in self.load(name, config, card.commit).items()
                for row in members
            ]
        except ImportError as error:
            raise BenchmarkError(
                f"reading the hub dataset {name} needs the package {error.name}: "
                'install it with pip install "unseen[hub]"'
            ) from error
        except Exception as error:
            cause = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise BenchmarkError(
                f"the hub dataset {name} cannot be read: {cause} "
                "(a file can be added instead; NAME:PART+PART names some of several parts)"
            ) from error
        licence = _spdx(card.licence) if card.licence else None
        return _benchmark(
            origin.replace(":", "-").replace("+", "-").split("/")[-1],
            origin,
            card.commit,
            rows,
            columns,
            licence,
        )


def _spdx(card_licence: str) -> str:
    if known := _CARD_LICENCES.get(card_licence.casefold()):
        return known
    return card_licence.upper() if card_licence.casefold().startswith("cc-by") else card_licence


def read_benchmark(
    origin: str, *, revision: str | None, columns: Given, hub: HubReader
) -> ReadBenchmark:
    """Return a benchmark from a file, or from the hub when there is no such file.

    Raises:
        BenchmarkError: It cannot be read, has no column of questions, or no question.
    """
    path = Path(origin)
    if not path.is_file():
        if path.is_dir() or _looks_like_file(path):
            raise BenchmarkError(f"{origin} is no file that can be read")
        return hub.read(origin, revision, columns)
    try:
        body = path.read_bytes()
        rows = list(_rows_of(path.name, body))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BenchmarkError(f"{path.name} cannot be read: {error}") from error
    name = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    return _benchmark(name, origin, sha256_hex(body), rows, columns, None)


def _looks_like_file(path: Path) -> bool:
    return (
        path.suffix in {".jsonl", ".json", ".csv", ".tsv", ".parquet", ".gz"} or path.is_absolute()
    )


def _rows_of(name: str, body: bytes) -> Iterator[Row]:
    """Yield the rows of a file, by the ending of its name."""
    if name.endswith(".gz"):
        name, body = name.removesuffix(".gz"), gzip.decompress(body)
    ending = name.rsplit(".", 1)[-1].casefold()
    if ending in ("jsonl", "ndjson", "json"):
        yield from _json_rows(name, body)
    elif ending in ("csv", "tsv"):
        csv.field_size_limit(_CSV_FIELD_CHARACTERS)
        text = io.StringIO(body.decode("utf-8-sig"), newline="")
        yield from csv.DictReader(text, delimiter="\t" if ending == "tsv" else ",")
    elif ending == "parquet":
        yield from _parquet_rows(name, body)
    else:
        raise BenchmarkError(f"{name} is no .jsonl, .csv, .tsv or .parquet file (.gz may follow)")


def _json_rows(name: str, body: bytes) -> Iterator[Row]:
    text = body.decode("utf-8-sig")
    if text.lstrip().startswith("["):
        values = [(1, _parsed(name, 1, text))]
        lines = [(1, row) for _, rows in values for row in rows]
    else:
        lines = [
            (number, _parsed(name, number, line))
            for number, line in enumerate(text.split("\n"), start=1)
            if line.strip()
        ]
    for number, row in lines:
        if not isinstance(row, dict):
            raise BenchmarkError(f"{name}, line {number}: a row must be a JSON object")
        yield row


def _parsed(name: str, number: int, text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except ValueError as error:
        raise BenchmarkError(f"{name}, line {number}: not JSON") from error


def _parquet_rows(name: str, body: bytes) -> Iterator[Row]:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(body))
    except (pyarrow.ArrowException, OSError) as error:
        raise BenchmarkError(f"{name} is no Parquet file") from error
    for batch in table.to_batches():
        yield from batch.to_pylist()


def _benchmark(
    name: str,
    origin: str,
    revision: str,
    rows: Sequence[Row],
    columns: Given,
    licence: str | None,
) -> ReadBenchmark:
    """Make references of raw rows: each question once, each with a row id of its own."""
    chosen = guess_columns(rows, columns)
    references: list[Reference] = []
    seen: set[tuple[str, tuple[str, ...] | None]] = set()
    ids: set[str] = set()
    for ordinal, row in enumerate(rows):
        read = read_row(row, chosen)
        if read is None or (read.question, read.choices) in seen:
            continue
        seen.add((read.question, read.choices))
        row_id = read.row_id or str(ordinal)
        if row_id in ids:
            row_id = f"{row_id}#{ordinal}"
        ids.add(row_id)
        references.append(
            Reference(
                benchmark=name,
                row_id=row_id,
                question=read.question,
                choices=read.choices,
                answer=read.answer,
            )
        )
    if not references:
        raise BenchmarkError(f"{origin} holds no question")
    said = {str(row.get("licence") or row.get("license") or "") for row in rows}
    if licence is None and len(said) == 1 and (only := said.pop()):
        licence = _spdx(only)
    return ReadBenchmark(name, origin, revision, licence, tuple(references))
