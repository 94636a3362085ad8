"""Signals: what each type takes, refuses and calls near; pictures and videos are made on the spot."""
