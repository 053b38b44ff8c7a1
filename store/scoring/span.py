"""Where in a reply the answer stands: the marked line, else a box, else the last sentence."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from store.scoring.cleaning import LONGEST_REPLY, clean_answer, clean_characters, last_boxed

#: A reply of at most 12 words is its own answer (questions.md §4).
SHORT_REPLY_WORDS = 12
#: An answer has at most 120 characters (check `schema`); five times that holds any sentence
#: round it. A longer line states no answer, and reading it would take longer than a reply may.
LONGEST_SPAN = 600
#: Looked at first: a marked answer is nearly always here, and cleaning the rest costs 1 ms.
_RECENT = 4_000
#: What may stand between the start of a line and the word "answer".
_MARK_WINDOW = 60

_ANSWER = regex.compile(r"(?i)answer")
_LINE_START = regex.compile(
    r"(?i)\n[^\S\n]*[>#•\-+\"'(\[ ]*(?P<emphasis>[*_]*)(?:(?:the|my) +)?(?:(?:final|correct) +)?$"
)
_SENTENCE_START = regex.compile(
    r"(?i)[.!?:][^\S\n]+(?P<emphasis>[*_]*)(?:the +)?(?:(?:final|correct) +)?$"
)
_COLON = regex.compile(r"(?i)answer(?:\s+is)?(?P<closed>[*_\"']*)\s{0,3}:")
_BOUNDARY = regex.compile(r"(?<word>[\p{L}.]{0,12})[.!?][\"')\]]*\s+(?=[\"'(\[]?[\p{Lu}\p{Nd}])")
_NO_BOUNDARY = frozenset(
    "mr mrs ms dr prof st no nos vs gen sen rep gov rev hon jr sr inc ltd co corp approx ca cf "
    "e.g i.e ft mt fig vol pp u.s u.n u.k jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_LEAD_IN = regex.compile(
    r"(?i)^(?:(?:so|thus|therefore|hence)?,?\s*(?:the\s+)?(?:(?:final|correct)\s+)?answer\s+"
    r"(?:is|was)\s*:?|it\s+(?:is|was)|it's)\s+(?=\S)"
)


@dataclass(frozen=True)
class Reply:
    """A reply with its answer found."""

    #: The answer as one bare line; empty when the reply gives none or one of over 600 characters.
    span: str
    #: From the answer's start to the reply's end, markup kept: lists and JSON fill several lines.
    tail: str
    #: Whether `tail` follows an `Answer:`; else it is the box or the end of the reply.
    is_marked: bool
    #: The reply's last 20,000 characters as they came.
    raw: str

    @property
    def whole(self) -> str:
        """The whole reply with clean characters."""
        return clean_characters(self.raw)

    def paragraph(self) -> str:
        """Return the tail up to its first empty line."""
        return self.tail.strip().partition("\n\n")[0]


def read_reply(text: str) -> Reply:
    """Find the answer in a reply.

    The last line that begins with `Answer:` or `Final answer:` wins (a sentence that begins so
    when no line does); if nothing follows on it, the next line that is not empty. Else the last
    box, else the reply if it is short, else its last sentence.
    """
    raw = text[-LONGEST_REPLY:].rstrip()
    recent = clean_characters(raw[-_RECENT:])
    is_cut = len(raw) > _RECENT
    tail = _marked_line(recent, is_cut=is_cut)
    if tail is None:
        # Only a reply that says "answer" earlier on is worth cleaning as a whole.
        whole = clean_characters(raw) if is_cut and _ANSWER.search(raw) else recent
        tail = _marked_line(whole, is_cut=False) or _marked_sentence(whole)
    if tail is not None:
        line = next((line for line in tail.split("\n") if line.strip()), "")
        return Reply(_bare(line), tail, is_marked=True, raw=raw)
    boxed = last_boxed(raw)
    if boxed is not None:
        return Reply(_bare(boxed), boxed, is_marked=False, raw=raw)
    words = whole.split(None, SHORT_REPLY_WORDS)
    span = whole if len(words) <= SHORT_REPLY_WORDS else _last_sentence(whole.strip())
    return Reply(_bare(span), whole, is_marked=False, raw=raw)


def _bare(line: str) -> str:
    """Return a line as a span: cleaned, or empty when it is too long to be an answer."""
    line = line.strip()
    return clean_answer(line) if 0 < len(line) <= LONGEST_SPAN else ""


def without_lead_in(text: str) -> str:
    """Return `text` without a leading "it is", "it was" or "the answer is"."""
    return _LEAD_IN.sub("", text, count=1)


def _marked_line(text: str, *, is_cut: bool) -> str | None:
    """Return what follows the mark of the last line that has one, None when no line has.

    The first line does not count when `text` was cut out of a longer one.
    """
    return _after_last_mark(text if is_cut else "\n" + text, _LINE_START)


def _marked_sentence(text: str) -> str | None:
    """Return what follows the last mark at the start of a sentence inside a line."""
    return _after_last_mark(text, _SENTENCE_START)


def _after_last_mark(text: str, opening: regex.Pattern[str]) -> str | None:
    """Return what follows the last `Answer:` that stands right after an `opening`."""
    start: int | None = None
    for word in _ANSWER.finditer(text):
        colon = _COLON.match(text, word.start())
        before = text[max(0, word.start() - _MARK_WINDOW) : word.start()]
        opened = opening.search(before) if colon else None
        if colon and opened:
            start = _after(colon, opened["emphasis"], text)
    return None if start is None else text[start:]


def _after(colon: regex.Match[str], emphasis: str, text: str) -> int:
    """Step over the emphasis that was opened before the mark and is closed after its colon."""
    closes_here = emphasis and not colon["closed"] and text.startswith(emphasis, colon.end())
    return colon.end() + (len(emphasis) if closes_here else 0)


def _last_sentence(text: str) -> str:
    """Return the last sentence of the last line; initials and abbreviations end none."""
    line = text.rpartition("\n")[2][-(LONGEST_SPAN + 1) :]
    start = 0
    for boundary in _BOUNDARY.finditer(line):
        word = boundary["word"].casefold()
        if len(word) != 1 and word not in _NO_BOUNDARY and not _is_initials(word):
            start = boundary.end()
    return line[start:]


def _is_initials(word: str) -> bool:
    """Whether `word` is letters with dots between, like "d.c"."""
    return "." in word and all(len(part) <= 1 for part in word.split("."))
