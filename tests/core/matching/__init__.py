"""Tests of the indexes: equal to brute force, whole or refused, killed at any point."""
