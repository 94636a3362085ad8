"""Django registration of orders, and what they answer for."""

from django.apps import AppConfig
from typing_extensions import override


class OrdersConfig(AppConfig):
    """Removal orders."""

    name = "entente.apps.orders"
    label = "orders"

    @override
    def ready(self) -> None:
        """Answer for effects, the clocks of who was told, and messages settled as orders."""
        from entente.apps.cases.registries import effect_recorded, person_informed
        from entente.apps.deliveries.registries import delivery_arrived, purposes
        from entente.apps.deliveries.schedules import URGENT, Purpose
        from entente.apps.orders import from_arrivals
        from entente.apps.orders.services import effects, reporting

        effect_recorded.register("removal_order", effects.hear_effect)
        person_informed.register("removal_order", effects.start_persons_window)
        for kind in ("feedback", "impossibility"):
            # The answer to an order is owed without undue delay (TCO 3(6)): it is tried as hard as the measure.
            purposes.register(f"answer.{kind}", Purpose(URGENT))
            delivery_arrived.register(f"answer.{kind}", reporting.hear_arrival)
        from_arrivals.register()
