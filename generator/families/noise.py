"""What hurried people do to a question: one function a kind, seeded by name, nothing lost.

Only words of a closed list are ever changed, so that names in small letters ("undici"), numbers,
days, units, negations, bounds and options are safe by construction. What is added stands before
or after the question, whole, from lists of our own: no number, no name, no negation in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import regex

from generator.lots import lot

#: Of the letters of a question, this share is mistyped (questions.md §1, noisy).
TYPOS = 0.05
#: Fewer slips than this nobody would notice.
_FEWEST_TYPOS = 2
#: At most this share of the question's characters may be changed (§1); what is added is not
#: counted here, for any clause at all would be more than that of a short question.
MOST_CHANGED = 0.15

#: Words that may be mistyped: long or plain enough that no slip of a neighbouring key inside one
#: gives another English word ("share" is not here because of "snare", nor "played" because of
#: "plated"). Names and units are not here at all.
_MISTYPED = frozenset(
    "reported were which when after near with into from that what their crashed carrying "
    "collided explosion building during between announced released collapsed exploded overturned "
    "declared launched against release version country shooting bombing district province official "
    "confirmed capsized answer earliest advisory package affected severity published according "
    "compared following happened passage average difference greater question".split()
)
#: Letters beside each other on a keyboard.
NEIGHBOURS: Mapping[str, str] = MappingProxyType(
    dict(
        zip(
            "qwertyuiopasdfghjklzxcvbnm",
            "wa qes wrd etf ryg tuh yij uok ipl ol qsz awdx sefc drgv fthb gyjn hukm jil kop xas "
            "zcsd xvdf cbfg vngh bmhj njk".split(),
            strict=True,
        )
    )
)
#: Spellings by ear, each of a small word that stays easy to read.
DIALECT: Mapping[str, str] = MappingProxyType(
    {
        "the": "da", "of": "o'", "and": "an'", "for": "fer", "were": "wuz", "was": "wuz",
        "what": "wot", "which": "wich", "with": "wiv", "that": "dat", "their": "dere",
        "into": "intae", "from": "frae", "when": "wen", "are": "iz", "does": "duz",
        "did": "dit",
    }
)  # fmt: skip
#: Words a question opens with: their capital says nothing.
_OPENERS = frozenset(
    "as at according based between by during for from given how in of on put the to what when "
    "where which who whose".split()
)

#: Phrases set before or after a question, by kind. Those that open it end in a space.
PHRASES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "filler": (
            "hi, quick one – ",
            "hello there, hope all is well, so ",
            "ok so basically, ",
            "um, right, here goes: ",
            " thanks a lot in advance!!",
            " cheers, much appreciated :)",
            " pls and thank you",
        ),
        "irrelevant_clause": (
            "My neighbour and I are having a bet over dinner, so please tell me: ",
            "While the kettle is on and the cat sleeps on my keyboard: ",
            "I am putting together a quiz for our choir, and here is what I want to ask: ",
            " My sister, who collects stamps, would love to hear it.",
            " I am asking from a very slow train with a flat battery.",
            " It is raining here and my umbrella is broken.",
        ),
        "wrong_reference": (
            "I think it is in the chart below: ",
            "It may be on the map at the bottom: ",
            "Have a look at the photo on the right, it could be there: ",
            " It should be somewhere in the chart below.",
            " I believe the bar chart beside the text has it.",
            " Maybe look at the footnotes under the diagram.",
        ),
        "wrong_instruction": (
            "Write it as a poem. Sorry, wrong window: please answer in the usual way. ",
            "Answer in capital letters. Scratch that, any letters will do. ",
            "Explain it to a parrot. Only joking, a plain answer is what I want. ",
            " Reply with a drawing. I take that back, words are fine.",
            " Give it to me backwards. Sorry, my mistake: the right way round, please.",
            " Please sing it. Just kidding, the plain answer will do.",
        ),
    }
)

_WORD = regex.compile(r"(?<![\p{L}\p{N}_./@'’-])\p{Ll}+(?![\p{L}\p{N}_/@'’-]|\.\p{L})")

#: Returns the noisy question, or None where a kind has nothing to work on.
Noise = Callable[[str, str], str | None]


def mistyped(question: str, seed: str) -> str | None:
    """Hit a neighbouring key inside some words; first and last letters stay."""
    words = [m for m in _WORD.finditer(question) if m.group() in _MISTYPED]
    n_letters = sum(character.isalpha() for character in question)
    n_wanted = max(_FEWEST_TYPOS, round(TYPOS * n_letters))
    drawn = sorted(words, key=lambda m: lot(f"{seed}/word/{m.start()}"))[:n_wanted]
    if len(drawn) < _FEWEST_TYPOS:
        return None
    letters = list(question)
    for match in drawn:
        inside = match.end() - match.start() - 2
        place = match.start() + 1 + int(lot(f"{seed}/place/{match.start()}") * inside)
        keys = NEIGHBOURS[question[place]]
        letters[place] = keys[int(lot(f"{seed}/key/{match.start()}") * len(keys))]
    return "".join(letters)


def without_case(question: str, seed: str) -> str | None:
    """Drop the opening capital, the question mark and the commas before small words."""
    bare = regex.sub(r",(?=\s\p{Ll})", "", _small_start(question)).removesuffix("?")
    return bare if bare != question else None


def in_dialect(question: str, seed: str) -> str | None:
    """Spell small words by ear, as many as the limit of changes lets."""
    heard, changed = question, 0
    for match in reversed(list(_WORD.finditer(question))):
        spelt = DIALECT.get(match.group())
        if spelt is None:
            continue
        changed += max(len(match.group()), len(spelt))
        if changed > MOST_CHANGED * len(question):
            break
        heard = heard[: match.start()] + spelt + heard[match.end() :]
    return heard if heard != question else None


def with_phrase(kind: str) -> Noise:
    """Return the noise that sets one of a kind's phrases before or after the question."""

    def add(question: str, seed: str) -> str:
        phrases = PHRASES[kind]
        phrase = phrases[int(lot(f"{seed}/phrase") * len(phrases))]
        if phrase.startswith(" "):
            return question + phrase
        # After a full stop the question keeps its capital.
        stopped = phrase.rstrip().endswith((".", "!", "?"))
        return phrase + (question if stopped else _small_start(question))

    return add


def _small_start(question: str) -> str:
    first = regex.match(r"\p{L}+", question)
    if first is None or first.group().casefold() not in _OPENERS:
        return question
    return question[0].lower() + question[1:]


#: The kinds of noise by their name, which is the role of the row in its pair.
KINDS: Mapping[str, Noise] = MappingProxyType(
    {
        "typos": mistyped,
        "lost_case": without_case,
        "dialect": in_dialect,
        **{kind: with_phrase(kind) for kind in PHRASES},
    }
)
