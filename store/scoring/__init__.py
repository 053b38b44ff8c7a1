"""What counts as right (`answers`, one small file a kind) and what the scores mean; pure."""
