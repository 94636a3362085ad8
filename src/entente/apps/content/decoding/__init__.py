"""Decoding what strangers sent: only in a confined subprocess, only to a small still and a few words."""
