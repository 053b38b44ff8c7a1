"""Whoever changes published weeks, by whatever means, is refused by both verifiers alike.

The chain is of five weeks whose house replaced both its keys. Every case is shown to `unseen
verify`, which must name the file or the cause, and to the verifier that is one file, which must
refuse, too. Here bytes, files, rows and manifests; chains are in `test_tampered_chains`.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest
import rfc8785

from tests.store.chains import FIRST, LAST, SIGNED_ANEW, WEEKS, Weeks
from tests.store.tampering import Case, all_are_refused, changed, encoded

ALL_FILES = (
    "README.md", "manifest.json", "manifest.sig", "provenance.jsonl", "questions.jsonl",
    "questions.parquet", "retired.jsonl", "sealed.jsonl",
)  # fmt: skip
ROWS = ("questions.jsonl", "sealed.jsonl", "provenance.jsonl", "retired.jsonl")
#: Small enough that each of their bytes is flipped in the campaign.
SMALL = ("manifest.json", "manifest.sig", "sealed.jsonl", "retired.jsonl")
#: What of an earlier week is read: its sealed rows, because the last week carries some of them on.
READ_OF_EARLIER = ("manifest.json", "manifest.sig", "sealed.jsonl")
#: Flips of a file in the normal run, and of a large one in the campaign.
FLIPS, MANY_FLIPS = 16, 300


def flipped(body: bytes, at: int, bit: int) -> bytes:
    return body[:at] + bytes([body[at] ^ (1 << bit)]) + body[at + 1 :]


def flips(sound: Weeks, week: str, name: str, at: Sequence[int]) -> Iterator[Case]:
    body = sound.files[week][name]
    chosen = random.Random(f"{week}/{name}")  # The same bits on every machine.
    for place in at:
        bit = chosen.randrange(8)
        weeks = changed(sound, week, name, flipped(body, place, bit))
        # Whose manifest is another, the chain says, is not the week that was signed for.
        says = (name,) if week == LAST else (f"{week}/{name}", f"{week} is not the one")
        yield Case(f"bit {bit} of byte {place} of {week}/{name} flipped", weeks, says)


def some_of(sound: Weeks, week: str, name: str, count: int) -> list[int]:
    size = len(sound.files[week][name])
    chosen = random.Random(f"places of {week}/{name}")
    return sorted({*chosen.sample(range(size), min(count, size)), *([size - 1] if size else [])})


@pytest.mark.parametrize("name", ALL_FILES)
def test_a_flipped_bit_is_found_and_its_file_named(sound, name):
    all_are_refused(flips(sound, LAST, name, some_of(sound, LAST, name, FLIPS)))


@pytest.mark.parametrize("week", WEEKS[:-1])
def test_a_flipped_bit_of_an_earlier_week_is_found(sound, week):
    all_are_refused(
        case
        for name in READ_OF_EARLIER
        for case in flips(sound, week, name, some_of(sound, week, name, FLIPS))
    )


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL)
def test_every_byte_of_a_small_file_counts(sound, name):
    all_are_refused(flips(sound, LAST, name, range(len(sound.files[LAST][name]))))


@pytest.mark.long
@pytest.mark.parametrize("week", WEEKS[:-1])
@pytest.mark.parametrize("name", READ_OF_EARLIER)
def test_every_byte_of_an_earlier_week_s_small_file_counts(sound, week, name):
    all_are_refused(flips(sound, week, name, range(len(sound.files[week][name]))))


@pytest.mark.long
@pytest.mark.parametrize("name", sorted({*ALL_FILES} - {*SMALL}))
def test_a_flipped_bit_of_a_large_file_is_found_wherever_it_is(sound, name):
    all_are_refused(flips(sound, LAST, name, some_of(sound, LAST, name, MANY_FLIPS)))


#: What may become of any file's bytes.
BYTES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda body: b"",
    "cut in half": lambda body: body[: len(body) // 2],
    "cut by its last byte": lambda body: body[:-1],
    "given a line end more": lambda body: body + b"\n",
    "given a space more": lambda body: body + b" ",
    "given a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "doubled": lambda body: body + body,
    "given other line ends": lambda body: body.replace(b"\n", b"\r\n"),
    "put in capitals": lambda body: body.upper(),
    "given hashes in capitals": lambda body: capital_hex(body),
    "put in UTF-16": lambda body: body.decode("latin-1").encode("utf-16"),
    "reversed": lambda body: body[::-1],
}


def capital_hex(body: bytes) -> bytes:
    """Return a body whose first 64 hex digits in a row are in capitals."""
    for at in range(len(body) - 63):
        part = body[at : at + 64]
        if part.upper() != part and all(byte in b"0123456789abcdef" for byte in part):
            return body[:at] + part.upper() + body[at + 64 :]
    return body


def test_a_file_of_other_bytes_is_named(sound):
    def cases() -> Iterator[Case]:
        for name in ALL_FILES:
            for what, change in BYTES.items():
                body = change(sound.files[LAST][name])
                if body != sound.files[LAST][name]:
                    yield Case(f"{name} {what}", changed(sound, LAST, name, body), (name,))

    all_are_refused(cases())


def test_a_missing_file_is_named(sound):
    def cases() -> Iterator[Case]:
        for name in ALL_FILES:
            weeks = sound.copy()
            del weeks.files[LAST][name]
            yield Case(f"{name} missing", weeks, (f"{name} is missing or cannot be read",))
        for week in WEEKS[:-1]:
            for name in ("manifest.sig", "sealed.jsonl"):
                weeks = sound.copy()
                del weeks.files[week][name]
                yield Case(f"{week}/{name} missing", weeks, (f"{week}/{name} is missing",))

    all_are_refused(cases())


def test_a_file_of_another_week_is_named(sound):
    def cases() -> Iterator[Case]:
        for week in WEEKS[:-1]:
            for name in ALL_FILES:
                body = sound.files[week][name]
                if body != sound.files[LAST][name]:
                    # An older manifest is whole in itself: its signature is what does not fit.
                    says = "manifest.sig" if name.startswith("manifest") else name
                    weeks = changed(sound, LAST, name, body)
                    yield Case(f"{name} of {week} in {LAST}", weeks, (says,))
            for name in READ_OF_EARLIER:
                weeks = changed(sound, week, name, sound.files[LAST][name])
                yield Case(f"{name} of {LAST} in {week}", weeks, (f"{week}/{name}", f"{week} is"))

    all_are_refused(cases())


Lines = list[bytes]


def row_changes(lines: Lines, strange: bytes) -> Iterator[tuple[str, Lines]]:
    """Yield every way in which rows are dropped, added, repeated, moved or written otherwise."""
    for at, line in enumerate(lines):
        yield f"row {at} dropped", lines[:at] + lines[at + 1 :]
        yield f"row {at} twice", lines[: at + 1] + lines[at:]
        row = json.loads(line)
        yield f"a key added to row {at}", [*lines[:at], encoded(row | {"new": 1}), *lines[at + 1 :]]
        for key in row:
            less = {name: value for name, value in row.items() if name != key}
            yield f"{key} dropped from row {at}", [*lines[:at], encoded(less), *lines[at + 1 :]]
        for what, text in SPELT.items():
            odd = text.replace(b"ROW", line.rstrip(b"\n")[1:-1])
            yield f"row {at} with {what}", [*lines[:at], odd + b"\n", *lines[at + 1 :]]
    for at, (one, two) in enumerate(pairwise(lines)):
        yield f"rows {at} and {at + 1} in another order", [
            *lines[:at], two, one, *lines[at + 2 :]
        ]  # fmt: skip
    yield "a row of another week added", [*lines, strange]
    yield "a row of nothing added", [*lines, b"{}\n"]
    yield "an empty line added", [*lines, b"\n"]
    yield "a number as a row", [*lines, b"1\n"]


#: Rows that parsers of JSON disagree about.
SPELT = {
    "a key twice": b'{"id":"q_0000000000000000",ROW}',
    "NaN in it": b'{"x":NaN,ROW}',
    "an infinite number": b'{"x":1e999,ROW}',
    "minus zero": b'{"x":-0.0,ROW}',
    "a number that no float holds": b'{"x":9007199254740993,ROW}',
    "a number of a million digits": b'{"x":1' + b"0" * 1_000_000 + b",ROW}",
    "half a character": b'{"x":"\\ud800",ROW}',
    "lists in lists": b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b",ROW}",
    "a tail": b"{ROW}{}",
    "an order mark": b"\xef\xbb\xbf{ROW}",
    "no text": b"\xff{ROW}",
}


def ruined_rows(sound: Weeks, few: bool) -> Iterator[tuple[str, str, bytes]]:
    """Yield (what, file, its new bytes) for every change of rows; a sixth of them where few."""
    for name in ROWS:
        lines = sound.files[LAST][name].splitlines(keepends=True)
        strange = sound.files[SIGNED_ANEW][name].splitlines(keepends=True)[0]
        for number, (what, rows) in enumerate(row_changes(lines, strange)):
            if few and number % 6 != len(name) % 6:
                continue
            yield f"{name}: {what}", name, b"".join(rows)


def rows_unsigned(sound: Weeks, few: bool) -> Iterator[Case]:
    for what, name, body in ruined_rows(sound, few):
        weeks = changed(sound, LAST, name, body)
        yield Case(what, weeks, (f"{name} is not the file that was signed",))
        weeks = weeks.copy()
        weeks.fit(LAST)
        yield Case(f"{what}, hashes made to fit", weeks, ("manifest.sig is not a signature",))


def rows_by_a_stranger(sound: Weeks, few: bool) -> Iterator[Case]:
    for what, name, body in ruined_rows(sound, few):
        weeks = changed(sound, LAST, name, body).copy()
        weeks.sign_by_stranger(LAST)
        what = f"{what}, signed by a stranger"
        yield Case(what, weeks, ("manifest.sig is not a signature",), key=sound.new.public_hex)
        says = ("not of the line of keys", "malformed", "retired.jsonl", "the questions do not")
        yield Case(f"{what}, no key pinned", weeks, says)


def test_changed_rows_are_found_whatever_is_made_to_fit(sound):
    all_are_refused(rows_unsigned(sound, few=True))
    all_are_refused(rows_by_a_stranger(sound, few=True))


@pytest.mark.long
def test_every_change_of_every_row_is_found(sound):
    all_are_refused(rows_unsigned(sound, few=False))
    all_are_refused(rows_by_a_stranger(sound, few=False))


def agree_on_what_its_operator_signs(sound: Weeks, few: bool) -> None:
    """An operator may sign another week with other rows; the two verifiers judge it alike."""
    refused = accepted = 0
    for _, name, body in ruined_rows(sound, few):
        weeks = changed(sound, LAST, name, body).copy()
        weeks.fit(LAST)
        weeks.sign(LAST)
        if weeks.refusal() is None:
            accepted += 1
        else:
            refused += 1
    assert refused and accepted
    sys.stdout.write(f"signed by the operator: {refused} refused, {accepted} accepted, alike\n")


def test_both_verifiers_judge_alike_what_the_operator_signed(sound):
    agree_on_what_its_operator_signs(sound, few=True)


@pytest.mark.long
def test_both_verifiers_judge_alike_whatever_the_operator_signed(sound):
    agree_on_what_its_operator_signs(sound, few=False)


#: Manifests that no parser should be led astray by.
MANIFESTS = {
    "not text": b"\xff\xfe{",
    "half JSON": b"{",
    "lists in lists": b"[" * 100_000,
    "closed lists in lists": b"[" * 100_000 + b"]" * 100_000,
    "objects in objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "not a number": b'{"a":NaN}',
    "an infinite number": b'{"a":Infinity}',
    "a number past all floats": b'{"a":1e999}',
    "a number of a million digits": b'{"a":1' + b"0" * 1_000_000 + b"}",
    "a fraction of a million digits": b'{"a":0.' + b"1" * 1_000_000 + b"}",
    "an integer that no float holds": b'{"a":9007199254740993}',
    "half a character": b'{"a":"\\ud800"}',
    "half a character as a key": b'{"\\ud800":1}',
    "a list": b"[]",
    "nothing": b"null",
    "a word": b'"unseen-release/1"',
    "another format": b'{"format":"unseen-release/2"}',
    "only its format": b'{"format":"unseen-release/1"}',
    "a key twice": b'{"format":"unseen-release/1","format":"unseen-release/1"}',
}


def test_what_is_no_manifest_is_refused_in_one_sentence_even_when_signed(sound):
    def cases() -> Iterator[Case]:
        for week in (LAST, SIGNED_ANEW, FIRST):
            for what, body in MANIFESTS.items():
                weeks = changed(sound, week, "manifest.json", body)
                says = ("manifest.json", "malformed") if week == LAST else (f"{week}",)
                yield Case(f"{week}: {what}", weeks, says)
                weeks = weeks.copy()
                weeks.sign(week)
                yield Case(f"{week}: {what}, signed", weeks, says)

    all_are_refused(cases())


def manifest_paths(value: object, path: tuple = ()) -> Iterator[tuple]:
    """Yield the way to every value of a manifest."""
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else ()
    members = enumerate(value) if isinstance(value, list) else members
    for name, part in members:
        yield from manifest_paths(part, (*path, name))


#: What a manifest's values are replaced with; the operator signs it.
VALUES: tuple[object, ...] = (None, 0, -1, 1.5, "", "x", [], {}, True, ["x"], {"x": 1}, "é" * 70)


def test_both_verifiers_judge_alike_whatever_a_signed_manifest_says(sound):
    refused = accepted = 0
    for path in manifest_paths(sound.manifest(LAST)):
        for value in (*VALUES, "dropped"):
            weeks = sound.copy()
            manifest = weeks.manifest(LAST)
            place = manifest
            for name in path[:-1]:
                place = place[name]
            if value == "dropped":
                del place[path[-1]]
            else:
                place[path[-1]] = value
            weeks.files[LAST]["manifest.json"] = rfc8785.dumps(manifest)
            weeks.sign(LAST)
            if weeks.refusal(key=sound.old.public_hex) is None:
                accepted += 1
            else:
                refused += 1
    assert refused > accepted > 0
    sys.stdout.write(f"signed manifests: {refused} refused, {accepted} accepted, alike\n")


@pytest.mark.long
def test_random_edits_of_random_files_are_all_refused(sound):
    def cases() -> Iterator[Case]:
        chosen = random.Random(6962)
        for _ in range(2_000):
            name = chosen.choice(ALL_FILES)
            body = sound.files[LAST][name]
            start = chosen.randrange(len(body))
            end = min(len(body), start + chosen.randrange(20))
            put = chosen.randbytes(chosen.randrange(20))
            edit = body[:start] + put + body[end:]
            if edit != body:
                what = f"{name}: bytes {start} to {end} replaced"
                yield Case(what, changed(sound, LAST, name, edit), (name,))

    all_are_refused(cases())
