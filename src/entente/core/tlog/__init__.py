"""Transparency-log values: canonical JSON, leaves, salted commitments, receipts.

Pure: bytes and values in, bytes and values out; usable without Django. Anyone who holds a receipt can verify it
with this package alone, without trusting the instance that gave it.
"""
