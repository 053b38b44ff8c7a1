"""Releases: rows, Merkle tree, signature, publishing and verifying."""

#: The two files every release has beside those its manifest lists; named here so that a reader
#: of releases needs neither Parquet nor keys to know them.
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
