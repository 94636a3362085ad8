"""Known answers, each with its origin."""
