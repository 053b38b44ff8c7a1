"""Bodies are inflated one layer deep and never past their limit."""

from __future__ import annotations

import contextlib
import gzip
import tarfile
import tracemalloc
import zlib

import pytest

from scrapers.inflate import BodyRefused, Inflater
from tests.corpora import corpus


def inflate(body: bytes, encoding: str, limit: int = 100_000, step: int = 7) -> bytes:
    inflater = Inflater(encoding, limit)
    for start in range(0, len(body), step):
        inflater.feed(body[start : start + step])
    return inflater.body()


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        pytest.param("", bytes, id="as it is"),
        pytest.param("identity", bytes, id="identity"),
        pytest.param("gzip", gzip.compress, id="gzip"),
        pytest.param("X-GZip", gzip.compress, id="x-gzip in any case"),
        pytest.param("deflate", zlib.compress, id="deflate by the RFC"),
        pytest.param("deflate", raw_deflate, id="deflate by habit"),
        pytest.param("gzip", lambda b: gzip.compress(b[:9]) + gzip.compress(b[9:]), id="members"),
        pytest.param("gzip", lambda b: gzip.compress(b) + b"\0" * 40, id="zeros behind the end"),
    ],
)
def test_a_body_comes_out_whole(encoding, pack):
    text = b"The council approved a budget. " * 50
    assert inflate(pack(text), encoding) == text


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate, gzip", "compress"])
def test_other_encodings_and_second_layers_are_refused(encoding):
    with pytest.raises(BodyRefused, match="is not read"):
        Inflater(encoding, 1000)


def test_a_bomb_is_refused_in_little_memory():
    bomb = gzip.compress(bytes(64 << 20), 9)
    tracemalloc.start()
    with pytest.raises(BodyRefused, match="inflates past 100000 bytes"):
        inflate(bomb, "gzip", step=len(bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 << 20


def test_a_body_that_just_fits_is_taken_and_one_byte_more_is_not():
    assert len(inflate(gzip.compress(bytes(1000)), "gzip", 1000)) == 1000
    with pytest.raises(BodyRefused):
        inflate(gzip.compress(bytes(1001)), "gzip", 1000)
    with pytest.raises(BodyRefused, match="larger than 1000"):
        inflate(bytes(1001), "", 1000)


def test_a_stream_cut_anywhere_is_refused():
    packed = gzip.compress(b"The council approved a budget. " * 5)
    for length in range(1, len(packed)):
        with pytest.raises(BodyRefused, match="cut short"):
            inflate(packed[:length], "gzip")


def test_many_empty_members_are_refused():
    with pytest.raises(BodyRefused, match="compressed streams"):
        inflate(gzip.compress(b"") * 200, "gzip", step=1000)


def test_the_hostile_bodies_are_refused_or_small():
    with tarfile.open(corpus("data/hostile_bodies.tar.gz")) as files:
        bodies = {
            m.name: files.extractfile(m).read()
            for m in files
            if "compressed/" in m.name and m.isfile()
        }
    assert len(bodies) > 15
    for body in bodies.values():
        for encoding in ("gzip", "deflate"):
            with contextlib.suppress(BodyRefused):
                assert len(inflate(body, encoding, step=4096)) <= 100_000
