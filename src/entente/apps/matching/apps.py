"""Django registration of matching, and what it answers for."""

from django.apps import AppConfig
from typing_extensions import override


class MatchingConfig(AppConfig):
    """Checks and matches."""

    name = "entente.apps.matching"
    label = "matching"

    @override
    def ready(self) -> None:
        """Answer for the effects and ends of decisions on matches, and for signals that were taken back."""
        from entente.apps.banks.registries import signal_retracted
        from entente.apps.cases import registries as cases
        from entente.apps.matching.services import deciding, doubting, restricting

        cases.effect_recorded.register("match", deciding.hear_effect)
        cases.held_past_end.register("match", restricting.is_exact_copy_of_what_a_person_disabled)
        cases.restriction_ended.register("match", restricting.hear_end)
        signal_retracted.register("matching", doubting.hear_retraction)
