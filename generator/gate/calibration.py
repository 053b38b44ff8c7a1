"""A calibration: where the rule draws its lines, and how it did with them, kind by kind.

The packaged calibration was written by `unseen calibrate --pairs`; one in the index folder, made
from an operator's own pairs or for another model, goes before it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from generator.embeddings import Embedder
from generator.gate.decision import DECISION_VERSION
from generator.gate.facets import FACETS_VERSION
from generator.gate.normal import NORMAL_VERSION
from generator.gate.thresholds import Thresholds
from generator.multilingual import MultilingualEncoder
from store.errors import UnseenError
from store.records import content_hash

FILE = "calibration.json"


@dataclass(frozen=True)
class Kind:
    """How the rule does on one kind of pairs.

    Attributes:
        low: Lower end of the Wilson interval of the share flagged, 95 %.
        high: Its upper end.
    """

    kind: str
    n: int
    flagged: int
    held: int
    low: float
    high: float


@dataclass(frozen=True)
class Group:
    """How the rule does on a group with a goal; what is held counts as not flagged."""

    name: str
    recall: float
    false_alarms: float
    f1: float
    least_f1: float

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.f1 >= self.least_f1


@dataclass(frozen=True)
class Calibration:
    """Where the lines are, with what and on what that was measured.

    Attributes:
        thresholds: The lines.
        made_with: Versions of normaliser, facets and rule, and the models' weights.
        pairs_sha256: The labelled pairs.
        kinds: How each kind of pairs does, by name.
        groups: How the groups with a goal do.
        held: Share of all English pairs left to a judge.
        translated: Recall and false alarms on translations in the encoder's languages.
    """

    thresholds: Thresholds
    made_with: Mapping[str, Any]
    pairs_sha256: str
    n_pairs: int
    kinds: tuple[Kind, ...]
    groups: tuple[Group, ...]
    held: float
    translated: tuple[float, float]

    @cached_property
    def sha256(self) -> str:
        """What tells two calibrations apart."""
        return content_hash(asdict(self))

    def fits(self, embedder: Embedder) -> bool:
        """Whether it was made with this rule and this model."""
        made = {**self.made_with, "multilingual_sha256": None}
        return made == made_with(embedder, None)

    def as_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)

    def write(self, path: Path) -> None:
        """Write it whole or not at all."""
        draft = path.with_name(f".{path.name}.draft")
        draft.write_text(f"{self.as_json()}\n", encoding="utf-8")
        os.replace(draft, path)


def made_with(embedder: Embedder, tongues: MultilingualEncoder | None) -> dict[str, Any]:
    """Return what a calibration depends on beside its pairs: the rule and the models."""
    return {
        "normaliser": NORMAL_VERSION,
        "facets": FACETS_VERSION,
        "decision": DECISION_VERSION,
        "weights_sha256": embedder.weights_sha256,
        "multilingual_sha256": tongues.weights_sha256 if tongues else None,
    }


def read_calibration(index_dir: Path | None = None) -> Calibration:
    """Return the calibration in force: the index folder's own, else the packaged one.

    Raises:
        UnseenError: The file is no calibration.
    """
    own = index_dir / FILE if index_dir else None
    if own and own.is_file():
        return _parsed(own.read_text(encoding="utf-8"), str(own))
    return _packaged()


@cache
def _packaged() -> Calibration:
    return _parsed((resources.files("generator.gate") / FILE).read_text(encoding="utf-8"), FILE)


def _parsed(text: str, name: str) -> Calibration:
    try:
        told = json.loads(text)
        return Calibration(
            thresholds=Thresholds(**told["thresholds"]),
            made_with=told["made_with"],
            pairs_sha256=told["pairs_sha256"],
            n_pairs=told["n_pairs"],
            kinds=tuple(Kind(**one) for one in told["kinds"]),
            groups=tuple(Group(**one) for one in told["groups"]),
            held=told["held"],
            translated=(told["translated"][0], told["translated"][1]),
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise UnseenError(
            f"{name} is no calibration of the gate: run `unseen calibrate --pairs FILE`"
        ) from error


def table(calibration: Calibration) -> str:
    """Return the calibration as Markdown: groups with their goals, then the kinds."""
    lines = ["| group | recall | false alarms | F1 | goal |", "|---|--:|--:|--:|--:|"]
    for group in calibration.groups:
        missed = "" if group.met else " **missed**"
        lines.append(
            f"| {group.name} | {group.recall:.3f} | {group.false_alarms:.3f} | {group.f1:.3f} "
            f"| {group.least_f1:.2f}{missed} |"
        )
    recall, alarms = calibration.translated
    lines += [
        f"| translated, in the encoder's languages | {recall:.3f} | {alarms:.3f} | | |",
        "",
        f"Of all English pairs {calibration.held:.1%} are held for a judge; they count as passed.",
        "",
        "| kind | pairs | flagged, with Wilson interval of 95 % | held |",
        "|---|--:|---|--:|",
    ]
    lines += [
        f"| {one.kind} | {one.n} | {one.flagged / one.n:.3f} [{one.low:.3f}, {one.high:.3f}] "
        f"| {one.held / one.n:.3f} |"
        for one in calibration.kinds
    ]
    told = ", ".join(
        f"{field.name} {getattr(calibration.thresholds, field.name):.4g}"
        for field in fields(calibration.thresholds)
    )
    return "\n".join([*lines, "", f"Lines: {told}."])
