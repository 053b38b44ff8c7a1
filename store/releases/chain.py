"""The chain of releases: each names the one before it by its hash, back to the first.

What lies beside a release is evidence only where the same line of keys signed it: anybody can put
a folder there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from store.errors import ReleaseInvalid
from store.records import sha256_hex
from store.releases import MANIFEST
from store.releases.endorsements import KeyLine, refuse_two_followers
from store.releases.signed import (
    ReadFile,
    Signed,
    read_manifest,
    reading,
    refuse_replaced_key,
    signed_release,
)


def _nothing(week: str) -> ReadFile | None:
    return None


@dataclass(frozen=True)
class Beside:
    """The other releases that are at hand."""

    #: Gives a reader of another week; None where nothing of it is there.
    read: Callable[[str], ReadFile | None] = _nothing
    #: The weeks that are known to lie there.
    weeks: Sequence[str] = ()


@dataclass(frozen=True)
class Chain:
    """How far the releases before one were found and hold."""

    #: From the one before it backwards.
    earlier: tuple[Signed, ...]
    #: The release that the oldest of them (or the one asked for) follows and that is not at hand.
    missing: str | None


def chain_of(release: Signed, beside: Beside, previous: ReadFile | None) -> Chain:
    """Walk from a release to the first one, as far as they are at hand.

    Args:
        release: Where to begin.
        beside: Where the earlier ones may lie.
        previous: Reads the one before, which then must be there.

    Raises:
        ReleaseInvalid: One is not the one that was signed for, or is not signed by the line.
    """
    if previous is not None and release.manifest["previous"] is None:
        raise ReleaseInvalid(f"{release.week} names no release before it")
    found: list[Signed] = []
    later, named = release, previous
    while (before := later.manifest["previous"]) is not None:
        week = str(before["week"])
        if week >= later.week:
            raise ReleaseInvalid(f"the chain is broken: {later.week} cannot follow {week}")
        read = named or _at_hand(beside, week)
        if read is None:
            return Chain(tuple(found), week)
        with reading(f"{week}/{MANIFEST}"):
            later, named = _earlier(release, later, read), None
        found.append(later)
    return Chain(tuple(found), None)


def _at_hand(beside: Beside, week: str) -> ReadFile | None:
    read = beside.read(week)
    try:
        if read:
            read(MANIFEST)
    except FileNotFoundError:
        return None
    except OSError:
        pass  # It is there, and why it cannot be read is said when it is.
    return read


def _earlier(release: Signed, later: Signed, read: ReadFile) -> Signed:
    """Return the release that `later` names as the one before it."""
    before = later.manifest["previous"]
    week, place = str(before["week"]), f"{before['week']}/"
    manifest, canonical = read_manifest(read, place)
    if (manifest["week"], sha256_hex(canonical)) != (week, before["manifest_sha256"]):
        raise ReleaseInvalid(
            f"the chain is broken: {week} is not the one that {later.week} was signed to follow"
        )
    earlier = signed_release(read, place)
    if not _begins(earlier.line, release.line):
        raise ReleaseInvalid(
            f"{place}{MANIFEST} is signed by key {earlier.key[:16]}…, which is not of the line "
            f"of keys of {release.week}"
        )
    refuse_replaced_key(earlier, [release.line])
    return earlier


def _begins(older: KeyLine, newer: KeyLine) -> bool:
    return newer.keys[: len(older.keys)] == older.keys


def witnesses_of(release: Signed, beside: Beside, pinned: str | None) -> tuple[Signed, ...]:
    """Return the other releases at hand that are whole and can speak for or against this one.

    With a pinned key these are of its line, and later ones only where it led to them: a thief of
    an older key signs, too. Without one nobody can tell whose word counts, and all of them do.
    """
    found = []
    for week in beside.weeks:
        read = beside.read(week) if week != release.week else None
        if read is None:
            continue
        try:
            other = signed_release(read, f"{week}/")
            named = other.week
        except (ReleaseInvalid, KeyError):
            continue
        led_to = pinned in other.line.keys or (week < release.week and _meet(other, release))
        if named == week and (pinned is None or led_to):
            found.append(other)
    return tuple(found)


def _meet(one: Signed, other: Signed) -> bool:
    return not set(one.line.keys).isdisjoint(other.line.keys)


def refuse_forks(release: Signed, chain: Chain, witnesses: Sequence[Signed]) -> None:
    """Refuse a release that others of the same operator leave out, or that leaves them out.

    Raises:
        ReleaseInvalid: They are not one chain.
    """
    before = {each.week: each.sha256 for each in chain.earlier}
    for other in witnesses:
        if other.week < release.week:
            # Before the one that is not at hand nothing is known of the chain.
            if other.week not in before and other.week > (chain.missing or ""):
                raise ReleaseInvalid(
                    f"the chain is forked or cut: {other.week} lies beside {release.week}, is "
                    "signed by the same operator and is not in its chain"
                )
            continue
        named = other.manifest["previous"]
        week = str(named["week"]) if named else ""
        if week < release.week:
            raise ReleaseInvalid(
                f"the chain is forked: {other.week} lies beside {release.week} and follows "
                f"{week or 'nothing'}, not {release.week}"
            )
        if week == release.week and named["manifest_sha256"] != release.sha256:
            raise ReleaseInvalid(
                f"the chain is forked: {other.week} lies beside {release.week} and follows "
                f"another {release.week}"
            )


def refuse_keys_that_part(release: Signed, witnesses: Sequence[Signed]) -> None:
    """Refuse a release whose key another release at hand tells to be replaced, or not the heir.

    Raises:
        ReleaseInvalid: It is dated later than its key's successor, two keys claim one place, or
            one is of another operator and no pinned key tells which one is meant.
    """
    for other in witnesses:
        if not _meet(other, release):
            raise ReleaseInvalid(
                f"{other.week} lies beside {release.week} and is signed by key {other.key[:16]}…, "
                f"which is not of the line of keys of {release.week}; name the key you trust"
            )
    lines = [release.line, *(each.line for each in witnesses)]
    refuse_two_followers(lines)
    refuse_replaced_key(release, lines)
