"""Turning a candidate that passed every check into a question, named by its content."""

from __future__ import annotations

from store.licences import text_may_be_shown
from store.protocol import PROTOCOL_VERSION, letter, render_input
from store.records import Candidate, Document, Question, content_hash, passage_of, utc_date


def to_question(
    candidate: Candidate, document: Document, difficulty: float, base: Candidate | None = None
) -> Question:
    """Return the question a candidate becomes; `base` is what it is a variant of.

    The id hashes what a model sees and where it comes from, never the answer: an id that held
    the answer would let anybody test guesses at a sealed one.
    """
    key = candidate.key
    open_book = candidate.setting == "open_book" and text_may_be_shown(document.licence)
    context = passage_of(document.text, candidate.context_spans) if open_book else None
    prompt = render_input(
        candidate.question,
        context=context,
        published=utc_date(document.published_at) if _needs_its_day(base or candidate) else None,
        choices=key.choices,
        title=document.title,
    )
    content = {
        "input": prompt,
        "choices": list(key.choices) if key.choices else None,
        "source_url": document.url,
        "source_published_at": document.published_at.isoformat(),
        "language": candidate.language,
        "protocol": PROTOCOL_VERSION,
    }
    digest = content_hash(content)
    target = letter(key.answer_index) if key.answer_index is not None else key.answer
    return Question(
        id=f"q_{digest[:16]}",
        input=prompt,
        question=candidate.question,
        context=context,
        choices=key.choices,
        target=target,
        answer=key.answer,
        answer_index=key.answer_index,
        aliases=key.aliases,
        answer_kind=key.kind,
        answer_spec=key.spec,
        as_of=candidate.as_of,
        valid_until=candidate.valid_until,
        family=candidate.family,
        setting="open_book" if open_book else "closed_book",
        topic=candidate.topic,
        language=candidate.language,
        difficulty=difficulty,
        pair=candidate.pair,
        pair_role=candidate.pair_role,
        cluster=f"s_{document.id.removeprefix('d_')}",
        level=candidate.level,
        source_url=document.url,
        source_title=document.title,
        source_licence=document.licence,
        attribution=document.attribution,
        source_published_at=document.published_at,
        fetched_at=document.fetched_at,
        evidence=candidate.quote,
        writer=candidate.writer,
        prompt_sha256=candidate.prompt_sha256,
        content_sha256=digest,
    )


def _needs_its_day(candidate: Candidate) -> bool:
    """Whether the prompt says when the text was published.

    Most things are reported a day after they happen: a date question that does not need the
    day of publication would only be told its answer by it. A twin follows its base, so that
    its prompt does not betray it.
    """
    return candidate.family != "date" or "derivation" in candidate.key.spec
