"""Turning a candidate that passed every check into a question, named by its content."""

from __future__ import annotations

from generator.checks.base import Case
from generator.passages import MAX_QUOTE_WORDS
from store.contexts import shows_several
from store.licences import text_may_be_shown
from store.protocol import PROTOCOL_VERSION, letter, render_input
from store.records import Candidate, FurtherSource, Question, content_hash, utc_date


def to_question(case: Case, difficulty: float) -> Question:
    """Return the question that a case's candidate becomes.

    The id hashes what a model sees and where it comes from, never the answer: an id that held
    the answer would let anybody test guesses at a sealed one.
    """
    candidate, document, key = case.candidate, case.document, case.candidate.key
    open_book = candidate.setting == "open_book" and all(
        text_may_be_shown(one.licence) for one in case.documents.values()
    )
    context = case.context if open_book else None
    dated = _needs_its_day(case.base or candidate)
    prompt = render_input(
        candidate.question,
        context=context,
        published=utc_date(document.published_at) if dated else None,
        choices=key.choices,
        title=document.title,
        several=shows_several(candidate),
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
        further_sources=tuple(
            FurtherSource(
                url=one.url,
                title=one.title,
                licence=one.licence,
                attribution=one.attribution,
                published_at=one.published_at,
                fetched_at=one.fetched_at,
            )
            for _, one in sorted(case.further.items())
        ),
        evidence=evidence_of(candidate),
        writer=candidate.writer,
        prompt_sha256=candidate.prompt_sha256,
        content_sha256=digest,
    )


def evidence_of(candidate: Candidate) -> str:
    """Return the quotes as one evidence, a line each, as many as fit into its length.

    All of them, with their offsets, stand in the provenance.
    """
    lines = [candidate.quote]
    for one in candidate.also:
        if one.quote not in lines and len(" ".join([*lines, one.quote]).split()) <= MAX_QUOTE_WORDS:
            lines.append(one.quote)
    return "\n".join(lines)


def _needs_its_day(candidate: Candidate) -> bool:
    """Whether the prompt says when the text was published.

    Most things are reported a day after they happen: a date question that does not need the
    day of publication would only be told its answer by it. A twin follows its base, so that
    its prompt does not betray it.
    """
    return candidate.family != "date" or "derivation" in candidate.key.spec
