"""What the pages call things: one sentence a check, one a state, one a kind of date."""

from __future__ import annotations

#: What a check asks. A check without a line here is shown by its name alone.
CHECKS = {
    "date": "Is the text newer than the cutoff, by a date that can be defended?",
    "source": "Is the source on the list, and trusted for long enough?",
    "injection": "Is the text free of orders to a machine, hidden or in the open?",
    "machine_written": "Does the page not say that a model wrote it?",
    "schema": "Is the question well formed?",
    "quote": "Is the quote found again in the stored text, letter for letter?",
    "supported": "Does the answer follow from the quote?",
    "self_contained": "Can the question be understood on its own?",
    "leak": "Does the question keep its answer to itself?",
    "as_of": "Does the answer stay true, or say until when?",
    "options": "Is exactly one option right, and none the odd one out?",
    "copying": "Are the question's words not simply the source's?",
    "personal_data": "Is it free of private data?",
    "harm": "Does it lay no blame on private people?",
    "duplicate": "Is the question new to this set?",
    "contamination": "Is it no item of a known public benchmark?",
    "first_seen": "Is the fact itself new, not only the page?",
    "corroboration": "Does more than one page say so?",
    "single_answer": "Do independent readers reach the same answer?",
    "other_answers": "Is there no second defensible answer?",
    "entailed": "Is the answer true of the text, and its negation not?",
    "guessable": "Can it not be answered without the passage?",
    "choices_only": "Do the options not give the answer away?",
    "needs_all": "Is every part of the evidence needed?",
    "difficulty": "How hard is it likely to be?",
    "withdrawn": "Was its source not taken down?",
    "twin": "Was the question it was made from accepted, too?",
    "drafting": "Could questions be written from the page?",
    "set": "Is the week as a whole balanced?",
}

STATES = {
    "open": "Open: the answer is public.",
    "sealed": "Sealed: the answer stays on the server until the question retires.",
    "retired": "Retired: the question left the set and everything about it is public.",
}

#: What an erratum did to a question.
ERRATA = {
    "dispute": "is disputed: it counts in no score until it is decided",
    "keep": "was disputed and stands: it counts",
    "retire": "is retired: no later release carries it",
    "nullify": "is nullified: no score counts it",
}

#: How a document's date is known.
DATE_BASES = {
    "feed": "the feed says so",
    "page": "the page says so",
    "http": "the server's Last-Modified says so",
    "first_seen": "no witness: it is when we first saw it",
}
