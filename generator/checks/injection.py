"""3 injection – the text gives no orders to a language model, seen or hidden.

Text from the web is data: nothing here is obeyed, only recognised.
"""

from __future__ import annotations

import base64
import binascii
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import regex

from generator.checks.base import Verdict, failed, passed, unsure
from store.records import Document
from store.text import INVISIBLE, plain, squeeze

_ANY = r"[^.\n]{0,40}?"
#: Orders to a model, in the languages our sources speak. Each needs a verb of ordering and an
#: object that only a model has (instructions, prompt, role), so that news about models passes.
_ORDERS = tuple(
    regex.compile(pattern, regex.IGNORECASE)
    for pattern in (
        rf"\b(?:ignore|disregard|forget|override|bypass|skip)\b{_ANY}\b(?:previous|prior|above|"
        rf"earlier|preceding|all|any|your|the|these|those){_ANY}\b(?:instructions?|prompts?|rules|"
        rf"guidelines|context|directions|training|commands?|programming|orders)\b",
        rf"\b(?:ignore|disregard|forget|overlook|skip)\b{_ANY}\b(?:previous|prior|above|earlier|"
        rf"preceding|your){_ANY}\b(?:text|messages?|conversation)\b",
        r"\b(?:ignore|disregard|forget|overlook)\s(?:the above\b(?!\s\p{Ll}+\sof)|"
        r"(?:all|everyth?ing|anything|whatever|what)\s(?:that\s|of what\s)?"
        r"(?:you(?:'ve|'re)?\b|above\b|before\b|I (?:said|told)))",
        rf"\b(?:ignore|disregard|forget)\s(?:the|this|all)\b{_ANY}\band\s(?:instead\s)?(?:state|print|"
        r"say|reply|respond|write|output|answer)\b",
        r"\b(?:you are|you're|act as|pretend to be|behave as|roleplay as)\s(?:now\s(?:an?\b|"
        r"the\b|in\b|DAN\b)|from now on|an? (?:unrestricted|unfiltered|jailbroken|evil)|"
        r"DAN\b|no longer (?:bound|an?\b|restricted|limited))",
        r"\b(?:repeat|output|print|copy|translate|encode|write out)\s(?:all\s|everything\s)?"
        r"(?:of\s)?(?:the\s)?(?:text|words|lines|message)?\s?above\b",
        r"\bdo anything now\b|\bDAN can do anything\b|"
        r"\b(?:DAN|jailbreak|override|god|maintenance)\smode\b",
        r"\byour\s(?:initial|system|original|hidden|secret)\s(?:instructions|prompt|key)\b|"
        r"\bsystem\s?prompt\b\s*[):]",
        rf"\b(?:reveal|print|show|repeat|output|leak|disclose|tell me|give me)\b{_ANY}"
        rf"\b(?:your|the|initial|hidden){_ANY}\b(?:system prompt|prompt|instructions|"
        r"initial message|system message|configuration)\b",
        r"(?:^|\n)\s*(?:system|assistant|admin(?:istrator)?|developer)\s*"
        r"(?:message|override|note|instruction|prompt|mode)?\s*:\s*\p{L}",
        r"</?(?:system|document|instructions?|user|assistant|passage|context|prompt)\b[^>]{0,40}>",
        r"\[/?(?:INST|SYSTEM|SYS)\]|<<SYS>>|"
        r"<\|?(?:im_start|im_end|system|user|assistant|endoftext)\|?>",
        rf"\b(?:new|updated|real|actual|following|important){_ANY}(?:task|instructions?|orders?|"
        r"objective)\s(?:for|to)\s(?:the\s)?(?:assistant|model|ai|llm|chatbot|agent|you)\b",
        rf"\b(?:attention|note|message|dear|hey|to)\b{_ANY}\b(?:ai|llm|language models?|"
        rf"chatbots?|assistants?|gpt|claude|gemini)\b{_ANY}"
        r"(?::|,\s*(?:please|you must|ignore|write|answer|mark|respond|reply|include|do not))",
        r"\b(?:if you are|as)\s(?:an?\s)?(?:ai|llm|large language model|language model|chatbot|"
        rf"assistant)\b{_ANY}(?:you must|please|write|answer|respond|reply|include|ignore|say|"
        r"do not|should)\b",
        rf"\b(?:mark|label|rate|score|classify|treat){_ANY}\b(?:this|every|all|each){_ANY}"
        rf"\b(?:question|answer|page|document|item)s?{_ANY}\b(?:as|to be)\s"
        r"(?:verified|correct|true|safe|passed|approved|valid)\b",
        rf"\b(?:the (?:right|correct|only)?\s?answers?) (?:to|for|of){_ANY}"
        rf"(?:all|every|any|each|this){_ANY}questions?{_ANY}\b(?:is|are|must)\b",
        rf"\b(?:respond|reply|answer)\s(?:only\s)?(?:with|in)\s(?:only\s)?{_ANY}"
        r"\b(?:the (?:following )?(?:word|string|phrase|text)|exactly|json|pirate)\b",
        # What a reply is to be, said to who replies: an article has no business with that.
        r"\byour\s(?:(?:only|sole|final|whole|next|first)\s)?(?:answers?|repl(?:y|ies)|responses?|"
        r"output)\s(?:is|are|must|should|shall|has to|have to|needs? to)\b",
        r"(?:(?:^|[.!?:;)\"'\n]\s*)(?:please\s|now\s|just\s|simply\s|only\s)?"
        r"(?:answer|reply|respond)|(?-i:\b(?:Answer|Reply|Respond)))"
        r"\s(?:only\s)?(?:with\s|by saying\s)?(?:only\s|just\s)?"
        r"(?:[\"']|(?-i:[A-Z][A-Z0-9_-]{3,}))",
        rf"\b(?:say|write|print|output|include|mention|append|add|insert|use|give|put|repeat)\b{_ANY}"
        r"\b(?:in|to|as|with|before|after|at the end of)\s(?:(?:the|your)\s)?(?:every|each|any|all|"
        r"your|the|an?)\s(?:of your\s)?(?:answers?|repl(?:y|ies)|questions?)(?=\s*[.!?\"'\n]|\s*$)",
        r"\bfrom now on,?\s(?:you\s(?:will|must|should)\s)?(?:only\s|always\s)?(?:say|answer|reply|"
        r"respond|write|output|speak)\b",
        rf"\b(?:ignor(?:e|ez|iere|ieren|a|ar|ate)|oubli(?:e|ez)|vergiss|vergessen|olvida|dimentica|esquece|esqueça|negeer)\b{_ANY}"
        r"\b(?:instructions?|instrucciones|anweisungen|instruções|instructies|istruzioni|consignes)\b",
        r"(?:以前|前|上記|これまで)の(?:指示|命令).{0,10}(?:無視|忘れ)|忽略.{0,10}(?:指令|指示|说明)",
        r"(?:игнорир\p{L}+|забудь\p{L}*)[^.\n]{0,40}(?:инструкц|указан|команд)|"
        r"αγνο\p{L}+[^.\n]{0,40}οδηγ|(?:지시|명령)\p{L}*.{0,10}(?:무시|잊)",
    )
)
_BASE64 = regex.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,4000}={0,2}(?![A-Za-z0-9+/])")
#: Digits as letters; a 1 stands for an l as well as for an i.
_LETTERS_FOR_DIGITS = tuple(str.maketrans("0134@5$7", f"o{one}eaasst") for one in "li")
#: Cyrillic and Greek letters that look Latin; a mixed word is read as Latin.
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјкѕԁһӏԛԝАВЕЅІЈКМНОРСТХΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορν",
    "aeopcyxijksdhlqwABESIJKMHOPCTXABEZHIKMNOPTYXaopv",
)
#: Looked for within single words: as one pattern over the text it would take time as the square
#: of the longest word.
_MIX = regex.compile(r"\p{Latin}\p{Cyrillic}|\p{Cyrillic}\p{Latin}")
_WORD = regex.compile(r"\w+")
_SENTENCE_WORDS = 8


@dataclass(frozen=True)
class Injection:
    """Fail on hidden text that holds a sentence or an order; hold visible orders for a human."""

    #: A hidden run this long reads as a sentence; shorter ones are labels and separators.
    sentence_words: int = _SENTENCE_WORDS
    #: Words of Latin and Cyrillic letters in one: two are slips of a keyboard, more are a
    #: disguise, whatever it hides; judgement.
    mixed_words: int = 3

    name: ClassVar[str] = "injection"
    version: ClassVar[int] = 5

    def __call__(self, document: Document) -> Verdict:
        """Look for orders in what is shown and for sentences in what is hidden."""
        if order := _first_order(document.hidden_text):
            return failed(f"hidden text gives an order: {order!r}")
        for line in document.hidden_text.splitlines():
            if len(line.split()) >= self.sentence_words:
                return failed(f"hidden text holds a sentence: {line[:120]!r}")
        if INVISIBLE.search(document.text) and _first_order(INVISIBLE.sub("", document.text)):
            return failed("an order is written with invisible characters in it")
        for text in (document.title, document.text):
            if order := _first_order(text):
                return unsure(f"the text gives an order to a model: {order!r}")
            mixed = [word for word in _WORD.findall(text) if _MIX.search(word)]
            if len(mixed) >= self.mixed_words:
                return unsure(f"words mix Latin and Cyrillic letters: {mixed[0][:40]!r}")
        return passed("no order to a model, nothing hidden")


def _first_order(text: str) -> str | None:
    """Return the first order in any reading of `text`, cut to a line; None when there is none."""
    for reading in _readings(text):
        for pattern in _ORDERS:
            if match := pattern.search(reading):
                return squeeze(match.group())[:120]
    return None


def _readings(text: str) -> Iterator[str]:
    """Yield the text as it stands, with look-alikes mapped, and what its base64 runs say."""
    # Orders look back over the white space before them: runs of empty lines would cost a square.
    clean = "\n".join(line for line in map(str.strip, plain(text).splitlines()) if line)
    yield clean
    mapped = clean.translate(_LOOK_ALIKES)
    if mapped != clean:
        yield mapped
    stripped = "".join(
        c for c in unicodedata.normalize("NFD", mapped) if not unicodedata.combining(c)
    )
    leet = {stripped.translate(table) for table in _LETTERS_FOR_DIGITS}
    yield from sorted(leet - {clean, mapped})
    for match in _BASE64.finditer(clean):
        try:
            decoded = base64.b64decode(
                match.group() + "=" * (-len(match.group()) % 4), validate=True
            )
            yield decoded.decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
