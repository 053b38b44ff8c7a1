"""Which language a text is in, told from the text itself."""

from __future__ import annotations

import re
from functools import cache
from threading import Lock
from typing import Any

from justext.utils import get_stoplist

#: Longer texts tell no more, and the classifier's time grows with the length: of 2,292 texts in
#: 10 languages (article benchmark, real feeds, newsroom) none is told otherwise by 400 letters
#: than by 4,000, and one by 300.
SAMPLE_LENGTH = 400
#: Below this a text is too short to outvote what its page declares (our choice).
SHORT_LENGTH = 200
#: Less sure than this is not known (py3langid's probability, over the languages below).
MIN_CONFIDENCE = 0.5
UNKNOWN = "und"
_LOADING = Lock()
#: A page that says it is English is believed when so many of its words are English stop words
#: (justext's bound for running text), which costs a tenth of the classifier. No other of the same
#: texts has as many; justext's stop words of other languages have English ones among them.
MIN_STOP_WORDS = 0.32
MIN_WORDS, MIN_ARTICLES = 30, 2
_WORD = re.compile(r"[^\W\d_]+")

#: What our sources can be in; py3langid knows a hundred more and finds them in lists of names.
PLAUSIBLE = (
    "ar bg ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nl no pl pt ro ru sk "
    "sl sr sv th tr uk vi zh"
).split()


def _identifier() -> Any:  # noqa: ANN401 - an untyped library
    # One thread loads it and the others wait: each loading takes a hundred megabytes.
    with _LOADING:
        return _loaded()


@cache
def _loaded() -> Any:  # noqa: ANN401 - an untyped library
    # Loading the model takes a tenth of a second, so nobody pays who asks for no language.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(PLAUSIBLE)
    # Chosen by column, the table lies in columns; it is read by row, which costs three times more.
    identifier.nb_ptc = identifier.nb_ptc.copy(order="C")
    return identifier


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(get_stoplist("English"))


def language_of(text: str, declared: str = "") -> str:
    """Return the ISO 639-1 code of a text's language, "und" when it cannot be told.

    Args:
        text: The article.
        declared: What the page says (`<html lang>`); believed for short or unclear texts, and
            of English when the text's stop words bear it out.
    """
    stated = declared.partition("-")[0].strip().lower()
    stated = stated if stated in PLAUSIBLE else UNKNOWN
    if len(text) < SHORT_LENGTH and stated != UNKNOWN:
        return stated
    sample = text[:SAMPLE_LENGTH]
    if stated == "en" and _is_plainly_english(sample):
        return stated
    code, confidence = _identifier().classify(sample)
    return str(code) if confidence >= MIN_CONFIDENCE else stated


#: So sure must the classifier be of another language: of 650 questions by rule it takes none for
#: another, whatever names are in them, and questions in other languages come out above .99.
MIN_OTHERWISE = 0.9


def spoken_otherwise(text: str, expected: str) -> str | None:
    """Return the language a short text is surely in instead of `expected`; None when it is not."""
    code, confidence = _identifier().classify(text[:SAMPLE_LENGTH])
    return str(code) if code != expected and confidence >= MIN_OTHERWISE else None


def _is_plainly_english(text: str) -> bool:
    words = _WORD.findall(text.lower())
    stop_words = _stop_words()
    return (
        len(words) >= MIN_WORDS
        # "in", "was" and "is" are Dutch as well, "the" is not.
        and words.count("the") >= MIN_ARTICLES
        and sum(word in stop_words for word in words) >= MIN_STOP_WORDS * len(words)
    )
