"""Reading how many were killed and how many injured in one event, from one plain sentence."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from generator.english.clauses import Clause, join
from generator.english.past import in_past
from generator.english.quantities import Amount, amounts
from generator.english.trimming import trimmed

#: Whoever is counted must be people: the question calls them so.
_PEOPLE = frozenset(
    "people person civilians civilian officers officer soldiers soldier workers worker children "
    "child passengers passenger students student migrants migrant tourists tourist nationals "
    "police troops fighters fighter militants militant insurgents employees miners farmers "
    "villagers residents worshippers pilgrims protesters policemen women men engineers villager "
    "Palestinians schoolchildren occupants members journalists skiers minors shoppers".split()
)
_HOW = r"(?:(?P<how>critically|seriously|severely|lightly|slightly)\s)?"
_ASIDE = r"(?:,\sincluding\s[^,]{1,60})?"
_JOINT = regex.compile(rf"^{_ASIDE},?\s?(?:and\s)?(?=\S)")
_HURT = regex.compile(
    r"^\s(?:(?:others?|more|people)\s)?(?:(?:is|are|was|were)\s)?"
    rf"{_HOW}(?P<word>injured|wounded)\b{_ASIDE}"
)
_HURTS = regex.compile(
    r"^(?:\s(?P<place>(?:in|on|at|near)\s\p{Lu}[\p{L}\s-]{2,30}))?\sand\s"
    r"(?P<verb>injures?|wounds?|injured|wounded)\s"
)
_HURTING = regex.compile(r"^\sand\s(?:at\sleast\s)?(?P<verb>injuring|wounding)\s")
_OBJECT = regex.compile(r"^\s(?:others|other\speople|more\speople|people|more)\b")
#: A third count ("and six are reported missing") belongs to neither sum.
_THIRD = regex.compile(
    r"^,?\s(?:and\s)?[^,]{1,40}?\s(?:(?:is|are|was|were|remain)\s)?(?:reported\s|still\s)?"
    r"(?:missing|rescued|trapped|hospitali[sz]ed|evacuated|displaced|arrested|unaccounted\sfor)\b"
)
_TAIL = regex.compile(r"^,?\s?(?:in|when|after|during|by|at|near|on|off|as)\s")
#: Words that make a place or an event two: then the sum has two readings.
_SEVERAL = regex.compile(
    r"\b(?:separate|respectively|both|multiple|several|different|various|similar|another|overnight)\b"
)
#: The place: without one, "an Iranian missile strike" may be any.
_PLACED = regex.compile(r"\b(?:in|at|near|on|off|of)\s(?:the\s)?\p{Lu}\p{Ll}")
_POINTS = regex.compile(r"\b(?:their|its|his|her|them|it|this|that)\b")


@dataclass(frozen=True)
class Toll:
    """The dead and the injured of one event, with the words to ask for them.

    `doer` is empty for "are killed in a fire"; else it kills: "a missile strike".
    """

    killed: Amount
    injured: Amount
    #: "injured", "wounded", "critically injured".
    hurt: str
    #: "in a blast at a café in Shchuchinsk, Kazakhstan".
    happening: str
    doer: str
    past: bool

    @property
    def be(self) -> str:
        """The verb of being, in the sentence's time."""
        return "were" if self.past else "are"


def toll_of(clause: Clause) -> Toll | None:
    """Return the toll a plain clause gives in exact numbers; None when it gives no such two."""
    if clause.fronted:
        return None
    for shape in (_passive, _active, _as_result):
        toll = shape(clause)
        if toll and _sound(toll):
            return toll
    return None


def _sound(toll: Toll) -> bool:
    exact = not (toll.killed.bound_words or toll.injured.bound_words)
    whole = not (toll.killed.scale or toll.injured.scale)
    told = join(toll.doer, toll.happening)
    clear = _PLACED.search(told) and not _SEVERAL.search(told) and not _POINTS.search(told)
    return bool(exact and whole and clear) and toll.killed.value != toll.injured.value


def _passive(clause: Clause) -> Toll | None:
    """Read "Seven people are killed and 19 others are injured in a blast in Brell"."""
    killed = _leading(clause.subject)
    if killed is None or clause.base != "kill" or clause.auxiliary not in _BEING:
        return None
    if not _are_people(clause.subject[killed.end :]):
        return None
    joint = _JOINT.match(clause.rest)
    following = clause.rest[joint.end() :] if joint else ""
    injured = _leading(following)
    match = _HURT.match(following[injured.end :]) if injured else None
    if injured is None or match is None:
        return None
    rest = _THIRD.sub("", following[injured.end + match.end() :], count=1)
    happening = _happening(rest)
    hurt = join(match["how"] or "", match["word"])
    if happening is None:
        return None
    told, happening = in_past(clause, happening, frozenset())
    return Toll(killed, injured, hurt, happening, "", told.time == "past")


def _active(clause: Clause) -> Toll | None:
    """Read "A missile strike kills ten civilians and wounds nine others in Brell"."""
    killed = _leading(clause.rest)
    if killed is None or clause.base != "kill" or clause.auxiliary or clause.inside is None:
        return None
    counted = regex.match(r"^\s(?P<noun>[\p{L}\s]{1,30}?)(?=\s(?:and|in|on|at|near)\s)",
                          clause.rest[killed.end :])  # fmt: skip
    if counted is None or not _are_people(counted["noun"]):
        return None
    at = killed.end + counted.end()
    match = _HURTS.match(clause.rest[at:])
    following = clause.rest[at + match.end() :] if match else ""
    injured = _leading(following)
    after = _OBJECT.match(following[injured.end :]) if injured else None
    if match is None or injured is None or after is None or match["place"]:
        return None
    happening = _happening(following[injured.end + after.end() :])
    hurt = "wounded" if match["verb"].startswith("wound") else "injured"
    if happening is None:
        return None
    told, happening = in_past(clause, happening, frozenset())
    return Toll(killed, injured, hurt, happening, clause.inside, told.time == "past")


def _as_result(clause: Clause) -> Toll | None:
    """Read "A jet strikes a village near Brell, killing 21 people and wounding 28 others"."""
    split = regex.search(r",\skilling\s(?=\S)", clause.rest)
    if split is None or clause.inside is None or clause.base == "kill":
        return None
    following = clause.rest[split.end() :]
    killed = _leading(following)
    if killed is None:
        return None
    counted = regex.match(r"^\s(?P<noun>[\p{L}\s]{1,30}?)(?=\sand\s)", following[killed.end :])
    if counted is None or not _are_people(counted["noun"]):
        return None
    rest = following[killed.end + counted.end() :]
    match = _HURTING.match(rest)
    injured = _leading(rest[match.end() :]) if match else None
    if match is None or injured is None:
        return None
    after = _OBJECT.match(rest[match.end() + injured.end :])
    ends = after and not rest[match.end() + injured.end + after.end() :].strip(" .")
    head = trimmed(clause.rest[: split.start()])
    if not ends or not head:
        return None
    told, head = in_past(clause, head, frozenset())
    happening = join("when", clause.inside, told.auxiliary, told.verb, head)
    hurt = "wounded" if match["verb"] == "wounding" else "injured"
    return Toll(killed, injured, hurt, happening, "", told.time == "past")


_BEING = frozenset({"is", "are", "was", "were"})


def _leading(text: str) -> Amount | None:
    found = next(amounts(text), None)
    return found if found and found.start == 0 else None


def _are_people(noun: str) -> bool:
    words = noun.strip().split()
    return bool(words) and words[-1] in _PEOPLE and not set(words) & {"other", "of", "and"}


def _happening(rest: str) -> str | None:
    if not _TAIL.match(rest):
        return None
    return trimmed(rest.strip(" ,")) or None
