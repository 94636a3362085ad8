"""The suite: mirrors `src/entente`, plus the house rules, end-to-end stories and vectors."""
