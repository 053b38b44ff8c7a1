"""Releases of products, and the lines they stand in: 24.13.1 and 24.14.0 are of Node.js 24."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import regex

from generator.english.results import release_of
from generator.families.base import Reading
from generator.families.events import Event
from generator.passages import Sentence
from store.records import AnswerKey

#: "Node.js 25.4.0 (Current)" as a title.
_TITLE = regex.compile(
    r"^(?P<product>\p{Lu}[\p{L}.]*)\s(?P<version>\d+(?:\.\d+)+)(?:\s\([\p{L}\s]+\))?$"
)
#: "2026-01-19, Version 25.4.0 (Current), @somebody" as the first line of its notes.
_HEADING = regex.compile(r"^(?P<day>20\d\d-\d\d-\d\d),\sVersion\s(?P<version>\d+(?:\.\d+)+)\b")
#: "… announce a new version of Brell, 2.4.0." and "… a new point release of Brell, 2.4.1."
_ANNOUNCED = regex.compile(
    r"\b(?:announce|published)\sa\snew\s(?:version|point release)\sof\s"
    r"(?P<product>\p{Lu}[\p{L}.]*),\s(?P<version>\d+(?:\.\d+)+)\.$"
)
#: A line is named by at most so many numbers, "Go 1.25": a third makes a release. Judgement.
_MOST_NAMED = 2


@dataclass(frozen=True)
class Issue:
    """One release as a text reports it."""

    event: Event
    product: str
    version: str

    @property
    def day(self) -> date:
        """The day it came out."""
        return self.event.day

    @property
    def key(self) -> AnswerKey:
        """Its version as an answer, with or without the product's name."""
        named = f"{self.product} {self.version}"
        return AnswerKey(answer=self.version, kind="version", aliases=(named,))

    @property
    def numbers(self) -> tuple[int, ...]:
        """The parts of its version."""
        return tuple(map(int, self.version.split(".")))


def issues_of(readings: Iterable[Reading]) -> list[Issue]:
    """Return every release that texts report, each once, by day and version.

    One that two texts date differently is left out.
    """
    found: dict[tuple[str, str], list[Issue]] = defaultdict(list)
    for reading in readings:
        for sentence in reading.sentences:
            if issue := _issue(sentence, reading):
                found[issue.product, issue.version].append(issue)
    # The shortest report says nothing else.
    agreed = [
        min(same, key=lambda one: (len(one.event.document.text), one.event.document.id))
        for same in found.values()
        if len({one.day for one in same}) == 1
    ]
    return sorted(agreed, key=lambda one: (one.day, one.product, one.numbers))


def _issue(sentence: Sentence, reading: Reading) -> Issue | None:
    text = sentence.text
    if release := release_of(text):
        return _made(sentence, reading, release.product, release.version, release.day)
    title = _TITLE.match(reading.document.title)
    heading = _HEADING.match(text)
    if title and heading and title["version"] == heading["version"]:
        day = date.fromisoformat(heading["day"])
        return _made(sentence, reading, title["product"], heading["version"], day)
    if told := _ANNOUNCED.search(text):
        return _made(sentence, reading, told["product"], told["version"], reading.published)
    return None


def _made(sentence: Sentence, reading: Reading, product: str, version: str, day: date) -> Issue:
    told = f"{product} {version}"
    return Issue(Event(reading, sentence, day, told, about=frozenset({product})), product, version)


def lines_of(issues: Iterable[Issue]) -> Mapping[str, list[Issue]]:
    """Return releases by their line, oldest first: "Rust", "Node.js 24", "Go 1.25".

    A line is as wide as can be while later days have higher versions, and holds two releases at
    least: of a wider one nobody could say which release is the newest.
    """
    by_product: dict[str, list[Issue]] = defaultdict(list)
    for issue in sorted(issues, key=lambda one: (one.day, one.numbers)):
        by_product[issue.product].append(issue)
    lines: dict[str, list[Issue]] = {}
    for product, every in sorted(by_product.items()):
        for name, line in _split(product, every, 0):
            lines[name] = line
    return lines


def _split(product: str, issues: list[Issue], n_named: int) -> list[tuple[str, list[Issue]]]:
    if len(issues) < 2:
        return []
    if _rises(issues):
        named = ".".join(map(str, issues[0].numbers[:n_named]))
        return [(f"{product} {named}".strip(), issues)]
    if n_named == _MOST_NAMED:
        return []
    parts: dict[tuple[int, ...], list[Issue]] = defaultdict(list)
    for issue in issues:
        parts[issue.numbers[: n_named + 1]].append(issue)
    return [
        line for _, part in sorted(parts.items()) for line in _split(product, part, n_named + 1)
    ]


def _rises(issues: list[Issue]) -> bool:
    return all(a.day < b.day and a.numbers < b.numbers for a, b in pairwise(issues))
