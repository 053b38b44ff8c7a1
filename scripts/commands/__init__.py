"""The commands, one file for what belongs together; `scripts.cli` has the table of them."""
