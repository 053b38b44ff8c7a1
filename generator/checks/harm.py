"""14 harm – no question lays crime, violence or illness at a private person's door.

A person's name in one sentence with such words fails, in the question with its answer and
options, and in the quotes. The table of checks gives the exception for office-holders to a model;
here code decides it, by a closed list of offices that stand right beside the name ("mayor Ines
Falk", "Ines Falk, the governor of"): who holds an office is named in it or not, so no reading is
needed. What is left open fails. Countries, bodies and groups are no persons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.english.names import countries

#: What must not stand beside a private person's name (questions.md §2, check 14), by stem.
_HARM = regex.compile(
    r"\b(?:kill(?:s|ed|ing)?|murder\w*|manslaughter|homicide|assassinat\w+|execut(?:ed|ion)\w*|"
    r"arrest\w*|detain\w*|detention|imprison\w*|prison|jail\w*|convict\w*|guilty|acquit\w*|"
    r"sentenc(?:ed|es|ing) (?:to|for)|indict\w*|prosecut\w*|charged with|charges? (?:of|against)|"
    r"accus\w+|alleg\w+|suspect\w*|crim(?:e|es|inal)\w*|fraud\w*|corrupt\w*|brib\w+|launder\w*|"
    r"embezzl\w+|traffick\w*|smuggl\w*|theft|stole|stolen|robb\w+|burglar\w*|extort\w*|blackmail\w*|"
    r"terroris\w+|militants?|gunm[ae]n|hostage\w*|abduct\w*|kidnap\w*|attack\w*|assault\w*|"
    r"bomb\w*|shoot\w*|shot (?:dead|at|by|and)|stab\w*|massacre\w*|tortur\w*|genocide|war crimes?|"
    r"airstrikes?|injur\w+|wound\w+|dead|death\w*|died|dies|dying|fatal\w*|victims?|casualt\w+|"
    r"suicid\w+|overdos\w+|cancer|disease\w*|illness\w*|infect\w+|virus\w*|hospitali[sz]\w+|"
    r"diagnos\w+|coma|dementia|pregnan\w+|abortion\w*|mental health|disab(?:led|ility)\w*|"
    r"sexual\w*|sex|rap(?:e|ed|ist)\w*|porn\w*|harass\w*|abus\w+|molest\w*|prostitut\w*|"
    r"child|children|(?<!-)minors?|teenage\w*|underage|bab(?:y|ies)|toddlers?|"
    r"schoolgirls?|schoolboys?|(?:[1-9]|1[0-7])-year-old|"
    r"bankrupt\w*|insolven\w*|liquidation|foreclos\w*|evict\w*|scandal\w*|disgraced)\b",
    regex.IGNORECASE,
)
#: Offices whose holders answer for what they do in them.
_OFFICE = (
    r"(?:president|vice[- ]president|prime minister|premier|(?:deputy |acting |interim |former |"
    r"foreign |finance |defen[cs]e |interior |justice |health |education |telecommunications |"
    r"culture |energy |trade |economy |transport |environment |agriculture |labou?r |"
    r"home )*(?:minister|secretary)|chancellor|"
    r"king|queen|emir|sultan|monarch|crown prince|supreme leader|ayatollah|pope|archbishop|"
    r"governor|mayor|senator|congress(?:man|woman)|representative|lawmaker|legislator|"
    r"MP|MEP|speaker|ambassador|envoy|commissioner|secretary[- ]general|director[- ]general|"
    r"attorney general|chief justice|justice|judge|prosecutor|police chief|general|admiral|"
    r"colonel|commander|chief of staff|spokes(?:man|woman|person)|party leader|"
    r"opposition leader|chair(?:man|woman|person)?|chief executive|central bank governor|"
    r"councillor|sheriff|regent|president-elect)"
)
_OFFICE_BEFORE = regex.compile(rf"\b{_OFFICE}s?,?\s$", regex.IGNORECASE)
_OFFICE_BEHIND = regex.compile(
    rf"(?:'s|’s)?,?\s(?:(?:who\s)?(?:is|was)\s)?(?:as\s)?(?:the\s|a\s|an\s|its\s|their\s)?"
    rf"(?:\p{{L}}+\s){{0,2}}{_OFFICE}\b",
    regex.IGNORECASE,
)
_WORD = r"\p{Lu}[\p{L}\p{M}'’-]*\p{Ll}[\p{L}\p{M}'’-]*"
_PARTICLE = r"(?:al-|el-|de|da|dos|del|della|di|van|von|der|bin|ibn|la|le|ter)"
#: Capitalised words in a row, with the small words that names have inside.
_RUN = regex.compile(
    rf"(?:{_WORD}|\p{{Lu}}\.)(?:\s(?:{_PARTICLE}\s){{0,2}}(?:al-|el-)?(?:{_WORD}|\p{{Lu}}\.))*"
)
#: Who such a word stands before has a private name: one word is enough.
_PERSON_BEFORE = regex.compile(
    r"\b(?:mr|mrs|ms|miss|dr|sir|dame|professor|singer|actor|actress|footballer|player|driver|"
    r"journalist|teacher|student|farmer|businessman|businesswoman|activist|lawyer|doctor|nurse|"
    r"skier|skater|swimmer|cyclist|rapper|writer|author|director|coach|offender|financier|suspect|"
    r"victim|gunman|man|woman|boy|girl|son|daughter|wife|husband|widow|brother|sister|father|"
    r"mother|named|called|identified as|known as|by name of)\.?,?\s$",
    regex.IGNORECASE,
)
#: The last or only word of a place, a body, a group, an event or a thing.
_NO_PERSON_ENDS = frozenset(
    "Council Ministry Department Agency Institute University College Court Parliament Senate Bank "
    "Airlines Air Railways Company Corporation Club Union Association Federation Commission "
    "Committee Authority Office Board Party Hospital Bridge River Valley Museum Mill Line "
    "Observatory Trust Foundation Society Guild Exchange Bureau Service Services Police Team Army "
    "Navy Force Forces Group United City Town Harbour Port School Library Theatre Festival Prize "
    "League Network Press Times Post Centre Center Village Island Islands District County Province "
    "State States Region Oblast Krai Republic Governorate Prefecture Territory Territories Strip "
    "Bank Sea Ocean Gulf Bay Strait Lake Mountains Mount Desert Peninsula Canal Coast Beach Road "
    "Street Avenue Highway Expressway Square Park Airport Base Station Stadium Cup Games Olympics "
    "Championship Championships Open Tour War Day Year Week Act Agreement Accord Treaty Plan "
    "Guard Guards Corps Command Brigade Division Battalion Front Movement Liberation Brotherhood "
    "Cartel Insurgency Coalition Alliance Militia Resistance Rebels Taliban Hamas Hezbollah "
    "Nations Organization Organisation Court House Palace Church Mosque Cathedral Temple Synagogue "
    "Market Mall Hotel Restaurant Factory Plant Refinery Mine Tower Building Secondary Nuclear "
    "Facility Terminal Crossing Border Zone Area Canton Municipality Borough Parish Prison Airways "
    "Intelligence Security Rights Watch Fund Programme Program Project System Storm Hurricane "
    "Typhoon Cyclone Kingdom Emirates Federation Commonwealth Community Council Assembly Congress "
    "Journal News Media Television Radio Foundry Labs Lab Software Technologies Project Regency "
    "Canyon Cliff Slope Creek Springs Falls Rock Hill Hills Heights Wales Ridge Glacier Alps "
    "Platform Campaign Operation Initiative Minister Representatives Administration Enforcement "
    "Airfield Oriental Occidental Kong Patriarchate Mission List".split()
)  # fmt: skip
#: Openings of places, bodies and things: "West Bandung", "Boko Haram", "Storm Edda".
_NO_PERSON_OPENS = frozenset(
    "New Mont North South East West Northern Southern Eastern Western Central Upper Lower Port "
    "Saint San Santa Santo São Los Las El La Le Al Mount Lake Cape Fort Grand Great Storm "
    "Hurricane Typhoon Cyclone Tropical Operation Boko Islamic Islamist Royal National "
    "International Air World European African Asian American British French German Italian "
    "Russian Ukrainian Israeli Iranian Iraqi Syrian Turkish Chinese Japanese Indian Pakistani "
    "Afghan Egyptian Sudanese Nigerian Kenyan Mexican Brazilian Canadian Australian Spanish "
    "Greek Dutch Swiss Swedish Norwegian Danish Polish Czech Serbian Hungarian Romanian "
    "Bulgarian Korean Thai Vietnamese Philippine Filipino Palestinian Lebanese Saudi Kurdish "
    "Cuban Venezuelan Colombian Chilean Peruvian Bolivian Ecuadorian Kuwaiti Emirati Qatari "
    "Arab Supreme High Federal State House United Democratic People Social Liberal Conservative "
    "Labour Labor Green Communist Republican First Second Third Winter Summer Olympic Red Black "
    "White Blue Dera Tel Abu Ras Mar Rio Buenos Costa Puerto Villa Château Bad Novo Nizhny".split()
)  # fmt: skip
#: Before these names places stand; "of" and "on" stand before persons, too.
_PLACE_BEFORE = regex.compile(r"\b(?:in|near|at|outside|across|around|inside|into|towards?|off)\s$")
#: A place goes on with its district or country.
_PLACE_BEHIND = regex.compile(r",\s\p{Lu}[\p{L}\p{M}'’-]*")
#: What follows a group, a maker or a model that names a thing: "Popular Forces base".
_THING_BEHIND = regex.compile(
    r"\s(?:\d[\w-]*|(?:light\s)?aircraft|jets?|helicopters?|drones?|missiles?|members?|militants?|"
    r"fighters?|gunmen|forces|fans|airport|district|province|region|state|county|oblast|highway|"
    r"spokes(?:man|woman|person)|base|hideouts?|virus|outbreak|fever|conflict|border|nationals?|"
    r"titles?|headquarters|military)\b"
)


@dataclass(frozen=True)
class Harm:
    """Fail on a person's name within a sentence of crime, violence, health, sex, minors, ruin."""

    name: ClassVar[str] = "harm"
    version: ClassVar[int] = 2

    def __call__(self, case: Case) -> Verdict:
        """Look at what is asked with every answer it offers, and at each quote."""
        key = case.candidate.key
        answers = (key.answer, *(key.choices or ()))
        asked = " – ".join((case.candidate.question, *dict.fromkeys(answers)))
        for place, text in (("question", asked), *(("quote", e.quote) for e, _ in case.evidence)):
            for sentence in _sentences(text):
                word = _HARM.search(sentence)
                if word and any(private_persons(sentence)):
                    # The reason names nobody: it is kept and shown.
                    return failed(f"the {place} names a person beside {word.group()!r}")
        return passed("no private person is named beside harm")


def private_persons(sentence: str) -> Iterator[str]:
    """Yield the names in a sentence that may be a person's and carry no office."""
    for match in _RUN.finditer(sentence):
        start = match.start()
        words = match.group().split()
        while words and (words[0] in _openers() or words[0].casefold() in _titles()):
            start += len(words[0]) + 1
            words = words[1:]
        before, behind = sentence[:start], sentence[match.end() :]
        if not words or _holds_office(sentence[: match.start()], before, behind):
            continue
        name = " ".join(words)
        if _PERSON_BEFORE.search(before) or (
            len(words) > 1 and _may_be_person(name, before, behind)
        ):
            yield name


def _holds_office(before_run: str, before: str, behind: str) -> bool:
    return any(_OFFICE_BEFORE.search(text) for text in (before_run, before)) or (
        _OFFICE_BEHIND.match(behind) is not None
    )


def _may_be_person(name: str, before: str, behind: str) -> bool:
    """Whether several capitalised words are a person's name, for all that their shape tells."""
    words = [regex.sub(r"['’]s$", "", word) for word in name.split()]
    if " ".join(words) in countries() or len(words) > _MOST_WORDS:
        return False
    if {words[-1], words[-1].removesuffix("s")} & _NO_PERSON_ENDS or words[0] in _NO_PERSON_OPENS:
        return False
    if set(words) & _no_person_inside():
        return False
    if regex.search(r"\b[Tt]he\s$", before) or _THING_BEHIND.match(behind):
        return False
    in_place = _PLACE_BEFORE.search(before) or regex.search(r",\s$", before)
    return not (in_place or (_PLACE_BEHIND.match(behind) and regex.search(r"\b\p{Ll}+\s$", before)))


#: Longer runs of capitals are titles and bodies.
_MOST_WORDS = 4


@cache
def _no_person_inside() -> frozenset[str]:
    """Return words that make a name one of a place or body wherever they stand in it."""
    return frozenset(country for country in countries() if " " not in country) | {
        "Ministry", "University", "Army", "Navy", "Province", "District", "Airport", "Islamic",
        "National", "International", "Military", "Police", "Party", "Republic",
    }  # fmt: skip


@cache
def _openers() -> frozenset[str]:
    return frozenset(
        "The A An In On At By As From For To Of After Before When While Which Who What How If But "
        "And Or Both Two Three Four Five Six Seven Eight Nine Ten".split()
    )


@cache
def _titles() -> frozenset[str]:
    return frozenset(
        "president minister mayor senator judge king queen prince princess general colonel "
        "governor chancellor ayatollah pope emir sultan commissioner ambassador captain "
        "inspector".split()
    )


def _sentences(text: str) -> list[str]:
    return [part for part in regex.split(r"(?<=[.!?])\s+(?=\p{Lu})|\n+", text) if part.strip()]
