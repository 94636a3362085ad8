"""Django registration of content."""

from django.apps import AppConfig
from typing_extensions import override


class ContentConfig(AppConfig):
    """Addresses, snapshots, previews, protected sources."""

    name = "entente.apps.content"
    label = "content"

    @override
    def ready(self) -> None:
        """Answer for what lower layers tell: the end of a preservation, the platform's refusal."""
        from entente.apps.content.services import hearing
        from entente.apps.deliveries import registries as deliveries
        from entente.apps.evidence import registries as evidence

        evidence.preservation_ended.register("content_item", hearing.forget_content)
        deliveries.delivery_acknowledged.register("snapshot.requested", hearing.note_platform_answer)
