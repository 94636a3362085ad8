"""Tests of apps/content."""
