"""Tests of `entente hash`, `check`, `scan` and `banks`."""
