"""The four ways a reply can be judged; only `right` scores, the others are counted apart."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["right", "wrong", "abstained", "unreadable"]
