"""Reading results of matches and days of releases from sentences that state nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import regex

from generator.english.dates import days

_CLUB = r"\p{Lu}[\p{L}\p{M}\d.'’-]*(?:\s(?:&\s|de\s)?[\p{Lu}\d][\p{L}\p{M}\d.'’-]*){0,5}"
_DATED = r"\d{4}-\d\d-\d\d"
_WRITTEN = r"\d{1,2}\s\p{Lu}\p{Ll}+\s20\d\d"
_PLAYED = regex.compile(
    rf"^On\s(?P<day>{_DATED})\s(?P<first>{_CLUB})\splayed\s(?P<second>{_CLUB})\sand\sit\sended\s"
    r"(?P<left>\d{1,3})\sto\s(?P<right>\d{1,3})\.$"
)
_BEAT = regex.compile(
    rf"^(?P<first>{_CLUB})\s(?:beat|defeated)\s(?P<second>{_CLUB})\s"
    r"(?P<left>\d{1,3})\sto\s(?P<right>\d{1,3})\son\s"
)
_RELEASED = regex.compile(
    rf"^(?P<product>\p{{Lu}}[\p{{L}}.]*(?:\s\p{{Lu}}[\p{{L}}.]*)?)\s(?P<version>\d+(?:\.\d+)+)\swas\s"
    rf"released\son\s(?P<day>{_DATED}|{_WRITTEN})\.$"
)


@dataclass(frozen=True)
class Match:
    """One match: who played whom on which day, and the score of each."""

    day: date
    clubs: tuple[str, str]
    scores: tuple[int, int]

    def score_of(self, club: str) -> int:
        """Return what a club scored."""
        return self.scores[self.clubs.index(club)]

    def rival_of(self, club: str) -> str:
        """Return whom a club played."""
        return self.clubs[1 - self.clubs.index(club)]


@dataclass(frozen=True)
class Release:
    """One version of a product with the day it was released."""

    day: date
    product: str
    version: str

    @property
    def name(self) -> str:
        """Product and version: "Brell 2.4.1"."""
        return f"{self.product} {self.version}"


def match_of(sentence: str, published: date) -> Match | None:
    """Return the match a sentence reports; None when it reports none or its day is open."""
    found = _PLAYED.match(sentence) or _BEAT.match(sentence)
    named = [day.day for day in days(sentence, published)]
    if found is None or len(named) != 1:
        return None
    return Match(
        named[0], (found["first"], found["second"]), (int(found["left"]), int(found["right"]))
    )


def release_of(sentence: str) -> Release | None:
    """Return the release a sentence reports; None when it reports none."""
    found = _RELEASED.match(sentence)
    day = next((one.day for one in days(found["day"], date.min)), None) if found else None
    if found is None or day is None:
        return None
    return Release(day, found["product"], found["version"])
