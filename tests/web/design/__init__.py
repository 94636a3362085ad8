"""Tests of the visual system."""
