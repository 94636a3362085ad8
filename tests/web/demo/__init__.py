"""Tests of demo pages."""
