"""A lexicon of common verbs with every form, so that "approved" finds "approve" and back.

Forms are made forward from the base, where spelling rules are certain; irregular ones are
listed. A word that is not here is not taken for a verb.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

Tense = Literal["past", "present_s", "present"]

_REGULAR = """
abolish accept accuse acquire activate add adopt agree aim allege allow amount announce appeal
appear appoint approve arrest arrive ask assemble attack attend attract authorise authorize
average award ban block board boost calculate call cancel capture carry cause celebrate certify
chair change charge charter claim clear close collapse collect complete conclude condemn conduct
confirm connect contain convert convict cover crash create cross cultivate damage decide declare
decline decrease defeat define delay deliver demolish depart deploy deport depose deposit
describe design destroy detain detect develop die disable discover dismiss displace disrupt
dissolve dock donate double download drop earn eject elaborate elect eliminate employ end
endorse enforce enter equal establish estimate evacuate exceed exchange execute expand expect
expel expire export extend face fail fine finish fire fix flood follow free fund gain generate
grant halt handle harvest hire hospitalise hospitalize host house identify import impose improve
inaugurate include increase indict infect inject injure inspect install intercept introduce
invest involve isolate issue join kill land launch lengthen lift limit link live load maintain
manufacture mark marry measure merge migrate mine move need nominate note notify observe obtain
occur offer open operate oppose orbit order organise organize overturn own pardon pass patch
permit photograph plan plead pledge plough poll postpone predict present probe process produce
prohibit promise promote propose prosecute publish purchase quarantine raid raise rank rate
ratify reach reappoint recall receive recommend reconnect record recover recruit redeploy reduce
refer refund refuse register reinstall reinstate reject release relocate remain remove rename
renew reopen repair repatriate repeal replace report represent rescind rescue reserve resign
restore restrict result resume retain retire return reveal review revoke rule sail sanction
schedule score secure seize select sentence serve settle sever shorten sicken sign slam slow
sponsor staff start stop strand strengthen study submit succeed sue summon supply support
suspend target total trade transfer translate transport travel treat triple turn undock unveil
update upgrade urge use vacate vaccinate vandalise visit vote vow want warn weaken weigh welcome
widen work wound yield
capsize collide derail detonate erupt explode overturn plunge ram roll skid swerve trample
trap kidnap veer
"""

#: base: (past, past participle)
_IRREGULAR = {
    "begin": ("began", "begun"),
    "break": ("broke", "broken"),
    "bring": ("brought", "brought"),
    "build": ("built", "built"),
    "buy": ("bought", "bought"),
    "catch": ("caught", "caught"),
    "come": ("came", "come"),
    "cost": ("cost", "cost"),
    "cut": ("cut", "cut"),
    "draw": ("drew", "drawn"),
    "drive": ("drove", "driven"),
    "fall": ("fell", "fallen"),
    "find": ("found", "found"),
    "fly": ("flew", "flown"),
    "get": ("got", "got"),
    "give": ("gave", "given"),
    "go": ("went", "gone"),
    "grow": ("grew", "grown"),
    "have": ("had", "had"),
    "hit": ("hit", "hit"),
    "hold": ("held", "held"),
    "keep": ("kept", "kept"),
    "lay": ("laid", "laid"),
    "lead": ("led", "led"),
    "leave": ("left", "left"),
    "lend": ("lent", "lent"),
    "lose": ("lost", "lost"),
    "make": ("made", "made"),
    "meet": ("met", "met"),
    "pay": ("paid", "paid"),
    "put": ("put", "put"),
    "rebuild": ("rebuilt", "rebuilt"),
    "rise": ("rose", "risen"),
    "run": ("ran", "run"),
    "see": ("saw", "seen"),
    "sell": ("sold", "sold"),
    "send": ("sent", "sent"),
    "set": ("set", "set"),
    "shoot": ("shot", "shot"),
    "shut": ("shut", "shut"),
    "sink": ("sank", "sunk"),
    "speak": ("spoke", "spoken"),
    "spend": ("spent", "spent"),
    "strike": ("struck", "struck"),
    "take": ("took", "taken"),
    "win": ("won", "won"),
    "withdraw": ("withdrew", "withdrawn"),
    "write": ("wrote", "written"),
}

#: Verbs of two or more syllables that double nothing, and one-syllable ones that do.
_DOUBLING = frozenset(
    {
        "ban",
        "permit",
        "plan",
        "drop",
        "stop",
        "submit",
        "transfer",
        "expel",
        "refer",
        "slam",
        "ram",
        "skid",
        "occur",
        "trap",
        "kidnap",
    }
)
#: Past forms that are at least as often a noun or an adjective after a name.
_NOT_FOUND_ALONE = frozenset({"found"})


@dataclass(frozen=True)
class VerbForm:
    """One finite form of a known verb."""

    base: str
    tense: Tense


def past_of(base: str) -> str:
    """Return the past tense: approve -> approved, strike -> struck."""
    return _IRREGULAR[base][0] if base in _IRREGULAR else _add_ed(base)


def participle_of(base: str) -> str:
    """Return the past participle: strike -> struck, write -> written."""
    return _IRREGULAR[base][1] if base in _IRREGULAR else _add_ed(base)


def third_person_of(base: str) -> str:
    """Return the third person singular: carry -> carries, have -> has."""
    if base == "have":
        return "has"
    if base.endswith(("s", "x", "ch", "sh", "z", "o")):
        return base + "es"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + "s"


def gerund_of(base: str) -> str:
    """Return the -ing form: injure -> injuring, kill -> killing."""
    if base.endswith("e") and not base.endswith(("ee", "ye")):
        return base[:-1] + "ing"
    return (base + base[-1] if base in _DOUBLING else base) + "ing"


def _add_ed(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    return (base + base[-1] if base in _DOUBLING else base) + "ed"


@cache
def finite_forms() -> dict[str, VerbForm]:
    """Return every finite form that can be told from other words, by its spelling.

    A plural present ("kill") is left to `plural_forms`: it is the base, and often a noun.
    """
    forms: dict[str, VerbForm] = {}
    for base in bases():
        forms[third_person_of(base)] = VerbForm(base, "present_s")
        forms[past_of(base)] = VerbForm(base, "past")
    for word in _NOT_FOUND_ALONE:
        forms[word] = VerbForm("find", "past")
    return forms


@cache
def bases() -> frozenset[str]:
    """Return every base form of the lexicon."""
    return frozenset(_REGULAR.split()) | frozenset(_IRREGULAR)


@cache
def participles() -> dict[str, str]:
    """Return past participle -> base."""
    return {participle_of(base): base for base in bases()}


@cache
def gerunds() -> dict[str, str]:
    """Return -ing form -> base."""
    return {gerund_of(base): base for base in bases()}
