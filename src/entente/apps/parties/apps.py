"""Django registration of the parties."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartiesConfig(AppConfig):
    """People and roles, invitations and recoveries, API clients, the register of authorities, the host."""

    name = "entente.apps.parties"
    label = "parties"
    verbose_name = _("Parties")
