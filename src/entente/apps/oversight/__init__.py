"""Oversight: what an independent person may see, said, and was answered. It knows no other domain model."""
