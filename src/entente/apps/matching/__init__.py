"""Known content is recognised: checks, matches, what a match leads to. A match is never a verdict."""
