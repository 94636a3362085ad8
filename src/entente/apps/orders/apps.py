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
        from entente.apps.cases.registries import backgrounds, effect_recorded, person_informed, scrutiny_open
        from entente.apps.deliveries.registries import delivery_arrived, purposes
        from entente.apps.deliveries.schedules import URGENT, Purpose
        from entente.apps.orders import background, from_arrivals
        from entente.apps.orders.services import effects, examining, reporting
        from entente.apps.parties.registries import host_changed, register_changed

        effect_recorded.register("removal_order", effects.hear_effect)
        person_informed.register("removal_order", effects.start_persons_window)
        backgrounds.register("removal_order", background.background_of)
        scrutiny_open.register("removal_order", effects.is_open_to_scrutiny)
        for kind in ("feedback", "impossibility"):
            # The answer to an order is owed without undue delay (TCO 3(6)): it is tried as hard as the measure.
            purposes.register(f"answer.{kind}", Purpose(URGENT))
            delivery_arrived.register(f"answer.{kind}", reporting.hear_arrival)
        delivery_arrived.register("answer.scrutiny_request", reporting.hear_arrival)
        from_arrivals.register()
        register_changed.register("orders", examining.hear_register)
        host_changed.register("orders", examining.hear_host)
