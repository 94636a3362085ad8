"""The doors of /hma, asked by a client that was written from the peer's interface and knows a base address alone."""
