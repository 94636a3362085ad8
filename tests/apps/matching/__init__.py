"""Tests of the room of matches."""
