"""Tests of apps/kernel."""
