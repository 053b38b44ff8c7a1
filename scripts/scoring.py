"""`unseen score`: replies to the open questions of a release, scored as of now."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from generator.checks.balance import is_base
from scripts.wiring import House
from store.database import session
from store.errata import ledger, out_of_scoring
from store.errors import NotFound
from store.records import Question
from store.releases import MANIFEST
from store.reports import disputed_by_reports
from store.scoring.scores import Score, score


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    reply: str


@dataclass(frozen=True)
class ReleaseScore:
    """The score of one release's open questions, in words."""

    week: str
    score: Score

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"week": self.week, **asdict(self.score)}

    def sentence(self) -> str:
        """Say what was right, how sure that is, and what was left out."""
        one = self.score
        if one.accuracy is None:
            return f"{self.week}: no question counts; {len(one.left_out)} left out by errata"
        a = one.accuracy
        left = f"; left out by errata: {', '.join(one.left_out)}" if one.left_out else ""
        return (
            f"{self.week}: {a.mean:.3f} [{a.low:.3f}, {a.high:.3f}], {one.right} of {a.n} base "
            f"questions of {a.stories} stories right; {one.abstained} abstained, "
            f"{one.unreadable} unreadable, {one.missing} without a reply{left}"
        )


def score_release(house: House, week: str, file: Path) -> ReleaseScore:
    """Score a file of replies, a JSON object `{"id": …, "reply": …}` a line.

    Raises:
        NotFound: There is no such release.
        ValueError: A line is no reply.
    """
    folder = house.settings.releases_dir / week
    if not (folder / MANIFEST).is_file():
        raise NotFound("release", week)
    rows = (json.loads(line) for line in (folder / "questions.jsonl").read_bytes().splitlines())
    questions = [
        Question.model_validate({name: row[name] for name in Question.model_fields if name in row})
        for row in rows
    ]
    with session(house.engine) as work:
        out = out_of_scoring(ledger(work)) | disputed_by_reports(work)
    return ReleaseScore(week, score([q for q in questions if is_base(q)], _replies(file), out))


def _replies(file: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            one = _Reply.model_validate_json(line)
        except ValidationError as error:
            raise ValueError(
                f'{file.name}, line {number} is no reply; write {{"id": "q_…", "reply": "…"}}'
            ) from error
        found[one.id] = one.reply
    return found
