"""Every error we raise on purpose: one clear sentence each, no HTTP codes.

UnseenError
├── SettingsError        a setting is missing, unknown or unusable
├── SourceFileError      the list of sources cannot be read
├── FetchError           a source could not be read
│   ├── ForbiddenAddress   the address is not public, or the URL is not one we follow
│   ├── RobotsRefused      the site's robots.txt says no
│   └── RetryLater         the site asked us to come back later
├── ExtractError         bytes were read, but no document could be made of them
├── ModelCallError       a language model could not be asked or its reply not be used
│   └── ModelUnavailable   it said nothing that could be judged: key, address, limits, outage
├── IndexUnusable        the reference index is missing, stale or damaged
├── BenchmarkError       a benchmark cannot be added or read
├── CaptureDamaged       stored bytes are missing or do not match their hash
├── ReleaseExists        the week is already published
├── ReleaseOutOfOrder    a newer week is published; the chain only grows
├── NothingToRelease     no question of the week passed every check
├── ReleaseHeld          the week's questions are out of balance
├── ReleaseInvalid       a release does not verify
├── ErratumRefused       the errata ledger does not take an entry
├── TooManyReports       enough reports about a question wait already
├── NotFound             nothing is known by that name
├── AnswerSealed         the answer may not be shown before the question retires
├── BackupError          a backup cannot be made, or not be restored here
└── StoreError           the database or the disk refused
    └── StoreUnavailable   the database is gone, locked or full: whoever asks would be refused
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


class UnseenError(Exception):
    """Base of all deliberate errors; `str()` is one sentence for a person."""


class SettingsError(UnseenError):
    """A setting is missing, unknown or unusable."""


class SourceFileError(UnseenError):
    """The list of sources cannot be read."""


class FetchError(UnseenError):
    """A source could not be read.

    Attributes:
        status: The HTTP status of the answer, where the answer is the reason.
    """

    def __init__(self, url: str, why: str, status: int | None = None) -> None:
        super().__init__(url, why)
        self.url = url
        self.why = why
        self.status = status

    def __str__(self) -> str:
        return f"cannot read {self.url}: {self.why}"


class ForbiddenAddress(FetchError):
    """The address is not public, or the URL is not one we follow."""


class RobotsRefused(FetchError):
    """The site's robots.txt does not allow this page, or could not be read.

    Attributes:
        unread: Whether it could not be read, which may pass.
    """

    def __init__(self, url: str, why: str, *, unread: bool = False) -> None:
        super().__init__(url, why)
        self.unread = unread


class RetryLater(FetchError):
    """The site asked us to come back later.

    Attributes:
        until: When the next request is allowed.
    """

    def __init__(self, url: str, why: str, until: datetime) -> None:
        super().__init__(url, why)
        self.until = until


class ExtractError(UnseenError):
    """Bytes were read, but no document could be made of them."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, why)
        self.url = url
        self.why = why

    def __str__(self) -> str:
        return f"no document in {self.url}: {self.why}"


class ModelCallError(UnseenError):
    """A language model could not be asked, or its reply not be used.

    Attributes:
        raw: The reply as it came, when there was one.
        retryable: Whether asking again at once, after a pause, may help.
    """

    def __init__(
        self, model: str, why: str, *, raw: str | None = None, retryable: bool = False
    ) -> None:
        super().__init__(model, why)
        self.model = model
        self.why = why
        self.raw = raw
        self.retryable = retryable

    def __str__(self) -> str:
        return f"model {self.model}: {self.why}"


class ModelUnavailable(ModelCallError):
    """The model said nothing that could be judged: wrong key or address, limits, an outage.

    The fault is not the item's: a later run asks again.
    """


class IndexUnusable(UnseenError):
    """The reference index is missing, stale or damaged."""


class BenchmarkError(UnseenError):
    """A benchmark cannot be added or read."""


class CaptureDamaged(UnseenError):
    """Stored bytes are missing or do not match their hash."""


class ReleaseExists(UnseenError):
    """The week is already published; a release is never written again."""

    def __init__(self, week: str) -> None:
        super().__init__(week)
        self.week = week

    def __str__(self) -> str:
        return f"release {self.week} is already published and never changes"


class ReleaseOutOfOrder(UnseenError):
    """A newer week is published; one put before it would fork the chain."""

    def __init__(self, week: str, newest: str) -> None:
        super().__init__(week, newest)
        self.week = week
        self.newest = newest

    def __str__(self) -> str:
        return f"{self.week} cannot be published after {self.newest}: the chain only grows"


class NothingToRelease(UnseenError):
    """No question of the week passed every check; an empty release would only be in the way."""

    def __init__(self, week: str, why: str) -> None:
        super().__init__(week, why)
        self.week = week
        self.why = why

    def __str__(self) -> str:
        return f"{self.week} has nothing to release: {self.why}"


class ReleaseHeld(UnseenError):
    """The week's questions are out of balance: someone who reads nothing would score by them."""

    def __init__(self, week: str, why: str) -> None:
        super().__init__(week, why)
        self.week = week
        self.why = why

    def __str__(self) -> str:
        return f"{self.week} is held: {self.why}"


class CalibrationMissed(UnseenError):
    """Checks missed their aims on planted defects or clean items."""

    def __init__(self, checks: Sequence[str]) -> None:
        super().__init__(tuple(checks))
        self.checks = tuple(checks)

    def __str__(self) -> str:
        return f"checks that miss their aim: {', '.join(self.checks)}; the table says by how much"


class ReleaseInvalid(UnseenError):
    """A release does not verify; the message names the file and the cause."""


class ErratumRefused(UnseenError):
    """The errata ledger does not take an entry."""

    def __init__(self, question_id: str, action: str, why: str) -> None:
        super().__init__(question_id, action, why)
        self.question_id = question_id
        self.action = action
        self.why = why

    def __str__(self) -> str:
        return f"cannot {self.action} {self.question_id}: {self.why}"


class TooManyReports(UnseenError):
    """Enough reports about one question wait already."""

    def __init__(self, question_id: str) -> None:
        super().__init__(question_id)
        self.question_id = question_id

    def __str__(self) -> str:
        return f"enough reports about {self.question_id} wait already; the operator has them"


class NotFound(UnseenError):
    """Nothing is known by that name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(kind, name)
        self.kind = kind
        self.name = name

    def __str__(self) -> str:
        return f"no {self.kind} is called {self.name!r}"


class AnswerSealed(UnseenError):
    """The answer of a live sealed question was asked for."""

    def __init__(self, question_id: str) -> None:
        super().__init__(question_id)
        self.question_id = question_id

    def __str__(self) -> str:
        return (
            f"question {self.question_id} is sealed: what leads to its answer is shown to a key "
            "with scope audit, and to everybody once the question retires"
        )


class BackupError(UnseenError):
    """A backup cannot be made, or not be restored here."""


class StoreError(UnseenError):
    """The database or the disk refused."""


class StoreUnavailable(StoreError):
    """The database is gone, locked or full: whoever asks would be refused, whatever for."""
