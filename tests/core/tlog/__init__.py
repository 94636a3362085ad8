"""Tests of the transparency log values."""
