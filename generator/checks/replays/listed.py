"""count and document – the condition is executed again, over the lines of the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

import regex

from generator.checks.base import Case, Verdict, failed, passed
from store.records import utc_date
from store.scoring.json_answers import Json, parse_json

_BOUND = regex.compile(
    r'\bthe table in "(?P<title>[^"]+)" of (?P<day>\d{1,2} \p{L}+ \d{4})(?: in which| was)? '
    r'"(?P<column>[^"]+)" '
    r"(?:was less than (?P<below>-?[\d.,]*\d), as|(?P<least>-?[\d.,]*\d) or more\?)"
)
_MARKED = regex.compile(
    r'\bthe changelog of the release (?P<release>\S+ [\d.]+)(?: that)? are marked "(?P<part>[^"]+)"'
)
_COLUMNS = regex.compile(r"\{(?P<columns>\"[^{}]+\")\}")

#: The cells of a line by column, and the line itself.
Line = tuple[dict[str, str], str]


def count(case: Case) -> Verdict:
    """Count the lines of the text that the question's condition takes."""
    lines = _meant(case)
    if isinstance(lines, Verdict):
        return lines
    if case.candidate.key.answer != str(len(lines)):
        return failed(f"{len(lines)} lines satisfy the condition")
    return _all_quoted(case, lines) or passed(f"{len(lines)} lines satisfy the condition")


def document(case: Case) -> Verdict:
    """Write the asked columns of those lines and compare them with the key, cell by cell."""
    lines = _meant(case)
    if isinstance(lines, Verdict):
        return lines
    named = _COLUMNS.search(case.candidate.question)
    columns = regex.findall(r'"([^"]+)"', named["columns"]) if named else []
    key = parse_json(case.candidate.key.answer)
    if not columns or key is None:
        return failed("the question names no columns, or the key is no JSON")
    told = [{column: _cell(cells, column) for column in columns} for cells, _ in lines]
    if key[0] != told:
        return failed(f"the lines give {len(told)} rows of other cells than the key's")
    return _all_quoted(case, lines) or passed(f"{len(told)} rows, every cell as in the text")


def _meant(case: Case) -> list[Line] | Verdict:
    """Return the lines that the question's condition takes, or why there are none to take."""
    question, spec = case.candidate.question, str(case.candidate.key.spec.get("derivation", ""))
    if bound := _BOUND.search(question):
        published = utc_date(case.document.published_at)
        told = f"{published.day} {published:%B %Y}"
        if bound["title"] != case.document.title.strip() or bound["day"] != told:
            return failed("the question names another text")
        limit = Decimal((bound["below"] or bound["least"]).replace(",", ""))
        sign = "<" if bound["below"] else ">="
        derived = f"{bound['column']} {sign} {limit}"
        lines = _table(case.context)
        takes = _reaches(bound["column"], limit, below=bool(bound["below"]))
    elif marked := _MARKED.search(question):
        if not f"{case.document.title} ".startswith(f"{marked['release']} "):
            return failed("the question names another release")
        derived = f"part = {marked['part']}"
        lines = _changes(case.context)
        takes = _is_of(marked["part"])
        together = [line[0]["part"].split(",") for line in lines if not takes(line)]
        if any(marked["part"] in map(str.strip, parts) for parts in together):
            return failed("lines are marked with this part and another")
    else:
        return failed("the question names no condition")
    if f"({derived})" not in spec:
        return failed("the derivation is of another condition than the question")
    try:
        meant = [line for line in lines if takes(line)]
    except (KeyError, InvalidOperation):
        return failed("the table has no such column of numbers")
    return meant or failed("no line satisfies the condition")


def _is_of(part: str) -> Callable[[Line], bool]:
    return lambda line: line[0]["part"] == part


def _reaches(column: str, limit: Decimal, *, below: bool) -> Callable[[Line], bool]:
    def takes(line: Line) -> bool:
        value = Decimal(line[0][column].replace(",", ""))
        return value < limit if below else value >= limit

    return takes


def _table(context: str) -> list[Line]:
    """Read a table of lines that begin with a bar: names, a rule, rows."""
    bars = [line.strip() for line in context.split("\n") if line.lstrip().startswith("|")]
    if len(bars) < 3 or set(bars[1]) - set("|- :"):
        return []
    names = _cells(bars[0])
    rows = [(dict(zip(names, _cells(bar), strict=False)), bar) for bar in bars[2:]]
    return rows if all(len(cells) == len(names) for cells, _ in rows) else []


def _cells(bar: str) -> list[str]:
    return [cell.strip() for cell in bar.strip("|").strip().rstrip("|").split("|")]


def _changes(context: str) -> list[Line]:
    """Read the lines of a changelog: what stands last in bold before the colon is the part."""
    lines = []
    for line in context.split("\n"):
        head, colon, _ = line.partition("**: ")
        hash_ = regex.search(r"\[([0-9a-f]{10})\]", line)
        request = regex.search(r"#(\d+)\s*$", line)
        if colon and hash_ and request:
            part = head.rpartition("**")[2]
            cells = {"commit": hash_[1], "part": part, "pull_request": request[1]}
            lines.append((cells, line.strip()))
    return lines


def _cell(cells: dict[str, str], column: str) -> Json:
    text = cells.get(column, "")
    number = regex.fullmatch(r"-?[\d,]*\d(?:\.\d+)?", text)
    is_name = column == next(iter(cells))
    return Decimal(text.replace(",", "")) if number and not is_name else text


def _all_quoted(case: Case, lines: Sequence[Line]) -> Verdict | None:
    """Return why the quotes are not just the lines that answer; None when they are."""
    quoted = sorted(exhibit.quote.strip() for exhibit, _ in case.evidence)
    if quoted != sorted(line for _, line in lines):
        return failed("the quotes are not the lines that satisfy the condition")
    return None
