"""Django registration of arrivals."""

from django.apps import AppConfig
from typing_extensions import override


class ArrivalsConfig(AppConfig):
    """Messages before they are anything."""

    name = "entente.apps.arrivals"
    label = "arrivals"

    @override
    def ready(self) -> None:
        """Answer for the kinds that need no room of their own yet."""
        from entente.apps.arrivals import plain_cases

        plain_cases.register()
