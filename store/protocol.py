"""The reply protocol and the prompt a model gets: one form for every row, versioned.

One protocol for all rows, so that its presence betrays nothing about the right answer.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from datetime import date

from store.contexts import MAX_TITLE
from store.records import CANNOT_BE_KNOWN, FALSE_PREMISE
from store.text import squeeze

PROTOCOL_VERSION = 2

REPLY_PROTOCOL = f"""\
Think in any way you like. Finish with a single line that begins with "Answer:" and holds only \
your answer. If what you are given does not settle it, write "Answer: {CANNOT_BE_KNOWN}". If the \
question takes for granted something untrue, write "Answer: {FALSE_PREMISE}". If more than one \
answer fits, write all of them separated by ";". Write dates as YYYY-MM-DD."""


def letter(index: int) -> str:
    """Return the letter of option `index`: 0 -> 'A'."""
    return string.ascii_uppercase[index]


def render_input(
    question: str,
    *,
    context: str | None,
    published: date | None,
    choices: Sequence[str] | None,
    title: str | None = None,
    several: bool = False,
) -> str:
    """Return the whole prompt: passage when there is one, question, options, reply protocol.

    Args:
        question: What is asked.
        context: The passage; None for a closed book.
        published: The passage's date, where the question is about it or depends on it.
        choices: Options, in the order of their letters.
        title: The title of the text the passage stands in.
        several: Whether the context is several passages, each with its own title and day.
    """
    parts = []
    if context is not None and several:
        parts += ["Answer from these passages alone:", context]
    elif context is not None:
        dated = f"published {published.isoformat()}" if published else ""
        named = f'"{squeeze(title)[:MAX_TITLE]}"' if title else ""
        about = ", ".join(part for part in (named, dated) if part)
        parts.append(f"Answer from this passage alone{f' ({about})' if about else ''}:")
        parts.append(context)
    parts.append(f"Question: {question}")
    if choices:
        options = "\n".join(f"{letter(i)}) {choice}" for i, choice in enumerate(choices))
        parts.append(f"Options (answer with the letter):\n{options}")
    parts.append(REPLY_PROTOCOL)
    return "\n\n".join(parts)
