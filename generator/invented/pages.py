"""A week's invented pages: a pure function of the week's name, so the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar

import regex

from generator.english.dates import long_form
from generator.invented import ADDRESS
from generator.invented.frames import FRAMES, Frame
from generator.invented.names import ORIGINS, PLACES, Origin
from generator.invented.offices import DETAILS, OFFICES, Office
from generator.lots import lot
from store.weeks import week_bounds

Swap = Literal["swap_names", "swap_gender", "swap_origin"]
#: Each swap once open and once settled: six pairs a week (at most ten, questions.md, judgement).
_PLAYS: tuple[tuple[Swap, bool], ...] = (
    ("swap_names", True),
    ("swap_gender", True),
    ("swap_origin", True),
    ("swap_names", False),
    ("swap_gender", False),
    ("swap_origin", False),
)
#: Pages with an office and a private detail a week (at most five, judgement).
N_OFFICES = 4
#: What is told happened this long before the week, at most.
_MOST_DAYS = 9
_TITLE = "Invented for a test: {heading}"
_SWAPPED = "/swapped"
_OTHER_GENDER = {"his": "her", "her": "his", "Mr": "Ms", "Ms": "Mr"}
#: Names of one kind that each origin has.
_N_NAMES = 3
_Thing = TypeVar("_Thing")


@dataclass(frozen=True)
class Page:
    """One page as it is stored.

    Attributes:
        url: Its address, which leads nowhere.
        text: Title and story, a paragraph a line.
        topic: What it is about.
        quote: The sentence that proves the answer.
        question: What is asked of it.
        answer: The right answer; "" where it cannot be known.
    """

    url: str
    text: str
    topic: str
    quote: str
    question: str
    answer: str

    @property
    def title(self) -> str:
        """The first line."""
        return self.text.partition("\n")[0]


@dataclass(frozen=True)
class Play:
    """An event told twice: with two people, and with others in their place.

    Attributes:
        swap: What differs.
        words: What stands in the base's words' place, word by word.
    """

    base: Page
    swapped: Page
    swap: Swap
    words: Mapping[str, str]


@dataclass(frozen=True)
class Desk:
    """An office's page, and the private detail that it lacks."""

    page: Page
    kind: Literal["id", "text"]
    detail: str
    private_question: str


def plays_of(week: str) -> tuple[Play, ...]:
    """Return the week's events, each told twice."""
    frames = _drawn(FRAMES, len(_PLAYS), f"{week}/frames")
    return tuple(
        _play(week, number, frame, swap, is_open=is_open)
        for number, (frame, (swap, is_open)) in enumerate(zip(frames, _PLAYS, strict=True), start=1)
    )


def desks_of(week: str) -> tuple[Desk, ...]:
    """Return the week's offices."""
    offices = _drawn(OFFICES, N_OFFICES, f"{week}/offices")
    return tuple(
        _desk(week, number, office) for number, office in enumerate(offices, start=len(_PLAYS) + 1)
    )


def pages_of(week: str) -> tuple[Page, ...]:
    """Return all pages of a week, in the order of their addresses."""
    told = [page for play in plays_of(week) for page in (play.base, play.swapped)]
    return (*told, *(desk.page for desk in desks_of(week)))


def week_of_address(url: str) -> str:
    """Return the week of a page by its address, or "" where it is none of ours."""
    match = regex.fullmatch(rf"{regex.escape(ADDRESS)}(\d{{4}}-W\d\d)/\d+(?:{_SWAPPED})?", url)
    return match[1] if match else ""


def base_address(url: str) -> str:
    """Return the address of the base page of a swapped one."""
    return url.removesuffix(_SWAPPED)


def replaced(text: str, words: Mapping[str, str]) -> str:
    """Return `text` with each whole word of `words` replaced, all at once."""
    pattern = rf"\b(?:{'|'.join(map(regex.escape, words))})\b"
    return regex.sub(pattern, lambda found: words[found.group()], text)


def _play(week: str, number: int, frame: Frame, swap: Swap, *, is_open: bool) -> Play:
    seed = f"{week}/{frame.name}"
    first, second = _drawn(ORIGINS, 2, f"{seed}/origins")
    which = int(lot(f"{seed}/which") * _N_NAMES)
    of_men = lot(f"{seed}/gender") < 0.5
    men = (of_men, not of_men) if swap == "swap_gender" else (of_men, of_men)
    cast = (_person(first, frame, which, man=men[0]), _person(second, frame, which, man=men[1]))
    url = f"{ADDRESS}{week}/{number}"
    base = _told(url, week, frame, cast, is_open=is_open)
    if swap == "swap_names":
        words = {cast[0].name: cast[1].name, cast[1].name: cast[0].name}
    elif swap == "swap_gender":
        others = (
            _person(first, frame, which, man=not men[0]),
            _person(second, frame, which, man=not men[1]),
        )
        words = _OTHER_GENDER | _instead(cast, others)
    else:
        other = (which + 1) % _N_NAMES
        others = (
            _person(second, frame, other, man=men[0]),
            _person(first, frame, other, man=men[1]),
        )
        words = _instead(cast, others) | {
            first.country: second.country,
            second.country: first.country,
        }
    told = {"text": base.text, "quote": base.quote, "question": base.question}
    changed = {name: replaced(value, words) for name, value in told.items()}
    answer = replaced(base.answer, words)
    swapped = Page(url=url + _SWAPPED, topic=base.topic, answer=answer, **changed)
    return Play(base, swapped, swap, words)


@dataclass(frozen=True)
class _Person:
    """One of two: as the text calls them, the word that is their name, pronoun and country."""

    called: str
    name: str
    his: str
    home: str


def _person(origin: Origin, frame: Frame, which: int, *, man: bool) -> _Person:
    title, his = ("Mr", "his") if man else ("Ms", "her")
    name = (
        origin.surnames[which]
        if frame.formal
        else (origin.men[which] if man else origin.women[which])
    )
    return _Person(f"{title} {name}" if frame.formal else name, name, his, origin.country)


def _told(
    url: str, week: str, frame: Frame, cast: tuple[_Person, _Person], *, is_open: bool
) -> Page:
    a, b = cast
    who = "" if is_open else cast[int(lot(f"{week}/{frame.name}/who") * 2)].called
    told = {
        "a": a.called, "b": b.called, "his_a": a.his, "his_b": b.his, "home_a": a.home,
        "home_b": b.home, "place": _place(week, frame.name), "day": _day(week, frame.name),
        "who": who,
    }  # fmt: skip
    quote = (frame.open if is_open else frame.told).format(**told)
    lines = (_TITLE.format(heading=frame.heading), frame.scene, f"{quote} {frame.after}")
    text = "\n".join(line.format(**told) for line in lines)
    return Page(url, text, frame.topic, quote, frame.question.format(**told), who)


def _instead(cast: tuple[_Person, _Person], others: tuple[_Person, _Person]) -> dict[str, str]:
    """Return the names of `others` in place of those of `cast`, where they differ."""
    pairs = zip(cast, others, strict=True)
    return {one.name: other.name for one, other in pairs if one.name != other.name}


def _desk(week: str, number: int, office: Office) -> Desk:
    seed = f"{week}/{office.name}"
    (origin,) = _drawn(ORIGINS, 1, f"{seed}/origin")
    man = lot(f"{seed}/gender") < 0.5
    called = f"{'Mr' if man else 'Ms'} {origin.surnames[int(lot(f'{seed}/which') * _N_NAMES)]}"
    told = {
        "person": called,
        "place": _place(week, office.name),
        "day": _day(week, office.name),
        "number": str(1_000 + int(lot(f"{seed}/number") * 9_000)),
    }
    quote = office.gives.format(**told)
    lines = (_TITLE.format(heading=office.heading), office.opening, f"{quote} {office.closing}")
    page = Page(
        url=f"{ADDRESS}{week}/{number}",
        text="\n".join(line.format(**told) for line in lines),
        topic=office.topic,
        quote=quote,
        question=office.question.format(**told),
        answer=office.answer.format(**told),
    )
    (detail,) = _drawn(tuple(DETAILS), 1, f"{seed}/detail")
    who = f"{called}, {office.role.format(**told)}"
    private = DETAILS[detail].format(who=who, day=told["day"])
    return Desk(page, "id" if office.kind == "id" else "text", detail, private)


def _drawn(things: Sequence[_Thing], n: int, seed: str) -> list[_Thing]:
    """Return `n` different things, by lot."""
    order = sorted(range(len(things)), key=lambda place: lot(f"{seed}/{place}"))
    return [things[place] for place in order[:n]]


def _place(week: str, name: str) -> str:
    return _drawn(PLACES, 1, f"{week}/{name}/place")[0]


def _day(week: str, name: str) -> str:
    start, _ = week_bounds(week)
    back = 1 + int(lot(f"{week}/{name}/day") * _MOST_DAYS)
    return long_form((start - timedelta(days=back)).date())
