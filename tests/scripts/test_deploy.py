"""The files for servers say what they must; Docker itself is not asked, it may not be here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts import pulse
from store.records import Heartbeat
from store.runs import DAEMON, beat
from store.settings import PREFIX, SECRETS, Settings
from tests.unseen import home_with

DEPLOY = Path(__file__).parents[2] / "scripts" / "deploy"
UNITS = ("unseen-daemon.service", "unseen-api.service")
#: systemd's own measure, 0 (closed) to 10 (open); what it calls OK ends at 4.
MAX_EXPOSURE = 3.0

HARDENING = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "StateDirectory": "unseen",
    "User": "unseen",
    "Restart": "on-failure",
}


def unit(name: str) -> dict[str, dict[str, list[str]]]:
    """Read a unit: systemd allows a key more than once, configparser does not."""
    sections: dict[str, dict[str, list[str]]] = {}
    here: dict[str, list[str]] = {}
    for line in (DEPLOY / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            here = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            here.setdefault(key, []).append(value)
    return sections


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_hardened(name: str) -> None:
    service = unit(name)["Service"]
    assert {key: service.get(key) for key in HARDENING} == {
        key: [value] for key, value in HARDENING.items()
    }
    assert service["SystemCallFilter"][0] == "@system-service"
    assert {"MemoryMax", "TasksMax", "TimeoutStopSec"} <= set(service)


def test_the_daemon_s_unit_knows_how_it_says_that_it_lives() -> None:
    service = unit("unseen-daemon.service")["Service"]
    assert service["Type"] == ["notify"]
    # It beats every 30 s, so that two beats may be missed.
    assert int(service["WatchdogSec"][0]) >= 90
    # Its children have 8 s, it has 10 (issue 4).
    assert int(service["TimeoutStopSec"][0]) > 10
    assert service["ExecStart"][0].endswith("unseen daemon")


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_one_to_systemd(name: str, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    text = (DEPLOY / name).read_text(encoding="utf-8")
    # The program need not be installed for its unit to be read.
    here = re.sub(r"/opt/unseen/\S+/unseen", sys.executable, text)
    (tmp_path / name).write_text(here, encoding="utf-8")
    verified = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / name)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert [line for line in verified.stderr.splitlines() if name in line] == []
    measured = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", str(tmp_path / name)],
        capture_output=True, text=True,
    )  # fmt: skip
    found = re.search(r"exposure level for \S+: ([\d.]+)", measured.stdout)
    assert found, measured.stdout[-500:] + measured.stderr
    assert float(found[1]) <= MAX_EXPOSURE


def dockerfile() -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_image_is_built_in_stages_and_runs_as_nobody_special() -> None:
    lines = dockerfile()
    stages = [line for line in lines if line.startswith("FROM ")]
    assert len(stages) == 2
    assert all("-slim" in line for line in stages)
    last = lines[lines.index(stages[1]) :]
    assert [line for line in last if line.startswith("USER ")] == ["USER unseen"]
    assert not any("pip install" in line for line in last)
    (check,) = [line for line in last if line.startswith("HEALTHCHECK ")]
    assert "/livez" in check
    assert any(line.startswith("ARG TORCH_INDEX=") for line in lines)


def test_what_the_image_copies_exists_and_is_let_in() -> None:
    root = DEPLOY.parents[1]
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for line in dockerfile():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert (root / name).exists()
                assert f"!{name}" in let_in
    assert "*" in let_in


@pytest.mark.parametrize("name", [*UNITS, "Dockerfile", "compose.yaml"])
def test_no_file_for_servers_holds_a_secret_or_a_setting_there_is_not(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    named = {one.removesuffix("_FILE") for one in re.findall(r"UNSEEN_[A-Z_]+", text)}
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    assert named - {"UNSEEN_NAME"} <= known
    for secret in SECRETS:
        assert not re.search(rf"{PREFIX}{secret.upper()}\s*[=:]", text)
    assert not re.search(
        r"(?i)password[ \t]*[=:][ \t]*\S", text.replace("POSTGRES_PASSWORD_FILE:", "")
    )


def compose() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not here")
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return read


def test_the_services_wait_for_a_database_that_is_well() -> None:
    services = compose()["services"]
    assert set(services) == {"postgres", "daemon", "api"}
    assert "pg_isready" in str(services["postgres"]["healthcheck"])
    for name in ("daemon", "api"):
        assert services[name]["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["secrets"] == ["database_url"]
        assert "UNSEEN_DATABASE_URL_FILE" in services[name]["environment"]
    assert services["daemon"]["healthcheck"]["test"][-1] == "scripts.pulse"


def test_the_secrets_and_volumes_that_services_use_are_declared() -> None:
    read = compose()
    used = {one for service in read["services"].values() for one in service["secrets"]}
    assert used == set(read["secrets"])
    volumes = {v.split(":")[0] for s in read["services"].values() for v in s["volumes"]}
    assert volumes == set(read["volumes"])
    assert read["services"]["api"]["ports"] == ["127.0.0.1:8000:8000"]


@pytest.mark.parametrize(
    ("silent_for", "code", "words"),
    [
        pytest.param(None, 1, "never ran", id="it never ran"),
        pytest.param(timedelta(seconds=20), 0, "ok", id="it beat just now"),
        pytest.param(timedelta(hours=1), 1, "silent since", id="it fell silent"),
    ],
)
def test_the_daemon_s_health_is_its_heartbeat(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    silent_for: timedelta | None,
    code: int,
    words: str,
) -> None:

    environment, house = home_with(tmp_path, [], [])
    for name, value in environment.items():
        if name.startswith(PREFIX):
            monkeypatch.setenv(name, value)
    if silent_for is not None:
        at = datetime.now(UTC) - silent_for
        beat(house.engine, Heartbeat(name=DAEMON, pid=1, host="h", started_at=at, beat_at=at))
    assert pulse.main() == code
    assert words in capsys.readouterr().out
