"""The gate: is a question a known public benchmark's, reworded or not? With the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from generator.embeddings import Embedder, Vectors
from generator.gate.calibration import Calibration, read_calibration
from generator.gate.decision import (
    DECISION_VERSION,
    NO_WORDS,
    Cosines,
    Decision,
    Side,
    Verdict,
    decide,
    side_of,
)
from generator.gate.normal import GateQuestion
from generator.gate.references import Known, ReferenceIndex, asked_by, open_index
from generator.gate.thresholds import Thresholds
from generator.multilingual import MultilingualEncoder
from store.errors import IndexUnusable
from store.records import sha256_hex

#: Neighbours taken by each way of looking. Recall of the union on the dev half: 0.998
#: (gate.md §1, 3).
NEIGHBOURS = 5

#: Pairs a judge is asked about (questions.md §2, check 16), and kept as evidence (gate.md §3).
JUDGED_PAIRS, SHOWN_PAIRS = 5, 3

_SEVERITY: dict[Verdict, int] = {"clean": 0, "unsure": 1, "contaminated": 2}


@dataclass(frozen=True)
class Neighbour:
    """One known question beside the one judged.

    Attributes:
        text: Its words, or None where its licence does not let them be shown.
        text_sha256: The SHA-256 of its words, whether or not they are shown.
    """

    benchmark: str
    row_id: str
    text: str | None
    text_sha256: str
    licence: str
    revision: str
    cosine: float
    lexical: float
    swapped: tuple[str, ...]
    stage: str
    verdict: Verdict
    why: str


@dataclass(frozen=True)
class GateVerdict:
    """What the gate concluded about one question, and from what.

    Attributes:
        verdict: `unsure` needs a judge and is never a pass.
        nearest: The pair that decided; None when nothing known has a word in common.
        cosine: Between the question and the nearest.
        lexical: Share of equal words with the nearest, 0 to 1.
        swapped: Kinds of fact in which the two differ.
        why: One sentence for a stranger.
        pairs: The five pairs that weighed most, `nearest` first.
        index_sha256: What was searched.
        calibration_sha256: What the lines in force were measured by.
        thresholds: The lines in force.
    """

    verdict: Verdict
    nearest: Neighbour | None
    cosine: float
    lexical: float
    swapped: tuple[str, ...]
    why: str
    pairs: tuple[Neighbour, ...]
    index_sha256: str
    calibration_sha256: str
    thresholds: Thresholds = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON object, with its three pairs: the evidence that is kept."""
        return {**asdict(self), "pairs": [asdict(pair) for pair in self.pairs[:SHOWN_PAIRS]]}


@dataclass(frozen=True)
class Gate:
    """Judges questions against every known one; opened with `open_gate`.

    Attributes:
        index: What is known.
        embedder: The one the index was made with.
        calibration: Where the lines are, and how that was measured.
    """

    index: ReferenceIndex
    embedder: Embedder
    calibration: Calibration = field(default_factory=read_calibration)
    #: For questions in other languages; None where none are expected.
    tongues: MultilingualEncoder | None = None
    #: For findings: changes with the rule.
    version: int = DECISION_VERSION

    def __post_init__(self) -> None:
        if not len(self.index):
            raise IndexUnusable("the reference index is empty, so nothing can be called clean")

    def judge(self, questions: Sequence[GateQuestion]) -> list[GateVerdict]:
        """Return one verdict a question, in order; one batch is far cheaper than many.

        Raises:
            IndexUnusable: A known question is not in the database as it was indexed.
        """
        if not questions:
            return []
        sides = [side_of(question, self.index.cases) for question in questions]
        views = self.embed(sides)
        across = self.embed_across(sides)
        near = self.retrieve(sides, views, across)
        known = self.index.fetch(sorted({position for found in near for position in found}))
        known_sides = {
            position: side_of(asked_by(one.reference), self.index.cases, one.question)
            for position, one in known.items()
        }
        return [
            self._verdict(side, vectors, other, found, known, known_sides)
            for side, vectors, other, found in zip(sides, views, across, near, strict=True)
        ]

    def embed(self, sides: Sequence[Side]) -> list[Vectors]:
        """Return each question's views: the whole text, and the part where it is another text."""
        texts = [[side.question.text, side.question.part] for side in sides]
        distinct = [pair[:1] if pair[0] == pair[1] else pair for pair in texts]
        vectors = self.embedder.encode([text for pair in distinct for text in pair])
        ends = np.cumsum([len(pair) for pair in distinct])
        return np.split(vectors, ends[:-1])

    def embed_across(self, sides: Sequence[Side]) -> list[Vectors | None]:
        """Return the views in vectors of many languages of what is in one of them."""
        if self.tongues is None:
            return [None for _ in sides]
        speaks = self.tongues.languages
        asked = [n for n, one in enumerate(sides) if not one.english and one.language in speaks]
        texts = [text for n in asked for text in (sides[n].question.text, sides[n].question.part)]
        rows = self.tongues.encode(texts).reshape(len(asked), 2, self.tongues.dimensions)
        return [rows[asked.index(n)] if n in asked else None for n in range(len(sides))]

    def retrieve(
        self,
        sides: Sequence[Side],
        views: Sequence[Vectors],
        across: Sequence[Vectors | None] = (),
    ) -> list[list[int]]:
        """Return the positions worth comparing with each question, whatever found them."""
        # A reference has at most two views, so twice as many cover five references.
        _, found = self.index.views.search(np.vstack(views), 2 * NEIGHBOURS)
        owners = self.index.owners[found]
        by_words = self.index.lexical.best([side.question.words for side in sides], NEIGHBOURS)
        near: list[list[int]] = []
        row = 0
        for side, own, worded in zip(sides, views, by_words, strict=True):
            positions: set[int] = set(worded)
            for one in owners[row : row + len(own)].tolist():
                positions.update(list(dict.fromkeys(one))[:NEIGHBOURS])
            row += len(own)
            positions |= self.index.lexical.sharing_grams(side.question.words)
            positions.update(self.index.lexical.same_words(side.question.fingerprint))
            near.append(sorted(positions))
        for place, found_across in enumerate(across):
            if found_across is not None and self.index.tongues is not None:
                _, others = self.index.tongues.search(found_across, 2 * NEIGHBOURS)
                near[place] = sorted({*near[place], *self.index.owners[others].ravel().tolist()})
        return near

    def _verdict(
        self,
        side: Side,
        vectors: Vectors,
        across: Vectors | None,
        positions: Sequence[int],
        known: dict[int, Known],
        known_sides: dict[int, Side],
    ) -> GateVerdict:
        judged = []
        for position in positions:
            other = self.index.tongues_of(position) if across is not None else None
            tongues = None if across is None or other is None else (across, other)
            cosines = Cosines.between(vectors, self.index.vectors_of(position), tongues)
            decision = decide(side, known_sides[position], cosines, self.calibration.thresholds)
            judged.append((decision, known[position]))
        judged.sort(
            key=lambda pair: (
                -_SEVERITY[pair[0].verdict],
                -pair[0].cosine,
                pair[1].benchmark.name,
                pair[1].reference.row_id,
            )
        )
        pairs = tuple(_neighbour(decision, one) for decision, one in judged[:JUDGED_PAIRS])
        if not pairs:
            return self._alone(side)
        first = pairs[0]
        return GateVerdict(
            verdict=first.verdict,
            nearest=first,
            cosine=first.cosine,
            lexical=first.lexical,
            swapped=first.swapped,
            why=first.why,
            pairs=pairs,
            index_sha256=self.index.sha256,
            calibration_sha256=self.calibration.sha256,
            thresholds=self.calibration.thresholds,
        )

    def _alone(self, side: Side) -> GateVerdict:
        """Return the verdict on a question that nothing was found for."""
        if not side.question.words:
            verdict, why = NO_WORDS
        elif side.english:
            verdict, why = "clean", "no known question has anything in common with it"
        else:
            verdict, why = "unsure", f"no encoder here compares the language {side.language!r}"
        return GateVerdict(
            verdict, None, 0.0, 0.0, (), why, (), self.index.sha256,
            self.calibration.sha256, self.calibration.thresholds,
        )  # fmt: skip


def _neighbour(decision: Decision, known: Known) -> Neighbour:
    benchmark = known.benchmark
    return Neighbour(
        benchmark=benchmark.name,
        row_id=known.reference.row_id,
        text=known.reference.question if benchmark.text_may_be_shown else None,
        text_sha256=sha256_hex(known.reference.question.encode()),
        licence=benchmark.licence,
        revision=benchmark.revision,
        cosine=decision.cosine,
        lexical=decision.lexical,
        swapped=decision.swapped,
        stage=decision.stage,
        verdict=decision.verdict,
        why=decision.why(f"{benchmark.name}/{known.reference.row_id}"),
    )


def open_gate(
    engine: Engine,
    index_dir: Path,
    embedder: Embedder,
    *,
    tongues: MultilingualEncoder | None = None,
) -> Gate:
    """Open the gate.

    Raises:
        IndexUnusable: The index is missing, empty, stale or damaged; never a pass.
    """
    index = open_index(engine, index_dir, embedder, tongues)
    return Gate(index, embedder, read_calibration(index_dir), tongues)
