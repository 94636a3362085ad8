"""Tests of the public log's leaves."""
