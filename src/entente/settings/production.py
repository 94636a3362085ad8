"""What `entente serve` runs with."""

from entente.settings.base import *  # noqa: F403
