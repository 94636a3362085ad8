"""Content: the thing an address points at, its snapshots, its previews, and the sources we protect."""
