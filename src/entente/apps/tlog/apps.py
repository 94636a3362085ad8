"""Django registration of the public log's leaves."""

from django.apps import AppConfig
from typing_extensions import override


class TlogConfig(AppConfig):
    """Pending leaves, their salts, receipts."""

    name = "entente.apps.tlog"
    label = "tlog"

    @override
    def ready(self) -> None:
        """State every change of the register of authorities."""
        from entente.apps.parties.registries import register_changed
        from entente.apps.tlog.register import state_change

        register_changed.register("tlog", state_change)
