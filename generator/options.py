"""Options: which wrong answers stand beside the right one, and in which order; pure.

Wrong answers come from the same document first, then from other documents of the week, then from
the answer itself, moved a little. Numbers and days are listed ascending, and how many of them lie
below the answer is a lot; other options stand in the order of a hash. So no letter, no length and
no place in the row tells which one is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

import regex

from generator.lots import asked_as, lot
from store.records import AnswerKey, AnswerKind, Candidate
from store.scoring.answers import equivalent
from store.text import tokens

#: Four by default (questions.md §1, options).
N_OPTIONS = 4
#: At most this share of rows has options: free answers cannot be guessed (§1).
MAX_SHARE = 0.40
#: Of the candidates of a family that could have options, this share gets them: families that
#: never have any keep the whole week below `MAX_SHARE`.
SHARE = 0.40
#: The longest option has at most this many times the letters of the shortest (§1).
MAX_STRETCH = 1.5
#: How far a number is moved, as shares of it (§1).
NEAREST, FARTHEST = Decimal("0.05"), Decimal("0.40")
#: More choices of a moved number than this only cost time; judgement.
_MOST_STEPS = 200
#: How far a day is moved (§1).
MAX_DAYS = 30
#: From this share of the question's content words on, a sentence may say the same of another
#: name (the value that family `entity` uses); judgement.
SAME_DEED = 0.6

#: Words of an estimate: 42 is "about 40", too, so it can be no wrong option.
_INEXACT = regex.compile(
    r"\b(?:about|around|approximately|roughly|some|nearly|almost|at least|at most|up to|as many as|"
    r"over|under|(?:more|less|fewer) than)\s+how many\b",
    regex.IGNORECASE,
)
_SENTENCE_END = regex.compile(r"(?<=[.!?])\s+|\n+")
_EMPTY = frozenset(
    "the a an of and in on at for to by with from that it its as be is are was were which who what "
    "how many much did do does reported when".split()
)


def kind_of(key: AnswerKey) -> AnswerKind:
    """Return what kind of value answers: that of the options where there are some."""
    if key.kind != "choice":
        return key.kind
    kind: AnswerKind = key.spec.get("of", "text")
    return kind


def free_key(key: AnswerKey) -> AnswerKey:
    """Return a key as it is without its options: what a reader who sees none must say."""
    if key.kind != "choice":
        return key
    spec = {name: value for name, value in key.spec.items() if name != "of"}
    return AnswerKey(answer=key.answer, kind=kind_of(key), aliases=key.aliases, spec=spec)


def with_options(
    candidate: Candidate,
    *,
    passage: str,
    same_document: Iterable[str] = (),
    elsewhere: Iterable[str] = (),
    not_after: date | None = None,
    share: float = SHARE,
) -> Candidate:
    """Return a candidate with options, or as it is: when its lot says so or rivals are missing.

    Args:
        candidate: A question with a free answer of kind number, date, text or version.
        passage: What is shown with it: an option that it makes true is none.
        same_document: Other values of the answer's kind in the same document.
        elsewhere: The same from the week's other documents.
        not_after: The last day that can be an option; a day after publication is no rival.
        share: Of the candidates that come here, how many get options.
    """
    if lot(f"options/{asked_as(candidate)}") >= share:
        return candidate
    chosen = options_for(candidate, passage, same_document, elsewhere, not_after)
    if chosen is None:
        return candidate
    key = candidate.key
    offered = AnswerKey(
        answer=key.answer,
        kind="choice",
        aliases=key.aliases,
        choices=chosen,
        answer_index=chosen.index(key.answer),
        spec=key.spec | {"of": key.kind},
    )
    fields = candidate.model_dump(exclude={"id", "key"})
    return Candidate.draft(**fields, key=offered)


def options_for(
    candidate: Candidate,
    passage: str,
    same_document: Iterable[str] = (),
    elsewhere: Iterable[str] = (),
    not_after: date | None = None,
) -> tuple[str, ...] | None:
    """Return the options of a free candidate in their order, or None when there are too few."""
    kind, answer = candidate.key.kind, candidate.key.answer
    if kind in ("number", "date"):
        if _INEXACT.search(candidate.question) or "bound" in candidate.key.spec:
            return None
        moved = _moved_numbers(answer) if kind == "number" else _moved_days(answer)
        groups = [list(same_document), list(elsewhere), moved]
        ranked = [
            [value for value in group if is_wrong(value, candidate, passage)] for group in groups
        ]
        if kind == "date" and not_after is not None:
            last = not_after.isoformat()
            ranked = [[value for value in group if value <= last] for group in ranked]
        return _around(candidate, ranked)
    groups = [list(same_document), list(elsewhere)]
    ranked = [[value for value in group if is_wrong(value, candidate, passage)] for group in groups]
    return _beside(candidate, ranked)


def is_wrong(value: str, candidate: Candidate, passage: str) -> bool:
    """Whether a value is certainly no right answer, and looks as the right one does.

    Not the key or an alias, of its form, and not what the passage says of the thing asked for.
    """
    key = candidate.key
    answers = (key.answer, *key.aliases)
    if any(equivalent(value, one, key.kind, key.spec, candidate.question) for one in answers):
        return False
    if not same_form(value, key.answer, key.kind):
        return False
    if key.kind in ("number", "date"):
        return True
    named = value.casefold() in f"{candidate.question}\n{candidate.quote}".casefold()
    return not named and not _fits_elsewhere(value, candidate, passage)


def same_form(value: str, answer: str, kind: AnswerKind) -> bool:
    """Whether two values are written alike, so that neither stands out."""
    if kind == "number":
        left, right = _digits(value), _digits(answer)
        return left is not None and left == right
    if kind == "date":
        # The question names the month: a day of another one is no rival.
        return len(value) == len(answer) == 10 and value[:7] == answer[:7]
    if kind == "version" and value.count(".") != answer.count("."):
        return False
    short, long = sorted((len(value), len(answer)))
    return long <= MAX_STRETCH * short


def order_of_options(candidate_id: str, options: Iterable[str]) -> tuple[str, ...]:
    """Return text options in the order of sha256(id ‖ option).

    The id is that of the candidate before it had options: its own one holds their order.
    """
    return tuple(sorted(options, key=lambda option: _hash(f"{candidate_id}‖{option}")))


def _drawn(candidate_id: str, rivals: Iterable[str]) -> list[str]:
    """Return rivals by lot: another one than orders the row, or the key would stand last in it."""
    return sorted(rivals, key=lambda rival: _hash(f"rival/{candidate_id}‖{rival}"))


def rank_of_key(candidate_id: str, n_options: int) -> int:
    """Return how many options lie below the key, by the lot of the candidate before it had any."""
    return int(lot(f"rank/{candidate_id}") * n_options)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _around(candidate: Candidate, groups: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """Return an ascending row with the key at the rank its lot gives.

    Every rank must be possible, or the values near an end would tell where the key stands.
    """
    answer = candidate.key.answer
    below: list[str] = []
    above: list[str] = []
    for group in groups:
        for value in _drawn(candidate.id, set(group) - set(below) - set(above)):
            (below if _rises(value) < _rises(answer) else above).append(value)
    n_others = N_OPTIONS - 1
    if len(below) < n_others or len(above) < n_others:
        return None
    rank = rank_of_key(candidate.id, N_OPTIONS)
    row = [*below[:rank], answer, *above[: n_others - rank]]
    return tuple(sorted(row, key=_rises))


def _beside(candidate: Candidate, groups: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """Return the key with three others, none inside another, none too long beside the shortest."""
    row = [candidate.key.answer]
    for group in groups:
        for value in _drawn(candidate.id, set(group)):
            if len(row) < N_OPTIONS and _fits_row(value, row, candidate.key.kind):
                row.append(value)
    return order_of_options(candidate.id, row) if len(row) == N_OPTIONS else None


def _fits_row(value: str, row: Sequence[str], kind: AnswerKind) -> bool:
    lengths = [len(one) for one in (*row, value)]
    inside = any(
        one.casefold() in value.casefold() or value.casefold() in one.casefold() for one in row
    )
    return not inside and max(lengths) <= MAX_STRETCH * min(lengths)


def _fits_elsewhere(value: str, candidate: Candidate, passage: str) -> bool:
    """Whether some sentence of the passage may say of `value` what is asked for."""
    asked = _content(candidate.question)
    for sentence in _SENTENCE_END.split(passage):
        said = set(tokens(sentence))
        if set(tokens(value)) <= said and len(asked & said) >= SAME_DEED * len(asked):
            return True
    return False


def _content(text: str) -> frozenset[str]:
    return frozenset(word for word in tokens(text) if not word[0].isdigit()) - _EMPTY


def _rises(value: str) -> Decimal:
    """Return what a number or day is sorted by."""
    try:
        return Decimal(value)
    except InvalidOperation:
        return Decimal(date.fromisoformat(value).toordinal())


def _digits(value: str) -> tuple[int, int, int] | None:
    """Return digits before the point, after it, and zeros at the end; None for no plain number."""
    match = regex.fullmatch(r"(\d+)(?:\.(\d+))?", value)
    if match is None:
        return None
    written = value.replace(".", "")
    return len(match[1]), len(match[2] or ""), len(written) - len(written.rstrip("0"))


def _moved_numbers(answer: str) -> list[str]:
    """Return numbers of the answer's digits and roundness, 5 to 40 % away from it."""
    form = _digits(answer)
    if form is None:
        return []
    centre = Decimal(answer)
    step = Decimal(10) ** (form[2] - form[1])
    n_steps = int(centre * FARTHEST / step)
    if n_steps > _MOST_STEPS:
        step, n_steps = step * (n_steps // _MOST_STEPS), _MOST_STEPS
    near = centre * NEAREST
    moved = (centre + sign * n * step for n in range(1, n_steps + 1) for sign in (-1, 1))
    return [
        format(value, "f")
        for value in moved
        if abs(value - centre) >= near and _digits(format(value, "f")) == form
    ]


def _moved_days(answer: str) -> list[str]:
    """Return the other days of the answer's month, at most thirty away."""
    centre = date.fromisoformat(answer)
    moved = (centre + timedelta(days=n) for n in _both_ways(MAX_DAYS))
    return [
        day.isoformat() for day in moved if (day.year, day.month) == (centre.year, centre.month)
    ]


def _both_ways(most: int) -> Iterator[int]:
    for n in range(1, most + 1):
        yield from (-n, n)
