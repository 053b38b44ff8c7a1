"""What is no whole and honest backup is refused, and nothing of it stays."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
from contextlib import closing

import pytest

from store.database import HEAD
from store.errors import BackupError, StoreError
from tests.store.backups.archives import (
    LISTING,
    Disposable,
    change,
    closed,
    everything,
    members_of,
    put,
    write_archive,
)


def negative_size(tar):
    """Add a header whose size sends Python's own `getmembers` round for ever."""
    entry = tarfile.TarInfo("releases/2026-W01/x")
    header = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 10 + (-512 & 0xFFFF).to_bytes(2, "big")
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    tar.fileobj.write(header)
    tar.offset += len(header)


def added(name, body=b"x", **fields):
    return lambda tar: put(tar, name, body, **fields)


@pytest.mark.parametrize(
    ("more", "match"),
    [
        pytest.param(added("/etc/cron.d/x"), "member that no backup has: '/etc", id="absolute"),
        pytest.param(added("../x"), r"no backup has: '\.\./x'", id="above the home"),
        pytest.param(added("keys/../../x"), "no backup has", id="above, by way of keys"),
        pytest.param(added("releases/2026-W33/../../unseen.db"), "no backup has", id="sideways"),
        pytest.param(added("keys/a\\..\\b"), "no backup has", id="backslashes"),
        pytest.param(added("keys/.ssh"), "no backup has", id="a hidden name"),
        pytest.param(added("unseen.db"), "no backup has", id="a database by its own name"),
        pytest.param(added("locks/line/x"), "no backup has", id="another folder"),
        pytest.param(added("sources.toml\n"), "no backup has", id="a line end in a name"),
        pytest.param(added("ключ.toml"), "no backup has", id="letters that look alike"),
        pytest.param(added("keys/" + "a" * 300 + "/b"), "no backup has", id="a deep, long name"),
        pytest.param(added(f"captures/ab/{'c' * 64}.zst"), "no backup has", id="a wrong shelf"),
        pytest.param(
            added("keys/seal.key2", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
            "keys/seal.key2 is no plain file",
            id="a symbolic link",
        ),
        pytest.param(
            added("keys/k", b"", type=tarfile.LNKTYPE, linkname="keys/seal.key"),
            "keys/k is no plain file",
            id="a hard link",
        ),
        pytest.param(added("keys/k", b"", type=tarfile.DIRTYPE), "no plain file", id="a folder"),
        pytest.param(added("keys/k", b"", type=tarfile.FIFOTYPE), "no plain file", id="a pipe"),
        pytest.param(added("keys/k", b"", type=tarfile.CHRTYPE), "no plain file", id="a device"),
        pytest.param(added("keys/k", b"", type=b"S"), "no plain|cut off or", id="a sparse file"),
        pytest.param(added("keys/k", b"", type=b"Z"), "no plain file", id="an unknown kind"),
        pytest.param(negative_size, "no plain file|cut off or damaged", id="a negative size"),
        pytest.param(added("keys/k"), "does not name its keys/k", id="a file nobody listed"),
        pytest.param(added("sources.toml"), "has sources.toml twice", id="a file twice"),
        pytest.param(added(LISTING, b"{}"), f"has {LISTING} twice", id="two listings"),
    ],
)
def test_a_member_that_no_backup_has_is_refused(honest, into, tmp_path, more, match):
    file = tmp_path / "hostile.tar"
    write_archive(file, members_of(honest), more=more)
    into.refuses(file, match)


def test_a_header_that_renames_what_follows_is_refused(honest, into, tmp_path):
    file = tmp_path / "hostile.tar"

    def pax(tar):
        entry = tarfile.TarInfo("keys/k")
        entry.pax_headers = {"comment": "x"}
        tar.addfile(entry, io.BytesIO())

    write_archive(file, members_of(honest), more=pax, form=tarfile.PAX_FORMAT)
    into.refuses(file, "keys/k is no plain file")


def of_first(name, value):
    def to(table):
        table["members"][0][name] = value

    return to


@pytest.mark.parametrize(
    ("listing", "match"),
    [
        pytest.param(
            change("format", "unseen-backup/2"),
            "of the format 'unseen-backup/2', and this program reads unseen-backup/1",
            id="another format",
        ),
        pytest.param(
            change("schema_revision", "9999"),
            "schema 9999, which is newer than this program",
            id="a newer schema",
        ),
        pytest.param(change("schema_revision", "0001"), f"schema {HEAD}, not 0001", id="a lie"),
        pytest.param(change("dialect", "postgresql"), "does not hold one database", id="a dialect"),
        pytest.param(change("dialect", "oracle"), "malformed", id="an unknown dialect"),
        pytest.param(change("created_at", "yesterday"), "malformed", id="no time"),
        pytest.param(change("also", 1), "malformed", id="one key more"),
        pytest.param(change("members", []), "does not name its ", id="an empty list"),
        pytest.param(of_first("bytes", -1), "malformed", id="a negative size"),
        pytest.param(of_first("bytes", 3), "has another size than", id="another size"),
        pytest.param(of_first("sha256", "0" * 64), "is not as it was written", id="another hash"),
        pytest.param(of_first("name", "keys/gone"), "lacks keys/gone, which", id="another name"),
        pytest.param(
            lambda table: table["members"].append(table["members"][0]),
            "names a file twice",
            id="a file twice",
        ),
    ],
)
def test_a_listing_that_is_not_true_is_refused(honest, into, tmp_path, listing, match):
    file = tmp_path / "hostile.tar"
    write_archive(file, members_of(honest), listing=listing)
    into.refuses(file, match)


@pytest.mark.parametrize(
    ("body", "match"),
    [
        pytest.param(b"", "is not JSON", id="nothing"),
        pytest.param(b"[]", "is not JSON", id="a list"),
        pytest.param(b"[" * 100_000, "is not JSON", id="deep nesting"),
        pytest.param(b"\xff\xfe", "is not JSON", id="no text"),
        pytest.param(b"{}", "of the format 'None'", id="an empty object"),
        pytest.param(b'{"format": "unseen-backup/1"}', "not as it was written", id="no hash"),
        pytest.param(closed({"format": "unseen-backup/1"}), "malformed", id="no list"),
        pytest.param(
            b'{"format": "unseen-backup/1", "n": 1e400, "sha256": ""}', "malformed", id="infinity"
        ),
    ],
)
def test_a_listing_that_is_none_is_refused(honest, into, tmp_path, body, match):
    file = tmp_path / "hostile.tar"
    with tarfile.open(file, "w") as tar:
        for name, content in (members_of(honest) | {LISTING: body}).items():
            put(tar, name, content)
    into.refuses(file, match)


def test_a_listing_that_was_edited_by_hand_is_refused(honest, into, tmp_path):
    file, body = tmp_path / "edited.tar", honest.read_bytes()
    file.write_bytes(body.replace(b'"2026-08-25T06:00:00Z"', b'"2026-08-26T06:00:00Z"'))
    into.refuses(file, "backup.json is not as it was written")


@pytest.mark.parametrize(
    ("body", "match"),
    [
        pytest.param(b"", "it is no backup of Unseen", id="an empty file"),
        pytest.param(b"\0" * 10_240, "cut off, or no backup of Unseen", id="zeros"),
        pytest.param(b"not a tar at all" * 640, "it is no backup of Unseen", id="text"),
        pytest.param(random.Random(1).randbytes(4_096), "it is no backup", id="noise"),
    ],
)
def test_what_is_no_archive_is_refused(into, tmp_path, body, match):
    file = tmp_path / "x.tar"
    file.write_bytes(body)
    into.refuses(file, match)


def test_a_compressed_archive_is_refused(honest, into, tmp_path):
    file = tmp_path / "house.tar.gz"
    file.write_bytes(gzip.compress(honest.read_bytes()))
    into.refuses(file, "it is no backup of Unseen")


def test_a_database_that_is_none_is_refused(honest, into, tmp_path):
    file, members = tmp_path / "x.tar", members_of(honest)
    write_archive(file, members | {"database.sqlite": b"no database" * 400})
    into.refuses(file, "the database cannot be read: file is not a database")
    whole = members["database.sqlite"]
    write_archive(file, members | {"database.sqlite": whole[: len(whole) // 2]})
    into.refuses(file, "the database (is damaged|cannot be read)")
    write_archive(file, members | {"database.pgdump": b"PGDMP"})
    into.refuses(file, "does not hold one database")


REFUSED = (BackupError, StoreError)

# --- archives that chance has changed -------------------------------------------------------


def test_an_archive_that_was_cut_off_is_refused(honest, into, tmp_path):
    whole, chosen = honest.read_bytes(), random.Random(15)
    # The zeros at its end are padding; all before is needed.
    needed = len(whole.rstrip(b"\0"))
    for length in [*range(0, needed, 8_192), *(chosen.randrange(needed) for _ in range(100))]:
        file = tmp_path / "cut.tar"
        file.write_bytes(whole[:length])
        into.refuses(file, "cut off|no backup of Unseen|not JSON")


def flip(number, honest, tmp_path, seed):
    """Flip one bit in each of many copies; each is refused, or restores to the very same."""
    whole, chosen = honest.read_bytes(), random.Random(seed)
    with tarfile.open(honest) as tar:
        headers = [member.offset for member in tar.getmembers()]
        last = tar.getmember(LISTING)
    places = {
        "anywhere": lambda: chosen.randrange(len(whole)),
        "header": lambda: chosen.choice(headers) + chosen.randrange(512),
        "listing": lambda: last.offset_data + chosen.randrange(last.size),
    }
    wanted, harmless = None, 0
    for one in range(number):
        place = places[("anywhere", "header", "listing")[one % 3]]()
        body = bytearray(whole)
        body[place] ^= 1 << chosen.randrange(8)
        file, home = tmp_path / "flipped.tar", tmp_path / f"home-{one}"
        file.write_bytes(body)
        with closing(Disposable(home)) as into:
            try:
                into(file)
            except REFUSED:
                assert everything(home) == {}, place
                continue
        harmless += 1
        if wanted is None:
            with closing(Disposable(tmp_path / "wanted")) as into:
                into(honest)
            wanted = everything(tmp_path / "wanted")
        assert everything(home) == wanted, place
    return harmless


def test_a_flipped_bit_is_refused_or_did_no_harm(honest, tmp_path):
    assert flip(150, honest, tmp_path, 15) < 50


@pytest.mark.long
def test_three_thousand_flipped_bits_are_refused_or_did_no_harm(honest, tmp_path):
    assert flip(3_000, honest, tmp_path, 16) < 1_000
