"""Which language a text is in, told from the text itself."""

from __future__ import annotations

from functools import cache
from typing import Any

#: Longer texts tell no more; the classifier's time grows with the length.
SAMPLE_LENGTH = 4_000
#: Below this a text is too short to outvote what its page declares (our choice).
SHORT_LENGTH = 200
#: Less sure than this is not known (py3langid's probability, over the languages below).
MIN_CONFIDENCE = 0.5
UNKNOWN = "und"

#: What our sources can be in; py3langid knows a hundred more and finds them in lists of names.
PLAUSIBLE = (
    "ar bg ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nl no pl pt ro ru sk "
    "sl sr sv th tr uk vi zh"
).split()


@cache
def _identifier() -> Any:  # noqa: ANN401 - an untyped library
    # Loading the model takes a tenth of a second, so nobody pays who asks for no language.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(PLAUSIBLE)
    return identifier


def language_of(text: str, declared: str = "") -> str:
    """Return the ISO 639-1 code of a text's language, "und" when it cannot be told.

    Args:
        text: The article.
        declared: What the page says (`<html lang>`); believed for short or unclear texts only.
    """
    stated = declared.partition("-")[0].strip().lower()
    stated = stated if stated in PLAUSIBLE else UNKNOWN
    if len(text) < SHORT_LENGTH and stated != UNKNOWN:
        return stated
    code, confidence = _identifier().classify(text[:SAMPLE_LENGTH])
    return str(code) if confidence >= MIN_CONFIDENCE else stated
