"""Django registration of banks."""

from django.apps import AppConfig


class BanksConfig(AppConfig):
    """Banks, signals, exchanges."""

    name = "entente.apps.banks"
    label = "banks"
