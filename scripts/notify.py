"""Telling systemd how the daemon is: one datagram a message, nothing where no one listens."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Notifier:
    """Says to the service manager that we are ready, alive, or stopping (sd_notify(3)).

    Attributes:
        address: A Unix socket's path, "@name" for an abstract one; None where nobody listens.
        watchdog_s: Without a sign of life in this time we are restarted; None without a watchdog.
    """

    address: str | None = None
    watchdog_s: float | None = None

    def say(self, *lines: str) -> None:
        """Send lines such as "READY=1"; a manager that is gone is no reason to stop."""
        if self.address is None:
            return
        abstract = self.address.startswith("@")
        address = "\0" + self.address[1:] if abstract else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            # A manager that does not read must not hold us up.
            out.setblocking(False)
            try:
                out.sendto("\n".join(lines).encode(), address)
            except OSError:
                return

    @property
    def beat_s(self) -> float | None:
        """How often WATCHDOG=1 is due: half of what is allowed, as sd_watchdog_enabled(3) asks."""
        return self.watchdog_s / 2 if self.watchdog_s else None


def notifier_of(environment: Mapping[str, str], pid: int) -> Notifier:
    """Return the notifier that systemd's variables ask for.

    Args:
        environment: Where NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are looked up.
        pid: Our process; a watchdog that is meant for another one is not ours.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    microseconds = environment.get("WATCHDOG_USEC", "")
    meant_for = environment.get("WATCHDOG_PID", str(pid))
    ours = microseconds.isdecimal() and int(microseconds) > 0 and meant_for == str(pid)
    return Notifier(
        address if address.startswith(("/", "@")) else None,
        int(microseconds) / 1e6 if ours else None,
    )


def without_notices(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for our children: systemd hears of us alone."""
    ours = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}
    return {name: value for name, value in environment.items() if name not in ours}
