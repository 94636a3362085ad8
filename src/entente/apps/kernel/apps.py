"""Django registration of the kernel."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """The ground floor has no tables; it is an app so that its checks and tests have a home."""

    name = "entente.apps.kernel"
    label = "kernel"
