"""Signals: representations of pictures, videos, texts, addresses and files that can be matched.

Pure: bytes, arrays and paths in, values out; usable without Django.
"""
