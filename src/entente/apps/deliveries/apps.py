"""Django registration of the outbox."""

from django.apps import AppConfig
from typing_extensions import override


class DeliveriesConfig(AppConfig):
    """Webhooks, mail and pages; the transports register here."""

    name = "entente.apps.deliveries"
    label = "deliveries"

    @override
    def ready(self) -> None:
        """Register the transports and the endpoints this room knows by itself."""
        from entente.apps.deliveries import endpoints, registries
        from entente.apps.deliveries.transports import mail, page, webhook

        registries.transports.register("webhook", webhook.TRANSPORT)
        registries.transports.register("mail", mail.TRANSPORT)
        registries.transports.register("page", page.TRANSPORT)
        registries.webhook_endpoints.register("platform", endpoints.platform_endpoint)
        registries.webhook_endpoints.register("authority", endpoints.authority_endpoint)
