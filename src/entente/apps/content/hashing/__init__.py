"""Signals of what strangers sent: computed by a pool of confined processes, never by the one that asks.

`pool.HashingPool` is the door. What decodes (`confined`) is imported in those processes alone.
"""
