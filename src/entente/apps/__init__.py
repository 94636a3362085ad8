"""State: one Django app per capability, in layers (docs/architecture.md)."""
