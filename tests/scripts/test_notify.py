"""What a service manager hears of us, through real datagram sockets."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.notify import Notifier, notifier_of, without_notices


@pytest.fixture(params=["a path", "an abstract name"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """What NOTIFY_SOCKET says, and the socket that listens there."""
    told = str(tmp_path / "s") if request.param == "a path" else f"@unseen-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + told[1:] if told.startswith("@") else told)
        listening.settimeout(10)
        yield told, listening


def test_a_manager_hears_one_datagram_a_message(manager: tuple[str, socket.socket]) -> None:
    told, listening = manager
    notifier = notifier_of({"NOTIFY_SOCKET": told}, os.getpid())
    notifier.say("READY=1", "STATUS=reads 12 sources")
    notifier.say("STOPPING=1")
    assert listening.recv(4096) == b"READY=1\nSTATUS=reads 12 sources"
    assert listening.recv(4096) == b"STOPPING=1"


def test_nobody_listening_is_no_error(tmp_path: Path) -> None:
    Notifier().say("READY=1")
    Notifier(str(tmp_path / "gone")).say("READY=1")


def test_a_manager_that_reads_nothing_does_not_hold_us_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(tmp_path / "s"))
        for _ in range(2_000):
            Notifier(str(tmp_path / "s")).say("WATCHDOG=1")


@pytest.mark.parametrize(
    ("environment", "beat_s"),
    [
        pytest.param({"WATCHDOG_USEC": "90000000"}, 45.0, id="half of what is allowed"),
        pytest.param({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "7"}, 45.0, id="it is ours"),
        pytest.param({"WATCHDOG_USEC": "90000000", "WATCHDOG_PID": "8"}, None, id="it is not"),
        pytest.param({"WATCHDOG_USEC": "0"}, None, id="none"),
        pytest.param({"WATCHDOG_USEC": "soon"}, None, id="no number"),
        pytest.param({}, None, id="nothing said"),
    ],
)
def test_the_watchdog_wants_a_sign_of_life(
    environment: dict[str, str], beat_s: float | None
) -> None:
    assert notifier_of(environment, 7).beat_s == beat_s


@pytest.mark.parametrize("told", ["", "relative", "vsock:2:1234"])
def test_an_address_that_is_no_unix_socket_is_left_alone(told: str) -> None:
    assert notifier_of({"NOTIFY_SOCKET": told}, 7).address is None


def test_children_do_not_speak_for_us() -> None:
    given = {"NOTIFY_SOCKET": "/run/s", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "7", "HOME": "/h"}
    assert without_notices(given) == {"HOME": "/h"}
