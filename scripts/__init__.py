"""Commands, wiring, clock and environment: the only package that sees all the others."""
