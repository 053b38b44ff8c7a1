"""The clean set: questions whose answers are known because the sentences were made from them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from generator.calibration.frames import FILLERS, FRAMES, Frame
from generator.checks.base import Case
from generator.english.dates import long_form
from store.records import (
    CANNOT_BE_KNOWN,
    FALSE_PREMISE,
    AnswerKey,
    Candidate,
    Dates,
    Document,
    Source,
    Span,
    sha256_hex,
)

#: Items of the clean set (questions.md §2, calibration).
N_CLEAN = 300
CUTOFF = datetime(2026, 2, 2, tzinfo=UTC)
UNTIL = datetime(2026, 8, 10, tzinfo=UTC)
NOW = datetime(2026, 8, 10, 6, tzinfo=UTC)
SOURCE = Source(
    name="calibration",
    kind="page",
    url="https://calibration.example/",
    licence="CC0-1.0",
    attribution="made by Unseen",
)
_FIRST = (
    "Aldar Brenno Corvi Dunket Elmsa Fenrou Garpo Holti Ingbra Jedwy Kelmu Lorpha Marxo Norqui "
    "Ostva Penzi Quarby Ravlo Selth Torku Ulvi Vandro Wexla Yarmi Zeltok Baluk Camsho Dorfin"
).split()
_SECOND = (
    "brook dale field ford gate holm mere ness port ridge stead wick bury combe croft den fell "
    "haven hurst leigh moor pool rock shore stone thorpe vale water wold wood worth yard"
).split()
_FIRMS = "Hartwell Ibsen Jorvik Kestrel Lammas Mortlake Nyland Ostrava Pellew Quill".split()
_ENDS = {"firm": "Works Yard Partners Builders Union Carriers".split(), "crew": [""]}


@dataclass(frozen=True)
class Item:
    """One clean question with what it was made of."""

    frame: Frame
    gaps: Mapping[str, str]
    case: Case

    @property
    def answer(self) -> str:
        """The value in the gap."""
        return self.case.candidate.key.answer

    @property
    def day(self) -> str:
        """The day it happened, as the sentence writes it."""
        return self.gaps["day"]


def clean_items(n_items: int = N_CLEAN, seed: int = 1) -> list[Item]:
    """Return items, each of a town of its own; a tenth are twins of each of two kinds."""
    n_twins = n_items // 9
    bases = [item for _, item in zip(range(n_items - 2 * n_twins), _bases(seed), strict=False)]
    numbers = [one for one in bases if one.frame.kind == "number"]
    removed = [_without_answer(one) for one in numbers[:n_twins]]
    planted = [_planted(one) for one in numbers[n_twins : 2 * n_twins]]
    paired = {one.case.base.id for one in (*removed, *planted) if one.case.base}
    return [*(_paired(one) if one.case.candidate.id in paired else one for one in bases),
            *removed, *planted]  # fmt: skip


def _paired(base: Item) -> Item:
    """Return an item that shares its pair with its twin."""
    pair = "p_" + base.case.candidate.id.removeprefix("c_")
    candidate = base.case.candidate.model_copy(update={"pair": pair, "pair_role": "base"})
    return replace(base, case=replace(base.case, candidate=candidate))


def _bases(seed: int) -> Iterator[Item]:
    rng = random.Random(seed)
    towns = [f"{first}{second}" for second in _SECOND for first in _FIRST]
    rng.shuffle(towns)
    for number, town in enumerate(towns):
        yield made(FRAMES[number % len(FRAMES)], town, rng)


def made(frame: Frame, town: str, rng: random.Random) -> Item:
    """Return a frame with its gaps filled."""
    day = date(2026, 8, 7) - timedelta(days=rng.randrange(3, 60))
    n, m = rng.sample(range(21, 190), 2)
    if frame.kind == "version":
        n, m = rng.sample(range(2, 20), 2)
    names = rng.sample(_FIRMS, 2)
    end = rng.choice(_ENDS.get(frame.names, [""]))
    other = day - timedelta(days=rng.randrange(2, 20))
    gaps = {
        "town": town, "n": str(n), "m": str(m), "day": long_form(day), "day_iso": day.isoformat(),
        "other_day": long_form(other), "other_iso": other.isoformat(),
        "name": f"{names[0]} {end}".strip(), "rival": f"{names[1]} {end}".strip(),
    }  # fmt: skip
    quote = _filled(frame.says, gaps)
    sentences = [quote, _filled(frame.beside, gaps), rng.choice(FILLERS)]
    rng.shuffle(sentences)
    return Item(frame, gaps, case_of(frame, gaps, " ".join(sentences), quote))


def key_of(frame: Frame, gaps: Mapping[str, str]) -> AnswerKey:
    """Return the key that the gaps give."""
    if frame.kind == "number":
        spec = {"unit": frame.unit, "unit_in_question": True, "tol": "0"}
        return AnswerKey(answer=gaps["n"], kind="number", spec=spec)
    if frame.kind == "date":
        return AnswerKey(answer=gaps["day_iso"], kind="date", spec={"precision": "day"})
    if frame.kind == "version":
        last = "1" if "{m}.1" in frame.says else "0"
        return AnswerKey(answer=f"{gaps['n']}.{gaps['m']}.{last}", kind="version")
    return AnswerKey(answer=gaps["name"], kind="text")


def case_of(frame: Frame, gaps: Mapping[str, str], text: str, quote: str) -> Case:
    """Return the case of a question about a text."""
    document = document_of(text, gaps["town"], frame.topic)
    start = text.index(quote)
    candidate = Candidate.draft(
        document_id=document.id,
        family=frame.family,
        question=_filled(frame.asks, gaps),
        key=key_of(frame, gaps),
        quote=quote,
        quote_span=Span(start=start, end=start + len(quote)),
        context_spans=(Span(start=0, end=len(text)),),
        as_of=date(2026, 8, 7),
        language="en",
        topic=frame.topic,
        writer="rule:calibration/1",
        prompt_sha256="0" * 64,
    )
    return Case(candidate, document)


def document_of(text: str, town: str, topic: str, published: date = date(2026, 8, 7)) -> Document:
    """Return a text as a document of the calibration's own source."""
    at = datetime.combine(published, time(9), UTC)
    url = f"{SOURCE.url}{town.casefold()}"
    return Document(
        id=Document.id_of(url, text),
        source=SOURCE.name,
        url=url,
        title=f"News of {town}",
        text=text,
        text_sha256=sha256_hex(text.encode()),
        capture_sha256=sha256_hex(text.encode()),
        extractor="calibration/1",
        language="en",
        topic=topic,
        licence=SOURCE.licence,
        attribution=SOURCE.attribution,
        published_at=at,
        date_basis="page",
        dates=Dates(page=at),
        fetched_at=at,
    )


def _filled(template: str, gaps: Mapping[str, str]) -> str:
    text = template.format(**gaps)
    return text[0].upper() + text[1:]


def reworded(item: Item) -> str:
    """Return the item's question in the frame's other words."""
    return _filled(item.frame.rewords, item.gaps)


def twin_of(base: Item, role: str, **changes: object) -> Item:
    """Return a variant of an item's candidate."""
    fields = base.case.candidate.model_dump(exclude={"id", "raw_reply"})
    pair = "p_" + base.case.candidate.id.removeprefix("c_")
    candidate = Candidate.draft(**(fields | {"pair": pair, "pair_role": role} | changes))
    return Item(base.frame, base.gaps, Case(candidate, base.case.document, base.case.candidate))


def _without_answer(base: Item) -> Item:
    text, span = base.case.document.text, base.case.candidate.quote_span
    spans = [Span(start=a, end=b) for a, b in ((0, span.start), (span.end, len(text))) if b - a > 1]
    return twin_of(
        base,
        "removed",
        family="unanswerable",
        key=AnswerKey(answer=CANNOT_BE_KNOWN, kind="abstain"),
        context_spans=tuple(spans),
    )


def _planted(base: Item) -> Item:
    unit = base.frame.unit
    planted = f"{int(base.answer) + 7} {unit}"
    question = f"Why were there {planted}, no fewer, when {_told(base)}?"
    spec = {"correction": [base.answer], "planted": planted}
    return twin_of(
        base,
        "planted",
        family="false_premise",
        question=question,
        key=AnswerKey(answer=FALSE_PREMISE, kind="premise", spec=spec),
    )


def _told(base: Item) -> str:
    quote = base.case.candidate.quote.removesuffix(".")
    bare = quote.replace(f"{base.answer} {base.frame.unit}", f"the {base.frame.unit}")
    return f"{bare[0].lower()}{bare[1:]}" if bare.startswith("The ") else bare
