"""The Merkle tree gives the roots of RFC 6962's reference code, and its proofs hold or do not."""

from __future__ import annotations

import pytest

from store.releases.merkle import inclusion_proof, leaf_hash, node_hash, root, verify_inclusion

#: The eight inputs and roots that the Certificate Transparency reference code is tested with.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
#: The reference code's proofs: (entry, size, hashes nearest first).
PROOFS = [
    (0, 1, []),
    (0, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (1, 5, [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
    (5, 8, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
]  # fmt: skip
SIZES = range(1, 21)


def entries(size):
    return [f"entry {number}".encode() for number in range(size)]


def test_of_nothing_the_root_is_the_hash_of_nothing():
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_reference_code(size):
    assert root(INPUTS[:size]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size", "hashes"), PROOFS)
def test_the_proofs_are_those_of_the_reference_code(index, size, hashes):
    assert [part.hex() for part in inclusion_proof(INPUTS[:size], index)] == hashes


def test_the_tree_of_seven_is_the_one_that_rfc_9162_draws():
    # RFC 9162 §2.1.5: the names of the nodes are those of its drawing.
    leaves = entries(7)
    a, b, c, d, e, f, j = map(leaf_hash, leaves)
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, last = node_hash(g, h), node_hash(i, j)
    assert root(leaves) == node_hash(k, last)
    drawn = {0: [b, h, last], 3: [c, g, last], 4: [f, j, k], 6: [i, k]}
    assert {at: inclusion_proof(leaves, at) for at in drawn} == drawn


@pytest.mark.parametrize("size", SIZES)
def test_every_entry_is_proved_and_only_where_it_stands(size):
    leaves, top = entries(size), root(entries(size))
    for index, entry in enumerate(leaves):
        proof = inclusion_proof(leaves, index)
        assert verify_inclusion(entry, index, size, proof, top)
        for other in range(size):
            if other != index:
                assert not verify_inclusion(entry, other, size, proof, top)


@pytest.mark.parametrize("size", SIZES)
def test_an_altered_proof_does_not_hold(size):
    leaves, top = entries(size), root(entries(size))
    for index, entry in enumerate(leaves):
        proof = inclusion_proof(leaves, index)
        wrong = [[*proof, bytes(32)], [bytes(32), *proof]]
        wrong += [proof[:-1], proof[1:]] if proof else []
        wrong += [
            [*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :]]
            for at in range(len(proof))
        ]
        wrong += [proof[::-1]] if proof[::-1] != proof else []
        for altered in wrong:
            assert not verify_inclusion(entry, index, size, altered, top)
        assert not verify_inclusion(entry + b"!", index, size, proof, top)
        assert not verify_inclusion(entry, index, size, proof, leaf_hash(top))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_an_entry_that_is_not_there(index, size):
    with pytest.raises(IndexError, match=f"entry {index} of {size}"):
        inclusion_proof(entries(size), index)
    assert not verify_inclusion(b"", index, size, [], root([]))


def test_a_node_cannot_be_passed_off_as_an_entry():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert root([left + right]) != root([b"a", b"b"])
