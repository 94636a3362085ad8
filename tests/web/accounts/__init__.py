"""Tests of the account screens."""
