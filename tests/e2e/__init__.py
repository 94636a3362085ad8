"""The program as people use it, in a real browser or through its doors."""
