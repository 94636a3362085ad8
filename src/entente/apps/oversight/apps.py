"""Django registration of oversight."""

from django.apps import AppConfig
from typing_extensions import override


class OversightConfig(AppConfig):
    """Appointments, sealed copies, checks, recommendations."""

    name = "entente.apps.oversight"
    label = "oversight"

    @override
    def ready(self) -> None:
        """Copy every change of the register of authorities to the overseer."""
        from entente.apps.oversight.copying import copy_register_change
        from entente.apps.parties.registries import register_changed

        register_changed.register("oversight", copy_register_change)
