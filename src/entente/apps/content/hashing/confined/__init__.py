"""What runs in processes of its own: the nursery, which loads everything once, and the workers forked from it."""
