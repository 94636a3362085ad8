"""Django registration of evidence."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Sealed items, why they are kept, who looked at them."""

    name = "entente.apps.evidence"
    label = "evidence"
