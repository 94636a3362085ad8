"""Tests of documents pages."""
