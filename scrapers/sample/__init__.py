"""The built-in sample site: our own dated articles, served on loopback, read by the real path."""
