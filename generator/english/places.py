"""Whether a question says where something happened."""

from __future__ import annotations

import regex

from generator.english.names import names

_PLACE = regex.compile(
    r"\b(?:in|at|near|on|off|over|across|outside|inside|around|to|towards?|of|from|against|struck|"
    r"hit|attacked)\s"
    r"(?:the\s)?(?:(?:\p{Ll}+ern|central|coast|village|city|town|province|district|port|island|"
    r"state|capital|suburb|waters|of|in|off|occupied|the)\s)*\p{Lu}"
)


def names_place(text: str) -> bool:
    """Whether a text names a place: a country, or a name right behind a word of place.

    >>> # "in the village of Woro" does, "in an Iranian strike" and "by Brell Rail" do not.
    """
    return _PLACE.search(text) is not None or any(name.kind == "country" for name in names(text))
