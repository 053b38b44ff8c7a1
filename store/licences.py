"""Which licences let us show a passage beside its question, and which only a quote.

Source: the licence families of sources.md, and the licences' own terms; one nobody has
classified shows no passage, because ambiguous means no.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Families by whether their text may stand beside the question with its attribution line.
_FAMILIES: Mapping[str, bool] = {
    # Works of the US government, and works without rights kept.
    r"LicenseRef-(US-PD|Public-Domain)": True,
    r"CC0-1\.0": True,
    # Attribution.
    r"CC-BY-(2\.0|2\.5|3\.0|4\.0)": True,
    r"OGL-UK-3\.0": True,
    r"etalab-2\.0": True,
    r"DL-DE-BY-2\.0": True,
    r"LicenseRef-(OPL-UK-3\.0|PDL-1\.0|KOGL-1|StatCan-Open-Licence)": True,
    # Share-alike: the row keeps the licence.
    r"CC-BY-SA-(2\.0|2\.5|3\.0|4\.0)": True,
    # Software licences, for what lies in the repository.
    r"MIT": True,
    r"Apache-2\.0": True,
    r"BSD-[23]-Clause": True,
    # Reuse with the source named, where the publisher's own notice was classified.
    r"LicenseRef-(ECB|EP|ECDC)-Reuse": True,
    r"LicenseRef-ES-Reuse-37-2007": True,
    r"LicenseRef-EMA-Reuse": False,
    # A database whose facts may be used, and whose derived databases must stay under it.
    r"ODbL-1\.0": False,
    # No derivatives or no commerce: a shortened passage in a data set is both.
    r"CC-BY-(NC|ND|NC-ND|NC-SA)-[234]\.[05](-IGO)?": False,
    r"LicenseRef-Non-Commercial": False,
    # What each item says for itself, and nobody reads it for us.
    r"LicenseRef-Per-Item": False,
    # None, unread, reserved.
    r"LicenseRef-(None-Found|All-Rights-Reserved|Unread-[A-Za-z0-9.-]+)": False,
    r"LicenseRef-(Smithsonian-Terms|ESA-Terms|IETF-Trust)": False,
}


def _pattern(*, shown: bool) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one, may in _FAMILIES.items() if may is shown))


_SHOWN, _NOT_SHOWN = _pattern(shown=True), _pattern(shown=False)


def text_may_be_shown(licence: str) -> bool:
    """Whether a passage under this SPDX expression may stand beside its question.

    `A OR B` needs one side that allows it, `A AND B` both; anything unknown says no.
    """
    return all(any(map(_SHOWN.fullmatch, choices)) for choices in _parts(licence))


def is_classified(licence: str) -> bool:
    """Whether every licence of an expression is in the table, whatever it says there."""
    return all(
        _SHOWN.fullmatch(one) or _NOT_SHOWN.fullmatch(one)
        for choices in _parts(licence)
        for one in choices
    )


def _parts(licence: str) -> list[list[str]]:
    """Return the parts joined by AND, each as the licences it gives to choose from."""
    return [
        [choice.strip("() ") for choice in part.split(" OR ")] for part in licence.split(" AND ")
    ]
