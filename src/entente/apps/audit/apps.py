"""Django registration of the audit record."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Append-only events."""

    name = "entente.apps.audit"
    label = "audit"
