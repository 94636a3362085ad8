"""Who takes part: the people of this instance, the authorities it knows, its machine clients, the host itself."""
