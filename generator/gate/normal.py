"""One spelling of "the same question": wrappers off, options apart, number words as digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from store.protocol import REPLY_PROTOCOL
from store.records import sha256_hex
from store.text import plain, squeeze

#: Bumped when any function here gives another result: an index built before is then refused.
NORMAL_VERSION = 1

#: Text of more words than this is a passage with a question at its end (gate.md §3, 1).
PASSAGE_WORDS = 60

_CHAT_TAG = re.compile(
    r"<\|[\w-]{1,30}\|>|\[/?INST\]|</?s>|<</?SYS>>|^#+ ?(?:instruction|response|input|question)s?:?"
    r"|^(?:human|assistant|user|system):",
    re.IGNORECASE | re.MULTILINE,
)
#: A line break inside a sentence is only where the line was full.
_WRAPPED = re.compile(r"(?<=[\w,])[ \t]*\n[ \t]*(?=[a-z])")
_LABEL_BEFORE = re.compile(
    r"^\W*(?:question|q|prompt|problem|query|input|task)(?:\s+\d+)?\s*[:.)]\s+", re.IGNORECASE
)
_LABEL_AFTER = re.compile(
    r"(?:(?:\n|\s{2,}|(?<=[?.!]))\s*(?:a|options|choices)\s*:\s*$)"
    r"|(?:(?:\n|(?<=[?.!]\s))\s*(?:answer|response|solution|output)\s*:.*$)",
    re.IGNORECASE | re.DOTALL,
)

#: A first or last sentence made of these words only tells how to reply, not what is asked.
_INSTRUCTION_WORDS = frozenset(
    """a about above accordingly ai aloud also an and another answer answers any are as assistant be
    before below best both brief briefly by can carefully choice choices choose complete
    concise concisely correct directly do each either end exactly expert explain explanation
    explanations final following for format from give given helpful here i in information
    instruction instructions into is it its just justify let let's letter letters line make
    may most multiple must no not nothing of on one only option options or out output passage
    pick please possible provide question questions read reason reasoning refer refers reply
    respond response return select sentence short show single solution solve state step steps
    table task text that the then there these think this to understand use using will with
    without word words work write you your""".split()
)
_SUBJECT_OF_SET = re.compile(r"\b(?:about|on) [a-z][a-z ]{2,40}(?=[.:]?$)")

_CHOICE_LINE = re.compile(r"^\s*\(?([A-Z])[).:]\s*(?=\S)", re.MULTILINE)
_CHOICE_INLINE = re.compile(r"(?:(?<=\s)|^)\(([A-Z])\)\s*(?=\S)")
_SENTENCE_END = re.compile(r"(?<=[.?!:])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9_])|\n+")
_QUESTION = re.compile(r"\?[\"')\]]*\s*$")
_FENCE = re.compile(r"```[\w+#-]*\n?")
_CODE = re.compile(
    r"```|^\s*(?:def|class) \w+.*:\s*$|^\s*#include\s*<|^\s*(?:public|static|void|int) \w+\(.*\{"
    r"|^\s*(?:async )?function \w+\(|^\s*(?:const|let|var) \w+ ?=.*[;{(]\s*$|;\s*\n\s*\}",
    re.MULTILINE,
)

_FUNCTION = re.compile(
    r"(?:\b(?:def|function)|^(?:[\w*]+[ \t]+){1,3}\*?)\s*(\w+)\s*\([^;{]*\)", re.MULTILINE
)
_COMMENT = re.compile(
    r'"""(.*?)"""|\'\'\'(.*?)\'\'\'|/\*(.*?)\*/|(?:^|\s)//([^\n]*)|(?:^|\n)\s*#(?!include)([^\n]*)',
    re.DOTALL,
)
_EXAMPLE = re.compile(
    r"^>>>|=>|➞|->|^\S+\(.*\)|==|^@\w+|^\W*$|^(?:for )?examples?:?$", re.IGNORECASE
)

_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * tens
    for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 10**9}
_NUMBER_WORD = "|".join([*_UNITS, *_TENS])
_NUMBER_WORDS = re.compile(
    rf"\b(?:{_NUMBER_WORD})(?:[\s-]+(?:and[\s-]+)?(?:{_NUMBER_WORD}|{'|'.join(_SCALES)}))*\b"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NON_ASCII_DIGIT = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class GateQuestion:
    """A question as the gate gets it; options may be apart or lines at its end."""

    question: str
    choices: tuple[str, ...] | None = None
    answer: str | None = None
    language: str = "en"


@dataclass(frozen=True)
class NormalQuestion:
    """A question without its wrapping.

    Attributes:
        stem: What is asked, as written but for wrappers, options and invisible characters.
        choices: The options, in their normal form.
        code: Whether it is a program, or asks for one.
    """

    stem: str
    choices: tuple[str, ...]
    code: bool

    @cached_property
    def text(self) -> str:
        """The stem's normal form: lower case, digits, single spaces."""
        return normal_form(self.stem)

    @cached_property
    def part(self) -> str:
        """The question that ends a long text, in normal form; of a program what it says it does.

        The whole of a short text.
        """
        return normal_form(code_prose(self.stem) if self.code else question_part(self.stem))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The normal form's words and numbers, in order."""
        return tuple(word.removesuffix("'s") for word in _WORD.findall(self.text))

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits, equal for texts that differ in case, spacing or wrapping only."""
        return sha256_hex("".join(self.text.split()).encode())[:16]


_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)?")


def normalise(question: GateQuestion) -> NormalQuestion:
    """Return the question without its wrapping; deterministic, independent of any model."""
    text = plain(question.question).replace("\r\n", "\n").replace(REPLY_PROTOCOL, "").strip()
    code = bool(_CODE.search(text))
    if code:
        stem = _FENCE.sub("", text).strip()
        choices: tuple[str, ...] = ()
    else:
        stem, choices = split_choices(strip_wrappers(text))
        stem = strip_wrappers(stem)
    apart = question.choices or choices
    return NormalQuestion(stem or text, tuple(normal_form(choice) for choice in apart), code)


def normal_form(text: str) -> str:
    """Return `text` lower-case, in single spaces, with every number in ASCII digits."""
    text = _NON_ASCII_DIGIT.sub(_ascii_digit, plain(text)).casefold()
    return squeeze(_THOUSANDS.sub("", _NUMBER_WORDS.sub(_digits, text)))


def _ascii_digit(match: re.Match[str]) -> str:
    return str(unicodedata.digit(match.group(), match.group()))


def _digits(match: re.Match[str]) -> str:
    """Return a run of number words as digits: "two hundred and five" -> "205"."""
    groups: list[int] = []
    total = current = 0
    previous = 0
    for word in re.split(r"[\s-]+", match.group()):
        if word == "and":
            continue
        if scale := _SCALES.get(word):
            if scale == 100:
                current *= 100
            else:
                total, current = total + current * scale, 0
            previous = scale
            continue
        value = _UNITS.get(word, _TENS.get(word, 0))
        joins = previous >= 100 or (previous in _TENS.values() and 0 < value < 10) or not previous
        if not joins:
            groups.append(total + current)
            total = current = 0
        current += value
        previous = value or 1
    groups.append(total + current)
    return " ".join(str(number) for number in groups)


def strip_wrappers(text: str) -> str:
    """Return `text` without chat tags, labels and sentences that only tell how to reply.

    Never strips everything: a text that is all wrapping is returned as it is.
    """
    stripped = _WRAPPED.sub(" ", _CHAT_TAG.sub("\n", text)).strip()
    before = None
    while stripped != before:
        before = stripped
        stripped = _LABEL_AFTER.sub("", _LABEL_BEFORE.sub("", stripped)).strip()
        stripped = _without_instruction(stripped)
    return stripped or text


def _without_instruction(text: str) -> str:
    """Return `text` without a first or last sentence that is an instruction."""
    ends = list(_SENTENCE_END.finditer(text))
    if not ends:
        return text
    if is_instruction(text[: ends[0].start()]):
        return text[ends[0].end() :].strip()
    if is_instruction(text[ends[-1].end() :]):
        return text[: ends[-1].start()].strip()
    return text


def is_instruction(sentence: str) -> bool:
    """Whether a sentence only tells how to reply: no word of it is about the subject."""
    lowered = _SUBJECT_OF_SET.sub("", re.sub(r"\([^)]*\)", " ", sentence.casefold()).strip())
    words = re.findall(r"[a-z']+", re.sub(r"\ba\s*:", " ", lowered))
    return (
        len(words) >= 3
        and "?" not in sentence
        and all(word in _INSTRUCTION_WORDS for word in words)
    )


def split_choices(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the stem and its options: a run A, B, C … of marked lines that ends the text."""
    for pattern in (_CHOICE_LINE, _CHOICE_INLINE):
        marks = list(pattern.finditer(text))
        starts = [position for position, mark in enumerate(marks) if mark[1] == "A"]
        if not starts:
            continue
        run = marks[starts[-1] :]
        letters = "".join(mark[1] for mark in run)
        if len(run) < 2 or letters != "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(letters)]:
            continue
        ends = [mark.start() for mark in run[1:]] + [len(text)]
        choices = tuple(
            squeeze(text[mark.end() : end]) for mark, end in zip(run, ends, strict=True)
        )
        if stem := text[: run[0].start()].strip():
            return stem, choices
    return text, ()


def question_part(text: str) -> str:
    """Return what is asked at the end of a long text: its last paragraph or last sentence."""
    if len(text.split()) <= PASSAGE_WORDS:
        return text
    paragraph = re.split(r"\n\s*\n|\n", text)[-1].strip()
    if not 3 <= len(paragraph.split()) <= PASSAGE_WORDS:
        sentences = sentences_of(paragraph if len(paragraph.split()) >= 3 else text)
        asking = [sentence for sentence in sentences if _QUESTION.search(sentence)]
        paragraph = (asking or sentences)[-1]
    return paragraph if len(paragraph.split()) >= 3 else text


def code_prose(code: str) -> str:
    """Return what a program says of itself: names of its functions, then comments and docstrings.

    Examples (`>>>` lines and calls with their results) are left out.
    """
    names = [_split_name(found[1]) for found in _FUNCTION.finditer(code)]
    said = [next(group for group in found.groups() if group) for found in _COMMENT.finditer(code)]
    lines = [line.strip(" */#\t") for block in said for line in block.splitlines()]
    prose = [line for line in lines if not _EXAMPLE.search(line)]
    return squeeze(" ".join([*dict.fromkeys(names), *prose])) or code


def _split_name(name: str) -> str:
    return " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)).lower()


def sentences_of(text: str) -> list[str]:
    """Return the sentences of `text`; a colon and a line break end one too."""
    return [part for part in (piece.strip() for piece in _SENTENCE_END.split(text)) if part]


def agreement(left: Sequence[str], right: Sequence[str]) -> float:
    """Return the share of the shorter list of options that the longer one has too, 0 to 1."""
    if not left or not right:
        return 0.0
    first, second = ({"".join(choice.split()) for choice in side} for side in (left, right))
    return len(first & second) / min(len(first), len(second))
