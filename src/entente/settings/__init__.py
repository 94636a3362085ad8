"""Django settings, computed from the typed configuration."""
