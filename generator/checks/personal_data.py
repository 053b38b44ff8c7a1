"""13 personal_data – no private person's data in question, answer, options or passage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import phonenumbers
import regex
from stdnum import iban, luhn

from generator.checks.base import Case, Verdict, failed, passed

_EMAIL = regex.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}\p{L}{2,20}")
#: Addresses of a public body or a role belong to nobody.
_PUBLIC_MAIL = regex.compile(
    r"^(?:info|press|media|contact|office|security|support|help|noreply|no-reply|hello|admin|"
    r"webmaster|news|editor|enquiries|enquiry|mail|team|jobs|privacy|abuse)[\w.+-]*@|"
    r"@(?:[\w-]+\.)*(?:gov|mil|int|europa\.eu|gov\.\p{L}{2}|example\.(?:com|org|net))$",
    regex.IGNORECASE,
)
_IBAN = regex.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,3})?\b")
_CARD = regex.compile(r"(?<!\d)(?<!\d\.)(?:\d[ -]?){12,18}\d(?!\d|\.\d)")
_SSN = regex.compile(r"(?<!\d)(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?!\d)")
_BORN = regex.compile(
    r"\p{Lu}\p{Ll}+\s\p{Lu}\p{Ll}+,?\s(?:who was\s|was\s)?(?:born on|date of birth:?)\s\d",
    regex.IGNORECASE,
)
_STREET = regex.compile(
    r"\b(?:lives?|lived|resid(?:es|ed|ing)|home|house)\s(?:\w+\s){0,3}at\s\d{1,4}\s\p{Lu}\p{Ll}+\s"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Way|Close|Court)\b"
)
#: A phone number of an office says so nearby.
_PUBLIC_PHONE = regex.compile(
    r"\b(?:office|press|hotline|helpline|switchboard|desk|ministry|council|agency|line|"
    r"call centre)\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True)
class PersonalData:
    """Fail on e-mail, phone, card, bank, identity numbers, a birth date or a home address."""

    name: ClassVar[str] = "personal_data"
    version: ClassVar[int] = 2

    def __call__(self, case: Case) -> Verdict:
        """Look through everything that would be published; the reason never repeats the find."""
        key = case.candidate.key
        shown = "\n".join(
            (case.candidate.question, key.answer, *key.aliases, *(key.choices or ()), case.context)
        )
        kind = personal_data_in(shown)
        return failed(f"it would publish {kind}") if kind else passed("no personal data")


def personal_data_in(text: str) -> str | None:
    """Return what kind of personal data `text` holds ("an e-mail address"), or None."""
    if any(not _PUBLIC_MAIL.search(m.group()) for m in _EMAIL.finditer(text)):
        return "an e-mail address"
    if any(iban.is_valid(m.group()) for m in _IBAN.finditer(text)):
        return "a bank account number"
    for match in _CARD.finditer(text):
        digits = regex.sub(r"\D", "", match.group())
        if 13 <= len(digits) <= 19 and digits[0] in "3456" and luhn.is_valid(digits):
            return "a card number"
    if _SSN.search(text):
        return "an identity number"
    for found in phonenumbers.PhoneNumberMatcher(text, None):
        if not _PUBLIC_PHONE.search(text[max(0, found.start - 80) : found.start]):
            return "a phone number"
    if _BORN.search(text):
        return "a birth date with a name"
    return "a home address" if _STREET.search(text) else None
