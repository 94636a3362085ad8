"""The internal, append-only record of who did what; not the public log."""
