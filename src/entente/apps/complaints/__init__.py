"""Complaints against the host's own decisions, and challenges by the person affected by an order."""
