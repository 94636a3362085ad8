"""Deadlines: the one clock room. What runs, until when, who was woken, who is on call."""
