"""4 machine_written – the source does not say that a model wrote it.

No statistical detector is a gate: they are wrong too often. A pass says "not disclosed",
never "written by a human".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import regex

from generator.checks.base import Verdict, failed, passed
from store.records import Document

_MACHINE = (
    r"(?:an?\s)?(?:AI|A\.I\.|LLM|large language model|language model|ChatGPT|GPT-?\d?|Claude|"
    r"Gemini|Copilot|artificial intelligence|generative AI|AI tools?|AI assistant|KI|IA)\b"
)
_MADE = r"(?:written|generated|produced|created|drafted|composed|translated|summari[sz]ed|assisted)"
_TEXT = r"(?:article|post|story|text|page|content|summary|report|translation|draft|piece|version)"
_DISCLOSURES = tuple(
    regex.compile(pattern, regex.IGNORECASE)
    for pattern in (
        rf"\bthis\s{_TEXT}\s(?:was|is|has been|were)\s(?:\w+\s){{0,3}}{_MADE}\s"
        rf"(?:\w+\s){{0,3}}(?:by|with|using)\s(?:the help of\s)?{_MACHINE}",
        rf"\b(?:I|we)\s(?:\w+\s)?used\s{_MACHINE}\s(?:\w+\s){{0,4}}"
        r"to\s(?:write|draft|generate|translate|produce|compose)\b",
        rf"\b{_MADE}\s(?:by|with|using)\s{_MACHINE}[^.\n]{{0,60}}\b(?:reviewed|edited|checked)\sby\b",
        rf"(?:^|\n)\s*(?:by|author|written by)\s*:?\s*{_MACHINE}\s*(?:$|\n)",
        rf"\b(?:AI|machine)-(?:generated|written|translated)\s(?:{_TEXT})\b"
        r"[^.\n]{0,30}(?:may contain|errors|this)",
        r"\bas an AI (?:language )?model\b",
    )
)


@dataclass(frozen=True)
class MachineWritten:
    """Fail on a disclosure about this very text."""

    name: ClassVar[str] = "machine_written"
    version: ClassVar[int] = 1

    def __call__(self, document: Document) -> Verdict:
        """Look for a disclosure in title and text."""
        for pattern in _DISCLOSURES:
            if match := pattern.search(f"{document.title}\n{document.text}"):
                return failed(f"the source says so itself: {match.group().strip()[:120]!r}")
        return passed("no model is disclosed as its writer")
