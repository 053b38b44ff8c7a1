"""What a week takes, carries on, seals and lets go; pure, the same on every machine."""
