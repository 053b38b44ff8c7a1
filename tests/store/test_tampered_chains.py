"""A chain that is cut, forked, put in another order, replayed or made anew is refused.

By `unseen verify`, which names the cause, and alike by the verifier that is one file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from store.records import sha256_hex
from tests.store.chains import FIRST, LAST, SIGNED_ANEW, WEEKS, Weeks
from tests.store.tampering import Case, all_are_refused, changed, encoded


def test_a_week_under_another_s_name_and_a_signature_of_another_are_refused(sound):
    def cases() -> Iterator[Case]:
        for week in WEEKS:
            for other in WEEKS:
                if week == other:
                    continue
                replayed = sound.copy()
                replayed.files[other] = sound.files[week]
                yield Case(
                    f"{week} replayed as {other}",
                    replayed,
                    (f"is of {week}, not of {other}",),
                    other,
                )
                yield Case(
                    f"{week} asked for as {other}", sound, (f"not of {other}",), week, named=other
                )
                crossed = changed(sound, week, "manifest.sig", sound.files[other]["manifest.sig"])
                yield Case(
                    f"{week} with the signature of {other}", crossed, ("manifest.sig",), week
                )
                if week < other:
                    says = (f"{week} is not the one", f"{week}/manifest.sig", "is forked")
                    replayed = sound.copy()
                    replayed.files[week] = sound.files[other]
                    yield Case(f"{other} lies where {week} was", replayed, says)

    all_are_refused(cases())


def test_a_wrong_key_and_a_stranger_s_are_refused(sound):
    def cases() -> Iterator[Case]:
        for week in WEEKS:
            wrong = ["00" * 32, "ff" * 32, sound.stranger.public_hex]
            if week < SIGNED_ANEW:
                wrong.append(sound.new.public_hex)
            for key in wrong:
                yield Case(f"{week} under {key[:4]}", sound, ("under key",), week, key)
            weeks = sound.copy()
            weeks.sign(week, sound.stranger)
            yield Case(f"{week} signed by a stranger", weeks, ("manifest.sig",), week)
            weeks = sound.copy()
            weeks.sign_by_stranger(week)
            says = ("not of the line of keys", "is not the one", "under key")
            yield Case(f"{week} by a stranger who says so", weeks, says, week)
            yield Case(f"{week} by a stranger, pinned", weeks, says, week, sound.old.public_hex)
            yield Case(f"{week} before the last by a stranger", weeks, says)

    all_are_refused(cases())


def relinked(sound: Weeks, week: str, previous: str | None) -> Weeks:
    """Return a copy in which a week follows another one than it did; not signed yet."""
    weeks = sound.copy()
    body = sound.files[previous]["manifest.json"] if previous else b""
    before = {"week": previous, "manifest_sha256": sha256_hex(body)} if previous else None
    weeks.fit(week, lambda manifest: manifest.update(previous=before))
    return weeks


def test_a_chain_that_is_cut_or_forked_is_refused_whoever_signs_it(sound):
    def cases() -> Iterator[Case]:
        for at, week in enumerate(WEEKS[1:], start=1):
            for previous in (None, *WEEKS[: at - 1]):
                what = f"{week} follows {previous}"
                weeks = relinked(sound, week, previous)
                yield Case(f"{what}, unsigned", weeks, ("manifest.sig",), week)
                weeks.sign(week)
                # Those that it leaves out lie beside it.
                yield Case(f"{what}, signed", weeks, ("chain is forked or cut",), week)
                if week != LAST:
                    says = (f"{week} is not the one that",)
                    yield Case(f"{what}, seen from the last", weeks, says)
                    (follower,) = (w for w in WEEKS if w == WEEKS[at + 1])
                    weeks.files = {w: f for w, f in weeks.files.items() if w in (week, follower)}
                    says = (f"{follower} lies beside {week} and follows another {week}",)
                    yield Case(f"{what}, alone with {follower}", weeks, says, week)
                weeks = relinked(sound, week, previous)
                weeks.sign_by_stranger(week)
                says = ("not of the line of keys", "under key")
                yield Case(f"{what}, by a stranger", weeks, says, week)
                key = sound.keys_of(week).public_hex
                yield Case(f"{what}, by a stranger, pinned", weeks, says, week, key)

    all_are_refused(cases())


def test_two_weeks_that_follow_the_same_one_are_refused_from_either_side(sound):
    weeks = relinked(sound, WEEKS[3], WEEKS[1])
    weeks.sign(WEEKS[3])
    del weeks.files[LAST]
    says = f"{WEEKS[2]} lies beside {WEEKS[3]}"
    assert says in (weeks.refusal(WEEKS[3]) or "")
    says = f"{WEEKS[3]} lies beside {WEEKS[2]} and follows {WEEKS[1]}, not {WEEKS[2]}"
    assert says in (weeks.refusal(WEEKS[2]) or "")


def test_a_chain_in_another_order_is_refused(sound):
    weeks = relinked(sound, WEEKS[2], WEEKS[3])
    weeks.sign(WEEKS[2])
    assert f"{WEEKS[2]} cannot follow {WEEKS[3]}" in (weeks.refusal(WEEKS[2]) or "")
    weeks = relinked(sound, WEEKS[2], WEEKS[2])
    weeks.sign(WEEKS[2])
    assert f"{WEEKS[2]} cannot follow {WEEKS[2]}" in (weeks.refusal(WEEKS[2]) or "")


def test_weeks_that_are_missing_are_said_and_are_no_error(sound):
    for gone in WEEKS[:-1]:
        weeks = sound.copy()
        del weeks.files[gone]
        assert weeks.refusal() is None
        proved = weeks.verify()
        assert proved.chain_missing == gone
        assert proved.chain_length == len(WEEKS) - 1 - WEEKS.index(gone)
        assert proved.chain_back_to == WEEKS[WEEKS.index(gone) + 1]
    proved = sound.verify()
    assert (proved.chain_length, proved.chain_back_to, proved.chain_missing) == (5, FIRST, None)


def test_what_a_stranger_puts_beside_a_release_does_not_hurt_it(sound):
    weeks = sound.copy()
    weeks.files["2026-W36"] = dict(sound.files[LAST])
    weeks.fit("2026-W36", lambda m: m.update(week="2026-W36", previous=None))
    weeks.sign_by_stranger("2026-W36")
    weeks.files["2026-W30"] = {"manifest.json": b"{}"}
    weeks.files["2026-W29"] = {}
    for key in (sound.old.public_hex, sound.new.public_hex):
        assert weeks.refusal(key=key) is None
    # Who pins no key cannot know which of the two is the stranger.
    assert "2026-W36 lies beside" in (weeks.refusal() or "")
    assert "name the key you trust" in (weeks.refusal() or "")
    weeks.fit("2026-W36", lambda m: m.update(public_key=sound.new.public_hex))
    weeks.files["2026-W36"]["manifest.sig"] = sound.files[LAST]["manifest.sig"]
    assert weeks.refusal() is None


def test_a_copy_of_a_week_under_another_name_says_nothing_of_the_others(sound):
    weeks = sound.copy()
    weeks.files |= {"2026-W30": sound.files[WEEKS[2]], "2026-W36": sound.files[LAST]}
    assert weeks.refusal() is None


def edited(weeks: Weeks, week: str, name: str, change: Callable[[list[dict]], object]) -> None:
    rows = [json.loads(line) for line in weeks.files[week][name].splitlines()]
    change(rows)
    weeks.files[week][name] = b"".join(map(encoded, rows))


def resigned_from(sound: Weeks, week: str, change: Callable[[Weeks], object]) -> Weeks:
    """Return a chain that its operator made anew from a week on, after a change of its files."""
    weeks = sound.copy()
    change(weeks)
    for at in range(WEEKS.index(week), len(WEEKS)):
        before = weeks.files[WEEKS[at - 1]]["manifest.json"] if at else b""
        link = {"week": WEEKS[at - 1], "manifest_sha256": sha256_hex(before)} if at else None
        weeks.fit(WEEKS[at], lambda m, link=link: m.update(previous=link))
        weeks.sign(WEEKS[at])
    return weeks


def test_an_operator_who_makes_the_chain_anew_cannot_change_what_was_sealed(sound):
    def swap(rows: list[dict]) -> None:
        rows[0]["commitment"], rows[1]["commitment"] = rows[1]["commitment"], rows[0]["commitment"]

    def cases() -> Iterator[Case]:
        for week in WEEKS:
            weeks = resigned_from(
                sound, week, lambda w, week=week: edited(w, week, "sealed.jsonl", swap)
            )
            says = ("as 2026-W3",)
            yield Case(f"commitments of {week} swapped", weeks, says)
            yield Case(
                f"commitments of {week} swapped, pinned", weeks, says, key=sound.old.public_hex
            )
        for at, row in enumerate(map(json.loads, sound.files[LAST]["sealed.jsonl"].splitlines())):
            for week in WEEKS[WEEKS.index(row["first_release"]) : -1]:

                def other(w: Weeks, week: str = week, row: dict = row) -> None:
                    def change(rows: list[dict]) -> None:
                        (one,) = [each for each in rows if each["id"] == row["id"]]
                        one["commitment"] = "0" * 64

                    edited(w, week, "sealed.jsonl", change)

                weeks = resigned_from(sound, week, other)
                says = (f"{row['id']} is not sealed as {week} had sealed it",)
                yield Case(f"carried row {at}, another in {week}", weeks, says)
        (gone,) = map(json.loads, sound.files[LAST]["retired.jsonl"].splitlines())
        for week in WEEKS[WEEKS.index(gone["first_release"]) : -1]:

            def another(w: Weeks, week: str = week) -> None:
                def change(rows: list[dict]) -> None:
                    (one,) = [each for each in rows if each["id"] == gone["id"]]
                    one["commitment"] = "0" * 64

                edited(w, week, "sealed.jsonl", change)

            weeks = resigned_from(sound, week, another)
            says = (f"{gone['id']} is not revealed as {week} had sealed it",)
            yield Case(f"revealed row, another in {week}", weeks, says)

    all_are_refused(cases())


def test_a_question_that_its_first_week_had_not_sealed_is_not_revealed(sound):
    (gone,) = map(json.loads, sound.files[LAST]["retired.jsonl"].splitlines())
    first = gone["first_release"]

    def drop(weeks: Weeks) -> None:
        edited(weeks, first, "sealed.jsonl", lambda rows: rows.remove(
            next(row for row in rows if row["id"] == gone["id"])
        ))  # fmt: skip

    weeks = resigned_from(sound, first, drop)
    assert f"{gone['id']} is not revealed as {first} had sealed it" in (weeks.refusal() or "")
    # That a week between rested it says nothing against it.
    between = WEEKS[WEEKS.index(first) + 1]

    def rest(weeks: Weeks) -> None:
        edited(weeks, between, "sealed.jsonl", lambda rows: rows.remove(
            next(row for row in rows if row["id"] == gone["id"])
        ))  # fmt: skip

    assert resigned_from(sound, between, rest).refusal() is None


def test_a_salt_of_another_length_lends_the_answer_no_bytes(sound):
    def cases() -> Iterator[Case]:
        (row,) = map(json.loads, sound.files[LAST]["retired.jsonl"].splitlines())
        salt, answer = bytes.fromhex(row["salt"]), row["canonical_answer"].encode()
        for length in (*range(32), *range(33, 65)):
            joined = salt + answer
            given = (joined + b" " * 64)[:length]
            rest = joined[length:] if length < len(joined) else b""
            lent = {
                "salt": given.hex(),
                "canonical_answer": rest.decode("latin-1"),
                "commitment": sha256_hex(given + rest.decode("latin-1").encode()),
            }
            weeks = sound.copy()
            edited(weeks, LAST, "retired.jsonl", lambda rows, lent=lent: rows[0].update(lent))
            weeks.fit(LAST)
            weeks.sign(LAST)
            says = ("retired.jsonl: the answer of q_", "malformed")
            yield Case(f"a salt of {length} bytes", weeks, says)

    all_are_refused(cases())
