"""Which licences let us show a passage beside its question, and which only a quote.

Source: the licence texts' own terms, by family; a licence nobody has classified shows no
passage, because ambiguous means no.
"""

from __future__ import annotations

import re

#: Families whose text may stand beside the question with its attribution line.
_SHOWN = (
    r"CC0-1\.0",
    r"CC-BY-(2\.0|2\.5|3\.0|4\.0)",
    r"CC-BY-SA-(2\.0|3\.0|4\.0)",
    r"OGL-UK-3\.0",
    r"etalab-2\.0",
    r"DL-DE-BY-2\.0",
    r"MIT",
    r"Apache-2\.0",
    r"BSD-[23]-Clause",
    r"LicenseRef-(US-PD|PDL-1\.0|OPL-UK-3\.0|KOGL-1|StatCan-Open-Licence|Public-Domain)",
)
_SHOWN_PATTERN = re.compile("|".join(f"(?:{pattern})" for pattern in _SHOWN))


def text_may_be_shown(licence: str) -> bool:
    """Whether a passage under this SPDX expression may stand beside its question.

    `A OR B` needs one side that allows it, `A AND B` both; anything unknown says no.
    """
    return all(
        any(_SHOWN_PATTERN.fullmatch(choice.strip("() ")) for choice in part.split(" OR "))
        for part in licence.split(" AND ")
    )
