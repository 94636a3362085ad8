"""Formats, feeds and deltas of exchanged signals: round trips, hostile documents, partners that lie."""
