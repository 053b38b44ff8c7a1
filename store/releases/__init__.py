"""Releases: rows, Merkle tree, signature, publishing and verifying."""
