"""Django registration of the clock room."""

from django.apps import AppConfig
from typing_extensions import override


class DeadlinesConfig(AppConfig):
    """Deadlines, alarms, the on-call rota."""

    name = "entente.apps.deadlines"
    label = "deadlines"

    @override
    def ready(self) -> None:
        """Answer for what does not arrive: the next person for a page, who is on call for anything else; and for leavers."""
        from entente.apps.deadlines.services import paging, rota, sweeping
        from entente.apps.deadlines.services.running import PAGE_PURPOSE
        from entente.apps.deliveries.registries import ANY_PURPOSE, delivery_failing
        from entente.apps.parties.registries import person_leaving

        delivery_failing.register(PAGE_PURPOSE, sweeping.escalate_now)
        delivery_failing.register(ANY_PURPOSE, paging.wake_about_delivery)
        person_leaving.register("deadlines", rota.ShiftsOfALeaver())
