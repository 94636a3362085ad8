"""Banks: curated sets of signals with an owner, a basis and a policy, the exchanges that fill them, and their history."""
