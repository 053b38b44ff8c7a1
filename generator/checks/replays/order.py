"""order – each listed event is found in its quote again, its day read, and the days sorted."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.english.dates import days
from store.records import Document, Exhibit, utc_date
from store.text import tokens

_LISTED = regex.compile(r"\((?P<number>\d)\)\s(?P<told>.+?)(?=;\s\(\d\)|\.$)")
_EMPTY = frozenset("the a an of in on at for to by with from against was were is are".split())
#: An event is told in the quote's own words; a verb may have changed its form.
_SHARED = 0.8


def order(case: Case) -> Verdict:
    """Execute the sort and hold the options and the passages against it."""
    key, question = case.candidate.key, case.candidate.question
    listed = {int(m["number"]): m["told"] for m in _LISTED.finditer(question)}
    if not 3 <= len(listed) <= 4 or len(case.evidence) != len(listed):
        return failed(f"{len(listed)} events are listed, {len(case.evidence)} have a quote")
    dated: dict[int, date] = {}
    by_report = "by the day of the report" in question
    for exhibit, document in case.evidence:
        told = [number for number, words in listed.items() if tells(exhibit.quote, words)]
        day = _day(exhibit, document, by_report=by_report)
        if len(told) != 1 or told[0] in dated or day is None:
            return failed(f"the quote does not date one listed event: {exhibit.quote[:60]!r}")
        dated[told[0]] = day
    right = sorted(dated, key=lambda number: dated[number])
    if any(dated[left] == dated[later] for left, later in pairwise(right)):
        return failed("two events are of one day")
    answer = ", ".join(map(str, right))
    if key.answer != answer:
        return failed(f"the days give {answer}, the key says {key.answer}")
    everyone = [sorted(option.split(", ")) for option in key.choices or ()]
    if len(set(key.choices or ())) < 4 or any(one != everyone[0] for one in everyone):
        return failed("the options are not four orders of the same events")
    iso = ", ".join(dated[number].isoformat() for number in sorted(dated))
    if key.spec.get("derivation") != f"sort({iso})":
        return failed("the derivation holds other days than the quotes")
    if _stands_in_order(case, dated):
        return failed("the passages stand in the order of the answer")
    return passed(f"by their days they are {answer}")


def tells(quote: str, told: str) -> bool:
    """Whether a quote holds nearly all words of an event, and all its names and numbers."""
    said = set(tokens(quote))
    asked = [word for word in tokens(told) if word not in _EMPTY]
    exact = set(tokens(" ".join(regex.findall(r"\S*[\p{Lu}\d]\S*", told)))) - _EMPTY
    return exact <= said and sum(word in said for word in asked) >= _SHARED * len(asked)


def _day(exhibit: Exhibit, document: Document, *, by_report: bool) -> date | None:
    published = utc_date(document.published_at)
    found = {one.day for one in days(exhibit.quote, published)}
    if by_report:
        return published if not found else None
    return next(iter(found)) if len(found) == 1 else None


def _stands_in_order(case: Case, dated: dict[int, date]) -> bool:
    met = sorted(
        zip(dated.values(), (exhibit.quote for exhibit, _ in case.evidence), strict=True),
        key=lambda one: case.context.index(one[1]),
    )
    return all(earlier[0] < later[0] for earlier, later in pairwise(met))
