"""Addresses: read as browsers read them, written in one way, matched by address, host, start of the path, or digest."""
