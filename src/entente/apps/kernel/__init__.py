"""Ground floor: ids, clock, errors, keys, configuration, registries; no domain nouns."""
