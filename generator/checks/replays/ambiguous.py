"""ambiguous – both readings are derived again, each from its quote, and there is no third."""

from __future__ import annotations

from generator.checks.base import Case, Verdict, failed, passed
from generator.checks.replays.victims import victims
from generator.english.dates import MONTHS, days
from generator.english.quantities import full_value, shown
from generator.passages import clauses
from store.records import CANNOT_BE_KNOWN, Document, passage_of, utc_date
from store.text import tokens

_EMPTY = frozenset(
    "on which day of did was were is are how many people civilians in the as reported a an "
    "play released killed injured wounded".split()
)
_CALENDAR = frozenset(month.casefold() for month in MONTHS)


def ambiguous(case: Case) -> Verdict:
    """Hold both items against their quotes and the question against both."""
    key, question = case.candidate.key, case.candidate.question
    items = [str(item) for item in key.spec.get("items", ())]
    if case.base is None or case.base.key.kind in ("set", "abstain", "premise"):
        return failed("an ambiguous question needs the precise one it was made from")
    if len(case.evidence) != 2 or len(set(items)) != 2 or key.answer != "; ".join(items):
        return failed("two readings need two quotes and two different answers")
    of = str(key.spec.get("of"))
    read = [_answer(exhibit.quote, document, question, of) for exhibit, document in case.evidence]
    if sorted(items) != sorted(one or CANNOT_BE_KNOWN for one in read):
        return failed(f"the quotes give {read}, the key says {items}")
    if case.base.key.answer != read[0] or case.base.quote != case.candidate.quote:
        return failed("the precise question has another answer than the first quote")
    shared = _content(question)
    if not shared:
        return failed("the question names nothing")
    for exhibit, _ in case.evidence:
        if missing := shared - set(tokens(exhibit.quote)):
            return failed(f"the question's {sorted(missing)} does not stand in {exhibit.quote!r}")
    precise = _content(case.base.question) | _versions(case.base.question)
    if not shared | _versions(question) < precise:
        return failed("the question does not leave out words of the precise one")
    n_fitting = _n_fitting(case, shared)
    if n_fitting != 2:
        return failed(f"{n_fitting} sentences of the passages fit the question, not two")
    return passed(f"two readings: {key.answer}")


def _answer(quote: str, document: Document, question: str, of: str) -> str | None:
    """Return what one quote answers; None when it answers nothing, or more than one thing."""
    if of == "date":
        found = {one.day for one in days(quote, utc_date(document.published_at))}
        day = next(iter(found)) if len(found) == 1 else None
        asked = f"{MONTHS[day.month - 1]} {day.year}" if day else ""
        return day.isoformat() if day and asked in question else None
    name = "killed" if " killed " in question else "hurt"
    counted = victims(quote).get(name)
    if of != "number" or counted is None or counted.amount.bound_words:
        return None
    return shown(full_value(counted.amount))


def _content(text: str) -> set[str]:
    """Return the words that say what is meant, days and numbers aside."""
    words = {word for word in tokens(text) if not word[0].isdigit()}
    return words - _EMPTY - _CALENDAR


def _versions(text: str) -> set[str]:
    return {word for word in tokens(text) if "." in word}


def _n_fitting(case: Case, shared: set[str]) -> int:
    """Count the sentences shown that hold all words of the question and an answer of its kind."""
    of, question = str(case.candidate.key.spec.get("of")), case.candidate.question
    n_fitting = 0
    for exhibit, document in case.evidence:
        if not exhibit.context_spans:
            continue
        for sentence in clauses(passage_of(document.text, exhibit.context_spans)):
            fits = shared <= set(tokens(sentence))
            n_fitting += fits and _answer(f"{sentence}.", document, question, of) is not None
    return n_fitting
