"""Django registration of the spine, and what it answers for."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import AppConfig
from typing_extensions import override

from entente.apps.kernel.jsontypes import JSONValue

if TYPE_CHECKING:
    from entente.apps.deliveries.models import Delivery


class CasesConfig(AppConfig):
    """Cases, decisions, actions."""

    name = "entente.apps.cases"
    label = "cases"

    @override
    def ready(self) -> None:
        """Answer for the measures of a platform, for acknowledged deliveries and for changed deadlines."""
        from entente.apps.cases import platform
        from entente.apps.cases.models.decision import RESTRICTIONS
        from entente.apps.cases.registries import action_handlers
        from entente.apps.cases.services import acting, opening, telling
        from entente.apps.deadlines.registries import next_due_changed
        from entente.apps.deliveries.registries import delivery_acknowledged, delivery_arrived
        from entente.apps.parties.registries import person_leaving

        for kind in RESTRICTIONS:
            action_handlers.register(kind.value, platform.HANDLER)
        next_due_changed.register("cases", opening.refresh_due)
        person_leaving.register("cases", opening.OpenCases())

        def acknowledged(delivery: "Delivery", at: datetime, facts: Mapping[str, JSONValue]) -> None:
            acting.hear_platform(delivery.subject_id, facts, at, about=delivery.purpose)

        delivery_acknowledged.register("action.apply", acknowledged)
        delivery_acknowledged.register("action.undo", acknowledged)
        delivery_acknowledged.register(telling.PURPOSE, telling.hear_answer)
        delivery_arrived.register(telling.PURPOSE, telling.hear_arrival)
