"""Where the shared test material lies; a user of the project has none, CI must."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def corpus(name: str) -> Path:
    """Return the path of one piece of shared material.

    Skips the test where there is none; fails instead when CI=true, where a skip would hide it.
    """
    folder = Path(os.environ.get("UNSEEN_CORPORA", "../shared"))
    path = (folder if folder.is_absolute() else ROOT / folder) / name
    if not path.exists():
        why = f"UNSEEN_CORPORA holds no {name}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{why}, and CI must have it")
        pytest.skip(why)
    return path
