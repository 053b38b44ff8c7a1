"""The commands, one file for what belongs together; `table` lists them."""
