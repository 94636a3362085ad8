"""Entente: authorities, platforms and overseers against terrorist content, fast, lawfully, in the open."""

__version__ = "0.1.0"
