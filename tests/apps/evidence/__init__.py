"""Tests of apps/evidence."""
