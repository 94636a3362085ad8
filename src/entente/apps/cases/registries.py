"""Where upper layers answer the spine. Every handler runs inside the caller's transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from entente.apps.kernel.registries import Registry

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, Case, StatementOfReasons
    from entente.apps.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class ActionHandler:
    """How a kind of measure is carried out and taken back; each returns nothing and only enqueues.

    `done` runs when the effect, or the restoration, is on record, so that nothing about it alarms any more.
    """

    apply: "Callable[[Action, datetime], None]"
    undo: "Callable[[Action, datetime], None]"
    done: "Callable[[Action, datetime], None]"


action_handlers: Registry[str, ActionHandler] = Registry("cases.action_handlers")
"""Key: the action's kind (`disable`, `restrict_by_country`, `warning_label`; later a blocked name)."""

effect_recorded: "Registry[str, Callable[[Action, datetime], None]]" = Registry("cases.effect_recorded")
"""Key: the case's intake kind. Called when the platform acknowledged or refused an effect, or its undoing."""

silence_ended: "Registry[str, Callable[[Case, datetime], None]]" = Registry("cases.silence_ended")
"""Key: the case's intake kind. Called when a lawful silence of the case has ended."""

person_informed: "Registry[str, Callable[[StatementOfReasons, datetime], None]]" = Registry(
    "cases.person_informed"
)
"""Key: the case's intake kind. Called when the person affected was told, so that their own clocks start."""

case_left: "Registry[str, Callable[[Case, Actor, datetime], None]]" = Registry("cases.case_left")
"""Key: the case's intake kind. Called when the suspected-child-abuse key took the case out."""
