import numpy as np
import pytest

from generator.nearest import NearestIndex
from store.errors import IndexUnusable


def unit(n, seed=1, dimensions=8):
    vectors = np.random.default_rng(seed).standard_normal((n, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_nearest_are_the_ones_a_full_multiplication_finds():
    vectors, queries = unit(200), unit(20, seed=2)
    scores, positions = NearestIndex.build(vectors).search(queries, 5)
    expected = np.argsort(-(queries @ vectors.T), axis=1)[:, :5]
    assert (positions == expected).all()
    assert scores == pytest.approx(np.take_along_axis(queries @ vectors.T, expected, 1), abs=1e-5)


def test_asking_for_more_than_there_are_gives_what_there_is():
    scores, positions = NearestIndex.build(unit(3)).search(unit(2, seed=2), 10)
    assert scores.shape == positions.shape == (2, 3)


def test_joined_indexes_keep_their_order():
    first, second = unit(4), unit(3, seed=2)
    joined = NearestIndex.join([NearestIndex.build(first), NearestIndex.build(second)], 8)
    assert (joined.vectors(range(7)) == np.vstack([first, second])).all()


def test_a_saved_index_comes_back(tmp_path):
    vectors = unit(10)
    NearestIndex.build(vectors).save(tmp_path / "a.faiss")
    assert (NearestIndex.load(tmp_path / "a.faiss").vectors(range(10)) == vectors).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.faiss", "a.faiss.sha256"]


@pytest.mark.parametrize("damage", ["flip", "cut", "missing", "unsigned"])
def test_a_damaged_index_is_not_read(tmp_path, damage):
    path = tmp_path / "a.faiss"
    NearestIndex.build(unit(10)).save(path)
    body = path.read_bytes()
    if damage == "flip":
        path.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    elif damage == "cut":
        path.write_bytes(body[:-20])
    elif damage == "missing":
        path.unlink()
    else:
        (tmp_path / "a.faiss.sha256").unlink()
    with pytest.raises(IndexUnusable, match=r"the index file a\.faiss"):
        NearestIndex.load(path)
