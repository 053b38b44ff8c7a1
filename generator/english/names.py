"""Proper names by kind, from closed lists and the shape of the name; nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import regex
from babel import Locale

#: The last word of a body's or a place's name says what it is: "Tarn Council", "Orrin Bridge".
_HEADS: Final = frozenset(
    "Council Ministry Department Agency Institute University College Court Parliament Senate "
    "Bank Airlines Railways Railway Company Corporation Club Union Association Federation "
    "Commission Committee Authority Office Board Party Hospital Bridge River Valley Museum Mill "
    "Line Observatory Laboratory Trust Foundation Society Guild Exchange Bureau Service Police "
    "Team Army Navy Ferries Energy Works Group United Rovers Athletic Wanderers City Town "
    "Harbour Port School Library Theatre Festival Prize League Lab Foundry Cooperative Network "
    "Press Times Post Centre Center Village Island District County Province".split()
)
#: Words that open a person's name in a plain text.
_TITLES: Final = (
    "Mr Mrs Ms Dr Professor Sir Captain Mayor President Minister Judge Senator Commissioner "
    "Director Engineer Chancellor Governor Councillor Inspector Coach Chair"
).split()
_COMMON_FIRST: Final = frozenset(
    "The A An In On At By New North South East West Old Great Upper Lower Saint Port Lake Mount "
    "Cape Fort Royal National Central First Last After Before When While Then But And Or Later For "
    "From With As If Since Under Over Both Its His Her Their Our This That These Those He She They "
    "We It Only Even Also Meanwhile Yesterday Today January February March "
    "April May June July August September October November December Monday Tuesday Wednesday "
    "Thursday Friday Saturday Sunday".split()
)
_CAPITALISED = r"\p{Lu}[\p{L}\p{M}'’-]*\p{Ll}[\p{L}\p{M}'’-]*"
_RUN = regex.compile(rf"(?:{_CAPITALISED})(?:\s(?:of\s(?:the\s)?|and\s)?(?:{_CAPITALISED}))*")


@dataclass(frozen=True)
class Name:
    """A proper name in a text."""

    text: str
    #: "country", "person", or the head word of a body or place: "council".
    kind: str
    start: int
    end: int
    aliases: tuple[str, ...] = ()

    @property
    def wh(self) -> str:
        """The question word that asks for it: "who", "which country"."""
        return "who" if self.kind == "person" else f"which {self.kind}"


@cache
def countries() -> frozenset[str]:
    """Return the English names of the world's countries and territories (CLDR)."""
    listed = Locale("en").territories.items()
    return frozenset(
        name.replace(" & ", " and ")
        for code, name in listed
        if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "XA", "XB", "ZZ"}
    ) | {"Turkey", "Czech Republic", "Ivory Coast"}


@cache
def _country_pattern() -> regex.Pattern[str]:
    longest_first = sorted(countries(), key=len, reverse=True)
    return regex.compile(rf"\b(?:{'|'.join(map(regex.escape, longest_first))})\b")


def names(text: str) -> Iterator[Name]:
    """Yield the names of known kinds in `text`, in order.

    A person is a name after a title, or two or three capitalised words that no other kind
    claims and that carry no word of a place or body: a guess, which its users must back.
    """
    taken: list[tuple[int, int]] = []
    for match in _country_pattern().finditer(text):
        taken.append(match.span())
        yield Name(match.group(), "country", *match.span())
    for match in _RUN.finditer(text):
        start, end = match.span()
        words = match.group().split()
        while words and words[0] in _COMMON_FIRST:
            start += len(words[0]) + 1
            words = words[1:]
        if len(words) < 2 or any(s < end and start < e for s, e in taken):
            continue
        name = text[start:end]
        if " of " in name and words[0] not in _HEADS:
            # "Ravenna Kohl of the Seismic Network" is two names, and neither for certain.
            continue
        if words[-1] in _HEADS:
            yield Name(name, words[-1].casefold(), start, end)
        elif _is_person(words):
            titled = words[0] in _TITLES
            bare = " ".join(words[1:]) if titled else name
            if len(bare.split()) in (2, 3):
                shift = len(words[0]) + 1 if titled else 0
                yield Name(bare, "person", start + shift, end, aliases=(bare.split()[-1],))


def _is_person(words: list[str]) -> bool:
    bare = words[1:] if words[0] in _TITLES else words
    if len(bare) not in (2, 3) or any(word in {"of", "and", "the"} for word in words):
        return False
    return not any(word in _HEADS or word in _COMMON_FIRST for word in bare)
