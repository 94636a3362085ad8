"""The room of banks."""
