"""Whether the daemon lives, by its last sign of life: the health check of its container."""

from __future__ import annotations

import sys

from api.daemon import lives, pulse
from scripts.wiring import found_house, utc_now
from store.errors import UnseenError
from store.runs import DAEMON, heartbeat_of


def main() -> int:
    """Print what the heartbeat says; 0 when the daemon lives."""
    try:
        last, now = heartbeat_of(found_house().engine, DAEMON), utc_now()
    except UnseenError as error:
        print(error)
        return 1
    print(pulse(last, now))
    return 0 if lives(last, now) else 1


if __name__ == "__main__":
    sys.exit(main())
