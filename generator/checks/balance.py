"""26 set – the release is balanced: no letter, no length and no lazy strategy pays.

What is out of balance is mended by leaving out the fewest questions, not by hashing their options
again: an accepted question is named by what a model sees, options and their order included, and
its checks judged just that. Another order would be another question, unchecked and under another
name, and a run that crashed between would draw another week. Leaving out keeps every id, needs
nothing stored, and is the same on every machine. More than a few cannot be left out: then the
release is held, for something is wrong with the rules that write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, islice
from math import ceil
from typing import Any

from generator.checks.lazy import Guess, Strategy, is_right, longest_is_single, strategies
from generator.english.dateline import without_dateline
from generator.families.traits import varies
from generator.options import MAX_SHARE
from generator.rotation.units import Unit, ticket
from store.protocol import letter
from store.records import Question
from store.text import tokens

NAME = "set"
VERSION = 1

#: A strategy may score this much above chance, and by luck more (questions.md §1).
MARGIN = 0.05
#: One tail of the 95 % interval.
MAX_LUCK = 0.025
#: Letters less even than once in a hundred releases by chance are no chance (§1).
MIN_LETTERS_P = 0.01
#: The key may be the single longest option in 1/m + this share of the rows (§1).
LONGEST_MARGIN = 0.10
#: Of fewer rows a share says little; judgement.
MIN_ROWS = 30
MIN_OPTIONS = 10
#: A strategy that replies to fewer holds nothing: three of three happen by luck once in two hundred
#: weeks to each of a dozen strategies, and no small week could leave enough out to mend it.
MIN_REPLIES = 10
#: Pairs of questions listed for a human (§2, check 26).
N_NEAREST = 50
#: At most this share of the rows is left out for balance; judgement: more is no accident.
MAX_LEFT_OUT = 0.10

#: Two questions by index, and how near they are.
Pair = tuple[int, int, float]
#: Finds the nearest pairs among questions' texts.
Nearest = Callable[[Sequence[str]], Iterable[Pair]]


@dataclass(frozen=True)
class Score:
    """What one strategy scores on the rows it has a reply for.

    Attributes:
        name: The strategy.
        n: Rows it replies to.
        right: Of them, those it is right on.
        expected: What chance would score, 0 to 1.
        low: Lower end of the 95 % Wilson interval of right / n.
        high: Its upper end.
        holds: Whether it is above chance by more than the margin, the interval excluding chance.
    """

    name: str
    n: int
    right: int
    expected: float
    low: float
    high: float
    holds: bool


@dataclass(frozen=True)
class Balance:
    """How a set of rows stands.

    Attributes:
        rows: Base rows; variants are compared with their base and count nowhere.
        with_options: Of them, those with options.
        letters: How often each letter is the key.
        letters_p: P of letters as uneven as these by chance; None without options.
        longest: Rows whose key is the single longest option.
        longest_limit: How many of them the rules allow.
        scores: Every strategy.
        guessable: What strategies that see no passage get right, beside chance.
        nearest: The nearest pairs of questions, by id, nearest first.
    """

    rows: int
    with_options: int
    letters: Mapping[str, int]
    letters_p: float | None
    longest: int
    longest_limit: float
    scores: tuple[Score, ...]
    guessable: Score
    nearest: tuple[tuple[str, str, float], ...] = ()

    @property
    def held(self) -> tuple[str, ...]:
        """Why the release may not go out, a sentence each; empty when it may."""
        return tuple(why for why, _ in _holds(self))

    def as_json(self) -> dict[str, Any]:
        """Return the balance as a manifest states it."""
        stated = asdict(self) | {"version": VERSION}
        return stated | {
            "scores": [_stated(score) for score in self.scores],
            "guessable": _stated(self.guessable),
            "nearest": [list(pair) for pair in self.nearest],
        }


@dataclass(frozen=True)
class Balanced:
    """A week's units after balancing.

    Attributes:
        units: What stays.
        left_out: How many were left out for each reason.
        held: Why it is out of balance still.
    """

    units: tuple[Unit, ...]
    left_out: Mapping[str, int]
    held: tuple[str, ...]


def balance_of(
    questions: Sequence[Question],
    last_week: Sequence[Question] = (),
    nearest: Nearest | None = None,
) -> Balance:
    """Judge a set of rows; pure, the order of the rows does not matter.

    Args:
        questions: The rows of a release, variants included.
        last_week: The rows of the release before.
        nearest: Finds the nearest pairs of questions; None lists none.
    """
    rows = sorted(filter(is_base, questions), key=lambda one: one.id)
    offered = [row for row in rows if row.choices]
    letters = Counter(letter(row.answer_index or 0) for row in offered)
    ways = strategies(rows, last_week)
    chance = sum(1 / len(row.choices or "-") for row in offered)
    return Balance(
        rows=len(rows),
        with_options=len(offered),
        letters=dict(sorted(letters.items())),
        letters_p=_letters_p(offered),
        longest=sum(longest_is_single(row) == row.answer_index for row in offered),
        longest_limit=round(chance + LONGEST_MARGIN * len(offered), 4),
        scores=tuple(_score(way, rows) for way in ways),
        guessable=_guessable(ways, rows),
        nearest=tuple(islice(_nearest(rows, nearest), N_NEAREST)) if nearest else (),
    )


def is_base(question: Question) -> bool:
    """Whether a row counts for itself, not only beside the one it varies."""
    return not varies(question.family, question.pair_role) and question.pair_role != "swap_order"


def balanced(
    units: Sequence[Unit],
    week: str,
    last_week: Sequence[Question] = (),
    carried: Sequence[Unit] = (),
) -> Balanced:
    """Leave out as few units as bring a drawn week into balance.

    Of those that add to what is wrong, the one that was drawn last goes first. What is carried
    on from earlier weeks counts and stays.
    """
    anchors = _rows(carried)
    kept = list(units)
    left_out: Counter[str] = Counter()
    most = ceil(MAX_LEFT_OUT * sum(is_base(q) for q in _rows(units)))
    while holds := _holds(balance_of([*_rows(kept), *anchors], last_week)):
        name = holds[0][1]
        guilty = _guilty(name, kept, last_week)
        if not guilty or left_out.total() >= most:
            return Balanced(tuple(kept), dict(sorted(left_out.items())), tuple(w for w, _ in holds))
        last = max(guilty, key=lambda unit: ticket(week, unit.id))
        kept.remove(last)
        left_out[name] += 1
    return Balanced(tuple(kept), dict(sorted(left_out.items())), ())


def nearest_by_words(questions: Sequence[str]) -> list[Pair]:
    """Return the nearest pairs by shared words (Jaccard), nearest first.

    By words, not by embeddings: those differ in their last digits between machines, and a
    manifest is the same everywhere. Time grows as the square of the questions.
    """
    words = [frozenset(tokens(question)) for question in questions]
    pairs = [
        (
            left,
            right,
            round(len(words[left] & words[right]) / max(1, len(words[left] | words[right])), 4),
        )
        for left, right in combinations(range(len(words)), 2)
    ]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


def _stated(score: Score) -> dict[str, Any]:
    """Return a score without our decision: that was made on all rows, these may be some."""
    return {name: value for name, value in asdict(score).items() if name != "holds"}


def _rows(units: Iterable[Unit]) -> list[Question]:
    return [question for unit in units for question in unit.questions]


def _score(way: Strategy, rows: Sequence[Question]) -> Score:
    guesses = [(guess, row) for row in rows if (guess := way.guess(row))]
    return _scored(way.name, guesses, holds=way.holds)


def _guessable(ways: Sequence[Strategy], rows: Sequence[Question]) -> Score:
    """Score the rows with options by all strategies that see no passage and vary with the row."""
    blind = [way for way in ways if way.holds and not way.reads and not way.constant]
    guesses = [(guess, row) for way in blind for row in rows if (guess := way.guess(row))]
    return _scored("without the passage", guesses, holds=False)


def _scored(name: str, guesses: Sequence[tuple[Guess, Question]], *, holds: bool) -> Score:
    if not guesses:
        return Score(name, 0, 0, 0.0, 0.0, 1.0, holds=False)
    # scipy takes a second to import; who only serves or collects never needs it.
    from scipy.stats import binomtest

    n = len(guesses)
    right = sum(is_right(guess, row) for guess, row in guesses)
    expected = sum(guess.chance for guess, _ in guesses) / n
    interval = binomtest(right, n).proportion_ci(0.95, method="wilson")
    # Wilson's interval is short of its 95 % for a handful of rows: one right of one is no proof.
    lucky = float(binomtest(right, n, min(1.0, expected), alternative="greater").pvalue)
    low, high = float(interval.low), float(interval.high)
    above = right / n > expected + MARGIN and low > expected and lucky < MAX_LUCK
    return Score(
        name,
        n,
        right,
        round(expected, 4),
        round(low, 4),
        round(high, 4),
        holds=holds and above and n >= MIN_REPLIES,
    )


def _letters_p(offered: Sequence[Question]) -> float | None:
    """Return the chi-squared p of the keys' letters; rows of three options expect no D."""
    if not offered:
        return None
    from scipy.stats import chisquare

    most = max(len(row.choices or ()) for row in offered)
    found = [sum(row.answer_index == place for row in offered) for place in range(most)]
    expected = [
        sum(1 / len(row.choices or "-") for row in offered if place < len(row.choices or ()))
        for place in range(most)
    ]
    return round(float(chisquare(found, expected).pvalue), 4)


def _holds(balance: Balance) -> list[tuple[str, str]]:
    """Return what is out of balance: a sentence, and the name of what is at fault."""
    found = []
    if balance.letters_p is not None and balance.letters_p < MIN_LETTERS_P:
        worst = max(balance.letters, key=lambda one: balance.letters[one])
        why = f"the keys' letters are uneven (chi-squared p {balance.letters_p}, {worst} leads)"
        found.append((why, f"always {worst}"))
    if balance.with_options >= MIN_OPTIONS and balance.longest > balance.longest_limit:
        why = (
            f"the key is the longest option in {balance.longest} of {balance.with_options} rows, "
            f"at most {balance.longest_limit}"
        )
        found.append((why, "longest option"))
    if balance.rows >= MIN_ROWS and balance.with_options > MAX_SHARE * balance.rows:
        why = f"{balance.with_options} of {balance.rows} rows have options, at most {MAX_SHARE:.0%}"
        found.append((why, "options"))
    for score in balance.scores:
        if score.holds:
            why = (
                f"strategy {score.name!r} is right on {score.right} of {score.n} rows, by chance "
                f"on {score.expected:.0%}"
            )
            found.append((why, score.name))
    return found


def _guilty(name: str, units: Sequence[Unit], last_week: Sequence[Question]) -> list[Unit]:
    """Return the units that add to what is wrong: those the strategy is right on."""
    rows = [row for row in _rows(units) if is_base(row)]
    way = next((one for one in strategies(rows, last_week) if one.name == name), None)

    def adds(row: Question) -> bool:
        if way is None:
            return row.choices is not None
        guess = way.guess(row)
        return guess is not None and is_right(guess, row)

    return [unit for unit in units if any(is_base(row) and adds(row) for row in unit.questions)]


def _nearest(rows: Sequence[Question], nearest: Nearest) -> Iterable[tuple[str, str, float]]:
    """Yield the nearest pairs by id; twins are near by design and left out."""
    for left, right, score in nearest([without_dateline(row.question) for row in rows]):
        if rows[left].pair is None or rows[left].pair != rows[right].pair:
            yield rows[left].id, rows[right].id, score
