"""Signing in, people, machine clients, the register of authorities and the host's profile, as screens."""
