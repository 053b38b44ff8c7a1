"""multi_hop – the clue is found again, its day in another quote, and the value read there."""

from __future__ import annotations

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.checks.replays.order import tells
from generator.checks.replays.reports import day_of, version_of
from generator.english.dates import days
from generator.publishers import publisher_of
from store.records import Document

_CLUE = regex.compile(r"\son the day on which (?:it was reported that )?(?P<told>.+)\?$")
_PLAYED = regex.compile(r"^Against which club did (?P<club>.+?) play$")
_GOALS = regex.compile(r"^How many goals did (?P<club>.+?) score$")
_RELEASE = regex.compile(r"^Which release of (?P<product>\S+)(?:\s(?P<line>[\d.]+))? came out$")
_SCORE = regex.compile(r"(?P<left>\d+)\sto\s(?P<right>\d+)")


def multi_hop(case: Case) -> Verdict:
    """Walk both hops again; every quote but two must be of another day."""
    candidate = case.candidate
    spec, question = candidate.key.spec, candidate.question
    asked = _CLUE.search(question)
    if asked is None or spec.get("of_bridge") != "day":
        return failed("the question names no clue to a day")
    if len(case.evidence) < 3:
        return failed("without another report of the series one hop is enough")
    value, clue, *others = case.evidence
    if not _tells(clue[0].quote, asked["told"], str(spec.get("clue", ""))):
        return failed(f"the clue does not stand in its quote: {clue[0].quote[:60]!r}")
    if any(str(spec["clue"]).casefold() in one.quote.casefold() for one, _ in (value, *others)):
        return failed("the series tells the clue, too")
    if publisher_of(clue[1]) in {publisher_of(document) for _, document in (value, *others)}:
        return failed("clue and value are of one publisher")
    day = day_of(clue[0].quote, clue[1])
    if day is None or day.isoformat() != spec.get("bridge"):
        return failed(f"the clue is of {day}, the bridge says {spec.get('bridge')}")
    if day_of(value[0].quote, value[1]) != day:
        return failed("clue and value are of different days")
    if any(day_of(one.quote, document) in (None, day) for one, document in others):
        return failed("another report of the series is of the same day, or of none")
    if any(one.day == day for one in days(question, day)):
        return failed("the question names the day")
    series = question[: asked.start()]
    if any(_read(one.quote, document, series) is None for one, document in others):
        return failed("another report is not of the series that is asked about")
    found = _read(value[0].quote, value[1], series)
    if found is None or found != candidate.key.answer:
        return failed(f"on {day} the series says {found}")
    return passed(f"the clue is of {day}, and of that day the series says {found}")


def _tells(quote: str, told: str, words: str) -> bool:
    if not words or words.casefold() not in quote.casefold() or words not in told:
        return False
    # "Brell 2.4 was released": a heading may give the number alone.
    return told.endswith(f"{words} was released") or tells(quote, told)


def _read(quote: str, document: Document, asked: str) -> str | None:
    """Return what a quote says to the question without its clue."""
    if release := _RELEASE.match(asked):
        return version_of(quote, document, release["product"], release["line"])
    of_club = _PLAYED.match(asked) or _GOALS.match(asked)
    score = _SCORE.search(quote)
    if of_club is None or score is None:
        return None
    told = regex.sub(r"^On\s\S+\s", "", quote[: score.start()])
    left, verb, right = told.partition(" played ") if " played " in told else _beaten(told)
    clubs = [left.strip(), right.removesuffix(" and it ended ").strip()]
    if not verb or of_club["club"] not in clubs:
        return None
    mine = clubs.index(of_club["club"])
    return clubs[1 - mine] if asked.startswith("Against") else score.group(mine + 1)


def _beaten(told: str) -> tuple[str, str, str]:
    found = regex.search(r"\s(?:beat|defeated)\s", told)
    return (told[: found.start()], "beat", told[found.end() :]) if found else (told, "", "")
