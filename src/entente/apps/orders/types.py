"""Values other rooms need to name without importing tables."""

VERIFIED = "verified"
UNVERIFIED = "unverified"
REFUTED = "refuted"
