"""Tokens of a written question: its share of the writer's call, and each check that asks.

Run: python -m tests.bench.token_report HOME   (a home whose week was collected)
Tokens are WordPiece's, counted by the packaged embedder's tokeniser; the baseline is what ragas
takes for one question with three checks, 5,830 tokens, because it shows whole documents.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

from sqlmodel import select

from generator.checks.entailed import EntailedReply
from generator.checks.guessable import GuessReply
from generator.checks.other_answers import OtherAnswersReply
from generator.checks.self_contained import LookUpReply
from generator.checks.single_answer import AnswerReply
from generator.embeddings import build_embedder
from generator.families.base import Reading
from generator.families.fact import FactReply, passages_of
from generator.families.number import Number
from generator.families.writing import write_from
from generator.prompts import load_prompt
from store.database import open_engine, session
from store.records import Candidate, Document, passage_of
from store.tables import DocumentRow

#: Tokens of one question with three checks (measured elsewhere), and the share we aim at.
RAGAS, AIM = 5_830, 0.4
N_DOCUMENTS = 40
#: Questions a writer's call brings, of the three it may; judgement until a model was measured.
A_CALL = 2
_DAY = "2026-03-23"


def prompts(document: Document, candidate: Candidate) -> Iterator[tuple[str, int, str]]:
    """Yield each call of a question: its name, how often it is made, its words."""
    passage = passages_of(document.text)[0].of(document.text)
    day: dict[str, Any] = {"today": _DAY, "published": _DAY}
    writer = load_prompt("fact", FactReply)
    yield "writer", 1, writer.render(passage=passage, **day, cutoff=_DAY, language="en", limit=3)
    context, asked = passage_of(document.text, candidate.context_spans), candidate.question
    for name, reply, times in (
        ("answer", AnswerReply, 3),
        ("other_answers", OtherAnswersReply, 1),
    ):
        prompt = load_prompt(name, reply)
        yield name, times, prompt.render(passage=context, **day, question=asked)
    entailed = load_prompt("entailed", EntailedReply)
    told = f"{asked} – {candidate.key.answer}"
    yield (
        "entailed",
        2,
        entailed.render(passage=candidate.quote, published=_DAY, first=told, second=told),
    )
    yield "lookup", 1, load_prompt("lookup", LookUpReply).render(today=_DAY, question=asked)
    yield "guess", 10, load_prompt("guess", GuessReply).render(today=_DAY, question=asked)


def main(home: Path) -> None:
    """Print the tokens of each call and the ratio to the baseline."""
    embedder = build_embedder()
    tokenise = embedder.model.tokenizer  # type: ignore[attr-defined]
    counts: dict[str, list[int]] = {}
    with session(open_engine(f"sqlite:///{home / 'unseen.db'}")) as work:
        rows = work.exec(select(DocumentRow).limit(4_000))
        documents = [row.value() for row in rows]
    n_documents = 0
    for document in documents:
        written = write_from(Reading(document), (Number(),)).candidates[:1]
        if not written or n_documents == N_DOCUMENTS:
            continue
        n_documents += 1
        for name, times, text in prompts(document, written[0]):
            n_tokens = len(tokenise(text, truncation=False)["input_ids"])
            share = n_tokens / A_CALL if name == "writer" else times * n_tokens
            counts.setdefault(name, []).append(int(share))
    each = {name: mean(found) for name, found in counts.items()}
    for name, tokens in each.items():
        print(f"{name:14} {tokens:7.0f} tokens a question")
    sums = {
        "writer, answer, entailed, lookup": ("writer", "answer", "entailed", "lookup"),
        "writer, answer, entailed, other_answers": (
            "writer", "answer", "entailed", "other_answers",
        ),
    }  # fmt: skip
    for told, names in sums.items():
        tokens = sum(each[name] / (3 if name == "answer" else 1) for name in names)
        print(f"{told}: {tokens:.0f}, {tokens / RAGAS:.2f} of ragas (aim {AIM})")
    every = sum(each.values())
    print(f"all tries of all checks and both guessers: {every:.0f}, {every / RAGAS:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
