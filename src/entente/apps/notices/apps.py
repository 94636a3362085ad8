"""Django registration of notices, and what they answer for."""

from django.apps import AppConfig
from typing_extensions import override


class NoticesConfig(AppConfig):
    """Notices and referrals."""

    name = "entente.apps.notices"
    label = "notices"

    @override
    def ready(self) -> None:
        """Answer for the effects of decisions on notices."""
        from entente.apps.cases.registries import effect_recorded
        from entente.apps.notices import from_arrivals
        from entente.apps.notices.services import deciding

        effect_recorded.register("notice", deciding.hear_effect)
        from_arrivals.register()
