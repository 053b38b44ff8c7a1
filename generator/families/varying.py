"""What families that vary others' questions share: which bases, and which of them by lot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from generator.families.base import Library, Reading, Refusal, pair_id
from generator.lots import asked_as, lot_falls
from store.records import Candidate, Document


class Varying:
    """Writes at most one variant of each question of a fixed share; one method to fill in.

    It is a family of one document, after those that write base questions, and a joining family,
    after those that join documents.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    #: Of the questions it may vary, this share is varied.
    share: float

    def vary(self, base: Candidate, document: Document) -> Candidate | None:
        """Return the variant of a base question, or None where there is none to be had."""
        raise NotImplementedError

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Vary what the families before wrote from one document."""
        yield from self._all((base, reading.document) for base in siblings)

    def join(self, library: Library) -> Iterator[Candidate | Refusal]:
        """Vary what the joining families before wrote from several documents."""
        documents = {one.document.id: one.document for one in library.readings}
        yield from self._all(
            (base, documents[base.document_id])
            for base in library.joined
            if base.document_id in documents
        )

    def _all(self, bases: Iterable[tuple[Candidate, Document]]) -> Iterator[Candidate]:
        for base, document in bases:
            if base.pair_role not in (None, "base") or base.pair not in (None, pair_id(base)):
                continue
            if lot_falls(f"{self.name}/{asked_as(base)}", self.share):
                made = self.vary(base, document)
                if made is not None:
                    yield made
