"""What a newcomer gets: the sample week, served, audited and verified by the commands."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import delete, select

from scripts.cli import main
from scripts.closing import draft_release
from scripts.first_week import make_sample_week
from scripts.wiring import House, open_house, plan_week
from store.candidates import findings_of, standings
from store.database import session
from store.errors import NothingToRelease
from store.tables import DocumentRow, FindingRow, ReleaseItemRow, ReleaseRow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEK = "2026-W47"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "var"


@pytest.fixture(scope="module")
def house(home: Path) -> House:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNSEEN_HOME", str(home))
        return make_sample_week(NOW)


@pytest.fixture
def run(
    house: House, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command as a person would: (exit code, stdout, stderr)."""
    monkeypatch.setenv("UNSEEN_HOME", str(home))
    monkeypatch.setenv("UNSEEN_CONTACT", "ops@example.org")

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["unseen", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        shown = capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    return command


def open_questions(house: House) -> list[dict[str, str]]:
    path = house.settings.releases_dir / WEEK / "questions.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_week_has_questions_of_many_families_and_topics(house: House) -> None:
    rows = open_questions(house)
    assert len(rows) >= 60
    assert len({row["family"] for row in rows}) >= 5
    assert len({row["topic"] for row in rows}) >= 6


def test_the_page_with_planted_orders_gives_no_question(house: House) -> None:
    with session(house.engine) as work:
        pages = [row.value() for row in work.exec(select(DocumentRow))]
        planted = [page for page in pages if "dunlin-plugin" in page.url]
        assert len(planted) == 1
        found = findings_of(work, planted[0].id)
        assert [(f.check, f.outcome) for f in found][-1] == ("injection", "fail")
        assert not [s for s in standings(work) if s.candidate.document_id == planted[0].id]


def test_the_retold_benchmark_questions_are_stopped_by_the_gate(house: House) -> None:
    with session(house.engine) as work:
        stopped = standings(work, stopped_by="contamination")
        assert stopped
        evidence = [
            row.value().evidence
            for row in work.exec(select(FindingRow).where(FindingRow.check == "contamination"))
            if row.outcome != "pass"
        ]
    assert all("Ardith" in standing.candidate.question for standing in stopped)
    assert all(one["nearest"]["benchmark"] == "unseen-sample-benchmark" for one in evidence)
    assert all(one["nearest"]["text"] for one in evidence)


def test_making_the_week_again_is_quick_and_changes_nothing(
    house: House, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNSEEN_HOME", str(home))
    before = (house.settings.releases_dir / WEEK / "manifest.json").read_bytes()
    make_sample_week(NOW)
    assert f"week {WEEK} is already released" in capsys.readouterr().out
    assert (house.settings.releases_dir / WEEK / "manifest.json").read_bytes() == before


def test_audit_shows_the_whole_chain(run: Run, house: House) -> None:
    row = open_questions(house)[0]
    code, shown, _ = run("audit", row["id"])
    assert code == 0
    for part in ("capture", "quote", "rule:", "contamination", "difficulty", "released in"):
        assert part in shown
    code, shown, _ = run("audit", row["id"], "--json")
    assert json.loads(shown)["question"]["id"] == row["id"]


def test_a_release_verifies_and_a_changed_one_does_not(
    run: Run, house: House, tmp_path: Path
) -> None:
    folder = house.settings.releases_dir / WEEK
    public = house.settings.keys_dir / "signing.pub"
    code, shown, _ = run("verify", str(folder), "--key", str(public))
    assert (code, "holds" in shown) == (0, True)
    copy = tmp_path / WEEK
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    other = copy.rename(tmp_path / "2026-W48")
    code, _, refusal = run("verify", str(other))
    assert (code, refusal) == (1, f"unseen: manifest.json is of {WEEK}, not of 2026-W48\n")
    copy = other.rename(tmp_path / WEEK)
    changed = copy / "questions.jsonl"
    changed.write_bytes(changed.read_bytes().replace(b"open_book", b"open_b00k", 1))
    code, _, refusal = run("verify", str(copy))
    assert code == 1
    assert refusal == "unseen: questions.jsonl is not the file that was signed\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("audit", "q_none"), 1, "no question is called", id="an unknown question"),
        pytest.param(("week", "--week", "2026-W99"), 1, "no ISO week 99", id="an impossible week"),
        pytest.param(("week", "--week", "last"), 1, "like 2026-W34", id="a week in words"),
        pytest.param(("week", "--as-of", "soon"), 2, "no time", id="a time in words"),
        pytest.param(("verify", "nowhere"), 1, "neither a folder", id="no such release"),
        pytest.param(("release", "--week", WEEK), 1, "already published", id="publishing twice"),
        pytest.param(("collect", "--source", "x"), 1, "no source is called", id="no such source"),
        pytest.param(
            ("sources", "test", "--file", "/nowhere"), 1, "No such file", id="no such file"
        ),
        pytest.param(("week", "--as-of", "9999-01-01"), 1, "in the future", id="a time to come"),
        pytest.param(("benchmarks", "check"), 2, "one question", id="nothing to check"),
        pytest.param(("nonsense",), 2, "No such command", id="no such command"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    run: Run, arguments: tuple[str, ...], code: int, words: str
) -> None:
    stopped, _, shown = run(*arguments)
    assert stopped == code
    assert words in shown
    assert "Traceback" not in shown


def test_candidates_say_what_stopped_them(run: Run) -> None:
    code, shown, _ = run("candidates", "--rejected-by", "self_contained", "--json")
    rows = json.loads(shown)
    assert code == 0
    assert rows
    assert all(row["state"] == "rejected" and row["why"] for row in rows)


def test_a_document_that_was_stopped_is_shown_with_its_reason(run: Run) -> None:
    _, shown, _ = run("candidates", "--rejected-by", "injection", "--json")
    (row,) = json.loads(shown)
    assert (row["family"], row["state"]) == ("document", "rejected")
    assert "order" in row["why"]


def test_a_release_draws_only_from_its_own_window(house: House, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "releases")
    copy = open_house(house.settings.model_copy(update={"home": tmp_path / "copy"}))
    with session(copy.engine) as work:
        work.exec(delete(ReleaseItemRow))
        work.exec(delete(ReleaseRow))
    plan = plan_week(copy.settings, WEEK, NOW, lambda: NOW)
    cutoff = datetime(2026, 11, 18, tzinfo=UTC)
    items = draft_release(copy, replace(plan, cutoff=cutoff)).items
    assert items
    assert all(item.question.source_published_at >= cutoff for item in items)
    with pytest.raises(NothingToRelease):
        draft_release(copy, replace(plan, cutoff=plan.until))


def test_the_manifest_says_what_lazy_strategies_score(house: House, home: Path) -> None:
    manifest = json.loads((home / "releases" / WEEK / "manifest.json").read_text())
    stated = manifest["balance"]
    names = {score["name"] for score in stated["scores"]}
    assert {"always A", "longest option", "always cannot be known", "random option"} <= names
    assert all(0 <= score["low"] <= score["high"] <= 1 for score in stated["scores"])
    # Of the open rows alone: sums with the sealed ones would tell how those are answered.
    assert stated["of"] == "open rows" and 0 < stated["rows"] <= manifest["counts"]["open"]
    assert len(stated["nearest"]) == 50 and stated["version"] == 1


def test_the_gate_answers_one_question_and_a_file_of_them(run: Run, tmp_path: Path) -> None:
    known = "How many steps does the lighthouse on Ardith Rock have?"
    code, shown, _ = run("benchmarks", "check", known, "--json")
    assert json.loads(shown)["verdict"] == "contaminated"
    path = tmp_path / "rows.jsonl"
    other = "In which month of 1931 did the Tarn ferry Wigeon sink?"
    path.write_text("\n".join(json.dumps({"question": q}) for q in (known, other)))
    code, shown, _ = run("benchmarks", "check", "--file", str(path))
    assert code == 0
    assert [json.loads(line)["verdict"] for line in shown.splitlines()] == [
        "contaminated",
        "clean",
    ]


def test_doctor_names_every_setting_and_finds_all_in_order(run: Run) -> None:
    code, shown, _ = run("doctor", "--json")
    findings = json.loads(shown)
    assert {"UNSEEN_HOME", "database", "index", "keys"} <= {one["name"] for one in findings}
    assert [one for one in findings if not one["ok"]] == []
    assert code == 0


def test_doctor_asks_for_a_contact(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNSEEN_CONTACT")
    _, shown, _ = run("doctor", "--json")
    assert [one["name"] for one in json.loads(shown) if not one["ok"]] == ["contact"]
    monkeypatch.setenv("UNSEEN_PUBLIC_URL", "https://unseen.example.org")
    assert run("doctor", "--json")[0] == 0


def test_doctor_names_a_setting_nobody_reads(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_WRITTER", "offline")
    code, shown, _ = run("doctor", "--json")
    wrong = [one["says"] for one in json.loads(shown) if not one["ok"]]
    assert wrong == ["UNSEEN_WRITTER is no setting of Unseen; did you mean UNSEEN_WRITER?"]
    assert code == 1


def test_the_list_of_sources_shows_their_last_visit(run: Run, home: Path) -> None:
    path = home / "sample-sources.toml"
    _, shown, _ = run("sources", "list", "--sources", str(path), "--json")
    rows = json.loads(shown)
    listed = [row for row in rows if row["listed"]]
    assert len(listed) == 10
    assert all(row["visited_at"] and not row["error"] for row in listed)
    # Pages that we invented are on nobody's list, and are said to be what they are.
    (ours,) = (row for row in rows if not row["listed"])
    assert ours["name"] == "unseen-invented" and "no person" in ours["attribution"]


def test_serving_on_a_taken_port_says_what_to_do(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, refusal = run("serve", "--port", port)
    assert code == 1
    assert "choose another" in refusal
    assert "Traceback" not in refusal


REBUILD = """
import hashlib, sys
from datetime import datetime

from sqlmodel import delete

from scripts.closing import draft_release
from scripts.wiring import open_house, plan_week, utc_now
from store.database import session
from store.releases.publish import manifest_of, release_files
from store.tables import ReleaseItemRow, ReleaseRow

house = open_house()
with session(house.engine) as work:
    work.exec(delete(ReleaseItemRow))
    work.exec(delete(ReleaseRow))
plan = plan_week(house.settings, sys.argv[1], datetime.fromisoformat(sys.argv[2]), utc_now)
draft = draft_release(house, plan)
files = release_files(draft, house.keys)
manifest = manifest_of(draft, files, None, house.keys.public_hex)
print(hashlib.sha256(repr((sorted(files.items()), sorted(manifest.items()))).encode()).hexdigest())
"""


def test_the_same_store_gives_the_same_bytes_on_another_machine(
    house: House, home: Path, tmp_path: Path
) -> None:
    copies = []
    for number, place in enumerate(("UTC", "Asia/Kathmandu", "America/St_Johns")):
        copy = tmp_path / place.replace("/", "-")
        shutil.copytree(home, copy)
        shutil.rmtree(copy / "releases")
        environment = os.environ | {
            "UNSEEN_HOME": str(copy),
            "TZ": place,
            "LC_ALL": ("C", "C.UTF-8", "POSIX")[number],
            "PYTHONHASHSEED": str(number + 1),
        }
        rebuilt = subprocess.run(
            [sys.executable, "-c", REBUILD, WEEK, NOW.isoformat()],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        copies.append(rebuilt.stdout)
    assert len(set(copies)) == 1
    assert len(copies[0].strip()) == 64
