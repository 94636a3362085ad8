"""The index hub: following, searching, building, merging."""
