"""Exchanging signals: the formats they are written in, the feeds they come from, what changed between two readings.

Pure: bytes and values in, values out; no network, no database, no clock. `formats` reads and writes whole documents,
`feeds` says what to ask a partner next and reads the answers, `deltas` finds what a partner no longer lists.
"""
