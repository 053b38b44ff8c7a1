"""Evidence is stored once, whole, and never given back damaged."""

from __future__ import annotations

import errno
import os

import pytest
import zstandard

from store.captures import BlobStore
from store.durable import drafts_in, sweep_drafts
from store.errors import CaptureDamaged, StoreError
from store.records import sha256_hex

BODY = b"<p>The ferry Wigeon carries 412 passengers.</p>" * 20


@pytest.fixture
def blobs(tmp_path):
    return BlobStore(tmp_path / "captures")


@pytest.mark.parametrize("body", [BODY, b"", b"\x00" * 100_000, bytes(range(256))])
def test_bytes_come_back_as_they_went_in(blobs, body):
    digest = blobs.put(body)
    assert digest == sha256_hex(body)
    assert blobs.get(digest) == body
    assert blobs.path(digest).relative_to(blobs.root).parts == (digest[:2], f"{digest}.zst")


def test_putting_twice_changes_nothing(blobs):
    digest = blobs.put(BODY)
    before = blobs.path(digest).stat()
    assert blobs.put(BODY) == digest
    assert blobs.path(digest).stat() == before


def test_every_flipped_bit_of_a_blob_is_found_or_does_not_matter(blobs):
    digest = blobs.put(BODY)
    whole = blobs.path(digest).read_bytes()
    refused = 0
    for at in range(len(whole)):
        blobs.path(digest).write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        try:
            assert blobs.get(digest) == BODY
        except CaptureDamaged:
            refused += 1
    assert refused > len(whole) * 0.9


def test_what_a_killed_process_left_is_swept_and_what_is_being_written_is_not(blobs):
    blobs.put(BODY)
    with drafts_in(blobs.root) as folder:
        (folder / "left").write_bytes(BODY[:9])
        sweep_drafts(blobs.root)
        assert [path.name for path in folder.iterdir()] == ["left"]
    sweep_drafts(blobs.root)
    assert list(folder.iterdir()) == []
    assert blobs.get(blobs.put(BODY)) == BODY


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        pytest.param(lambda path: path.unlink(), "cannot be read back", id="missing"),
        pytest.param(lambda path: path.write_bytes(b""), "cannot be read back", id="empty"),
        pytest.param(lambda path: path.write_bytes(BODY), "cannot be read back", id="no archive"),
        pytest.param(
            lambda path: path.write_bytes(path.read_bytes()[:-9]), "cannot be read", id="cut"
        ),
        pytest.param(
            lambda path: path.write_bytes(zstandard.compress(b"another page")),
            "does not match its hash",
            id="of another page",
        ),
    ],
)
def test_a_damaged_capture_is_refused_by_name(blobs, damage, why):
    digest = blobs.put(BODY)
    damage(blobs.path(digest))
    with pytest.raises(CaptureDamaged, match=rf"capture {digest[:16]}… {why}"):
        blobs.get(digest)


@pytest.mark.parametrize("name", ["fsync", "replace", "mkdir"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(blobs, monkeypatch, name):
    def full(*args, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as during:
        during.setattr(os, name, full)
        with pytest.raises(StoreError, match="a capture cannot be stored: No space left"):
            blobs.put(BODY)
    assert [path for path in blobs.root.rglob("*") if path.is_file()] == []
    assert blobs.get(blobs.put(BODY)) == BODY


def test_the_bytes_are_on_disk_before_their_name_and_the_name_before_the_answer(blobs, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *a, real=real, name=name: (calls.append(name), real(*a))[1]
        )
    blobs.put(BODY)
    folders, file = ["fsync"] * 2, ["fsync", "replace", "fsync"]
    assert calls == folders + file
