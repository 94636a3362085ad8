"""Tests of the clock room."""
