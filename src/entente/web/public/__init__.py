"""Pages for everyone: reporting, following, the letter to the person affected, why an address is closed."""
