"""Whether a sentence's first word keeps its capital inside a question: asked of the document."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import regex

from generator.english.names import countries
from generator.english.verbs import bases

_OPENERS: Final = frozenset(
    "The A An One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen "
    "Fifteen Sixteen Seventeen Eighteen Nineteen Twenty Thirty Forty Fifty Sixty Seventy Eighty "
    "Ninety Police Officials "
    "Authorities Researchers Scientists Voters Workers Firefighters Rescuers Engineers Doctors "
    "Prosecutors Protesters Fire Police Heavy Severe Widespread Multiple Several Government "
    "Visitors Passengers Residents Farmers Students Organisers Acting Former Anti-war "
    "Insurers Divers Crews Sailors Pilots Drivers Teachers Nurses Owners Members Fans Tourists "
    "Migrants Miners Soldiers Troops Militants Gunmen Insurgents Customers Swimmers Hikers Skiers "
    "Coordinated Suspected Armed Unidentified Search Bodies Emergency".split()
)


#: Occupations that open a sentence before a name and keep no capital inside one. Words that are
#: as often a first name or a surname (Mason, Baker, Hunter) are left out.
OCCUPATIONS: Final = frozenset(
    "goalkeeper treasurer farmer director engineer geologist historian architect researcher "
    "professor biologist economist inspector commander firefighter nurse doctor surgeon teacher "
    "headteacher painter sculptor author writer novelist journalist photographer violinist "
    "pianist composer striker midfielder defender winger captain coach referee trainer spokesman "
    "spokeswoman spokesperson secretary chairman chairwoman councillor deputy astronomer chemist "
    "physicist pharmacist librarian curator conductor developer programmer maintainer skipper "
    "pilot driver owner manager president minister mayor governor judge prosecutor lawyer warden "
    "meteorologist hydrologist seismologist volunteer organiser chef actor actress singer dancer "
    "poet cyclist swimmer skier runner forward keeper".split()
)


@dataclass(frozen=True)
class Vocabulary:
    """What a document shows about its words: which it writes small, which with a capital."""

    common: frozenset[str]
    names: frozenset[str]
    #: Words that carry a capital twice or more, wherever they stand.
    repeated: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Vocabulary:
        """Read a text; a capital counts only inside a sentence."""
        common = frozenset(regex.findall(r"\b\p{Ll}[\p{L}\p{M}'’-]*", text))
        found = regex.findall(r"(?<=[\p{Ll},;] )\p{Lu}[\p{L}\p{M}'’-]*", text)
        names = frozenset(regex.sub(r"['’]s?$", "", name) for name in found)
        capitalised = Counter(regex.findall(r"\b\p{Lu}[\p{L}\p{M}-]*", text))
        repeated = frozenset(word for word, n in capitalised.items() if n > 1)
        return cls(common, names, repeated)

    def inside(self, subject: str) -> str | None:
        """Return a sentence's first words as they read inside one; None when unsure."""
        first, space, others = subject.partition(" ")
        if first in _OPENERS or (first.casefold() in OCCUPATIONS and others[:1].isupper()):
            return first.casefold() + space + others
        small, name = first.casefold() in self.common, first in self.names
        if any(not c.isalpha() for c in first.removesuffix("'s").removesuffix("’s")):
            return subject
        if small and name and not others:
            return None
        if name or first in countries():
            return subject
        if small:
            return first.casefold() + space + others
        name_by_habit = first in self.repeated and first.casefold() not in bases()
        sure = others[:1].isupper() or (
            not others and name_by_habit and not first.endswith(("s", "ing"))
        )
        return subject if sure else None
