"""Backups: one archive of what a home cannot make again, and the way back into an empty home."""
