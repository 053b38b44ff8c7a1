"""Splitting a plain sentence into what comes first, who, verb and rest – or refusing to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

import regex

from generator.english.quantities import amounts
from generator.english.verbs import VerbForm, bases, finite_forms, participles
from generator.english.vocabulary import Vocabulary

Time = Literal["past", "present"]

_WORD = regex.compile(r"[\p{L}\p{M}\d][\p{L}\p{M}\d'’.+#/-]*(?<!\.)|[\p{L}\d]")
_BE: Final = {"is": "present", "are": "present", "was": "past", "were": "past"}
_HAVE: Final = {"has": "present", "have": "present", "had": "past"}
_MODALS: Final = {"will": "present", "can": "present", "must": "present", "would": "past"}

#: A subject with one of these is a clause inside a clause, or points outside the sentence.
_NOT_IN_SUBJECT: Final = frozenset(
    "that which who whose whom where when while after before as if because although though "
    "but or than says said say told not also there he she it they we i you his her its their "
    "our your this these those him them us me my another others what how why since until "
    "unless despite however meanwhile yes no here more less both all each some many several "
    "most few any such same".split()
)
#: Present plurals that are common enough after a plural subject to be sure of.
_PLURAL_VERBS: Final = frozenset(
    "kill injure wound arrest detain rescue destroy damage seize approve agree announce strike "
    "attack include cover contain support carry serve leave capture claim vote win lose "
    "cost hold have use make take face hit open close".split()
)
#: After a plural these are its verb, whatever follows.
_VERBS_OF_PLURALS: Final = _PLURAL_VERBS - {"cost", "open", "close", "vote", "use", "hit"} | {
    "launch", "raid", "fire"
}  # fmt: skip
#: Third persons that are more often plural nouns: verbs only before an object that shows it.
_OFTEN_NOUNS: Final = frozenset(
    "strikes attacks reports plans sanctions orders claims charges votes tests works supports "
    "fires boards marks needs offers uses calls limits moves names notes polls ranks rates "
    "raids releases results returns reviews rises rules runs sales shows signs sources starts "
    "states stops studies targets totals transfers treats turns visits wants warns ends costs "
    "falls finds grants hits holds increases issues leads links lists loads makes marries "
    "measures meets patches places pledges processes produces promises puts records repairs "
    "samples schedules sentences services sets sinks speaks sponsors stores transports travels "
    "updates upgrades vows yields lands houses hosts blocks causes changes covers cuts damages "
    "delays deposits designs donates draws drives drops exchanges exports faces fails imports "
    "interests joins launches lifts lives loses matches murders rams rolls skids".split()
)
#: A sentence that opens with a circumstance and no comma has its subject further on.
_NO_SUBJECT_OPENS: Final = frozenset(
    "In On At By From With For Of To During After Before Since Under Over Between Among About "
    "As Like Near Another Others Of".split()
)
_HEDGES: Final = frozenset(
    "reportedly allegedly apparently possibly presumably feared believed thought expected said "
    "estimated rumoured rumored claimed suspected not never no".split()
)
#: Before a verb these move it in time or weaken it; a question turned round has no place for them.
_BEFORE_VERB: Final = frozenset(
    "now then still already soon later only just also often always never once again today "
    "currently recently finally almost nearly".split()
)
#: Verbs whose past is their base: after a plural nobody can tell "cost" from "cost".
_SAME_IN_PAST: Final = frozenset("cost cut hit put set shut".split())
_OBJECT_STARTS: Final = frozenset(
    "a an the its their his her that to at in on by for from with off over against more up down "
    "out back between under into".split()
)


@dataclass(frozen=True)
class Clause:
    """One plain statement: `fronted`, subject, auxiliary, verb, rest; no final stop.

    `inside` is the subject as it reads inside a sentence ("the council", "Brell"); None when
    nothing shows whether its first word is a name.
    """

    #: "On 3 August 2026" or "In Ecuador", without its comma; "" when there is none.
    fronted: str
    subject: str
    #: "is", "had", "will" … or "" for a verb that stands alone.
    auxiliary: str
    #: The verb as written.
    verb: str
    #: Its base form; the verb itself after "be" when that is no known participle.
    base: str
    time: Time
    rest: str
    inside: str | None = None

    def statement(self) -> str:
        """Return the clause as a sentence again, without its fronted part and stop."""
        words = (self.subject, self.auxiliary, self.verb, self.rest)
        return join(*words)

    def inverted(self, rest: str) -> str | None:
        """Return "did S approve rest" / "was S fined rest", for a question about the rest.

        None when the subject cannot be written inside a sentence.
        """
        if self.inside is None:
            return None
        subject = self.inside + ("," if "," in self.subject else "")
        if self.auxiliary:
            return join(self.auxiliary, subject, self.verb, rest)
        present = "does" if self.verb != self.base else "do"
        helper = "did" if self.time == "past" else present
        return join(helper, subject, self.base, rest)


def join(*parts: str) -> str:
    """Join the parts that are not empty; a part that begins with a comma gets no space."""
    text = " ".join(part.strip() for part in parts if part.strip())
    return regex.sub(r"\s+([,;])", r"\1", text)


def parse(sentence: str, vocabulary: Vocabulary) -> Clause | None:
    """Return the clause of a plain sentence, or None when its shape is not known for sure.

    Not for sure: questions, quotations, a pronoun or a clause as subject, no known finite
    verb, two candidates for it.
    """
    clause = _parse(sentence)
    if clause is None:
        return None
    if clause.subject.split()[0] in _NO_SUBJECT_OPENS and not _counted_until(clause.subject):
        return None
    if clause.subject.casefold() in {"one", "two", "three"}:
        return None
    return replace(clause, inside=vocabulary.inside(clause.subject))


def _parse(sentence: str) -> Clause | None:
    text = sentence.strip()
    if not text or text[-1] != "." or any(mark in text for mark in '"“”?!:;()[]{}|*`_<>=\\'):
        return None
    text = text[:-1].strip()
    fronted, body = _split_fronted(text)
    words = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(body)]
    if len(words) < 4 or not (body[0].isupper() or body[0].isdigit()):
        return None
    counted_until = _counted_until(body)
    for position, (start, end, word) in enumerate(words):
        if end <= counted_until:
            continue
        if position == 0:
            if word.casefold() in _NOT_IN_SUBJECT:
                return None
            continue
        following = words[position + 1][2] if position + 1 < len(words) else ""
        before = body[:start].rstrip()
        lowered = word.casefold()
        if word != lowered:
            continue
        if lowered in _NOT_IN_SUBJECT:
            return None
        if not _commas_are_names(before):
            return None
        if lowered in _BE or lowered in _HAVE or lowered in _MODALS:
            if words[position - 1][2].casefold() in _BEFORE_VERB:
                return None
            return _with_auxiliary(fronted, before, body, words, position)
        form = _finite(lowered, words, position, following)
        if form is None:
            continue
        if words[position - 1][2].casefold() in _BEFORE_VERB:
            return None
        if lowered in _SAME_IN_PAST and _may_be_plural(before):
            return None
        if form.tense == "past" and lowered in participles() and _verb_follows(words, position):
            return None
        if _verb_before(words[:position]):
            return None
        return Clause(
            fronted=fronted,
            subject=before.rstrip(","),
            auxiliary="",
            verb=word,
            base=form.base,
            time="past" if form.tense == "past" else "present",
            rest=body[end:].strip(),
        )
    return None


def _counted_until(text: str) -> int:
    """Return where the amount ends that a text opens with ("More than 40 people"), or 0."""
    first = next(amounts(text), None)
    return first.end if first and first.start == 0 else 0


def _split_fronted(text: str) -> tuple[str, str]:
    """Split "On 3 August 2026, the council …" into its two parts."""
    match = regex.match(
        r"((?:On|In|At|By|During|Since|Under|From)\s[^,]{2,60}?"
        r"(?:,\s(?:\p{Lu}[\p{L}.-]+|20\d\d)(?:\s\p{Lu}[\p{L}.-]+)*){0,2}),\s(?=\S)",
        text,
    )
    if match:
        return match[1], text[match.end() :][:1].upper() + text[match.end() + 1 :]
    bare = regex.match(r"((?:On|In|By)\s\d{1,2}\s\p{Lu}\p{L}+\s20\d\d)\s(?=[a-z])", text)
    if bare:
        return bare[1], text[bare.end() :][:1].upper() + text[bare.end() + 1 :]
    return "", text


def _commas_are_names(before: str) -> bool:
    """Whether every part after a comma is a name ("Graz, Austria"), not a new clause."""
    return all(part.strip()[:1].isupper() for part in before.split(",")[1:] if part.strip())


def _may_be_plural(subject: str) -> bool:
    """Whether the head of a subject, before any "of" or "in", may be a plural noun."""
    head = regex.split(r"\s(?:of|in|at|on|for|from|to|with|by)\s", subject)[0].rstrip(",")
    return head.endswith("s") or " and " in head or subject.split()[-1].endswith("s")


def _finite(
    word: str, words: list[tuple[int, int, str]], position: int, following: str
) -> VerbForm | None:
    previous = words[position - 1][2]
    if word in _PLURAL_VERBS and previous.endswith("s") and _opens_object(following):
        return VerbForm(word, "present")
    form = finite_forms().get(word)
    if form is None or previous.casefold() in {"the", "a", "an", "of", "in", "and", "to", "by"}:
        return None
    if word in _OFTEN_NOUNS and not _opens_object(following):
        return None
    if form.tense == "present_s" and previous.endswith("s") and not previous[0].isupper():
        return None
    return form


def _opens_object(word: str) -> bool:
    return bool(word) and (
        word.casefold() in _OBJECT_STARTS
        or word[0].isupper()
        or word[0].isdigit()
        or regex.fullmatch(
            r"(?:\p{Ll}+(?:teen|ty)|two|three|four|five|six|seven|eight|nine|ten)", word
        )
        is not None
    )


def _verb_follows(words: list[tuple[int, int, str]], position: int) -> bool:
    """Whether a later word may be the real verb, this one a participle ("a bomb hidden …")."""
    following = words[position + 1][2].casefold() if position + 1 < len(words) else ""
    if following not in {"by", "in", "on", "at", "from", "to", "with", "as", "for", "of", "near"}:
        return False
    later = (word for _, _, word in words[position + 1 :])
    return any(word in finite_forms() or word in _BE or word in _HAVE for word in later)


def _verb_before(words: list[tuple[int, int, str]]) -> bool:
    """Whether the subject holds a plural's verb: "Forces launch artillery | strikes on"."""
    return any(
        word in _VERBS_OF_PLURALS and before.endswith("s") and word == word.casefold()
        for (_, _, before), (_, _, word) in pairwise(words)
    )


def _with_auxiliary(
    fronted: str, before: str, body: str, words: list[tuple[int, int, str]], position: int
) -> Clause | None:
    _, end, auxiliary = words[position]
    following = words[position + 1][2] if position + 1 < len(words) else ""
    lowered = auxiliary.casefold()
    if following in _HEDGES:
        # A hedge belongs to the claim; a question that drops it asks for something else.
        return None
    time: Time = "past" if "past" in (_BE | _HAVE | _MODALS)[lowered] else "present"
    subject = before.rstrip(",")
    if lowered in _HAVE and following in participles():
        return _clause(fronted, subject, auxiliary, words[position + 1], body, time)
    if lowered in _HAVE and following == "been" and position + 2 < len(words):
        _, next_end, next_word = words[position + 2]
        if next_word in participles():
            return Clause(
                fronted,
                subject,
                auxiliary,
                f"been {next_word}",
                participles()[next_word],
                time,
                body[next_end:].strip(),
            )
        return None
    if lowered in _HAVE:
        return Clause(fronted, subject, "", auxiliary, "have", time, body[end:].strip())
    if lowered in _MODALS:
        if following not in bases():
            return None
        return _clause(fronted, subject, auxiliary, words[position + 1], body, time)
    if following in participles():
        return _clause(fronted, subject, auxiliary, words[position + 1], body, time)
    return Clause(fronted, subject, auxiliary, "", "be", time, body[end:].strip())


def _clause(
    fronted: str,
    subject: str,
    auxiliary: str,
    verb: tuple[int, int, str],
    body: str,
    time: Time,
) -> Clause:
    _, end, word = verb
    base = participles().get(word, word)
    return Clause(fronted, subject, auxiliary, word, base, time, body[end:].strip())
