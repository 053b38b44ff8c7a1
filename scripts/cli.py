"""The command line: runs a command, and says in one sentence why it could not."""

from __future__ import annotations

import os
import sys

from store.errors import UnseenError


def main() -> None:
    """Run a command; a deliberate error is one sentence on stderr and exit code 1."""
    try:
        if sys.argv[1:] == ["daemon"]:
            # It idles for weeks, so it is started without what the other commands take. It speaks
            # to nobody itself, so OpenSSL need not come with asyncio, which SQLAlchemy imports
            # (5 MiB): None is Python's word for a module that is not there.
            sys.modules["ssl"] = sys.modules["_hashlib"] = None  # type: ignore[assignment]
            from scripts.daemon import serve_schedule

            serve_schedule()
        else:
            from scripts.commands.table import run_command

            run_command()
    except UnseenError as error:
        _refuse(str(error))
    except (ValueError, OverflowError) as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _refuse(f"{where}{error.strerror or error}")


def _refuse(sentence: str) -> None:
    print(f"unseen: {sentence}", file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
