"""Faults at every point where a week writes: what the disk refuses, and what is killed there."""
