"""Texts: one normal form for what reads the same, an exact and a near-duplicate signal over it, keyword sets."""
