"""Django registration of complaints."""

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    """Complaints."""

    name = "entente.apps.complaints"
    label = "complaints"
