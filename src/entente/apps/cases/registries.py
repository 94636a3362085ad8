"""Where upper layers answer the spine. Every handler runs inside the caller's transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from entente.apps.kernel.registries import Registry

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, Case, Decision, StatementOfReasons
    from entente.apps.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class ActionHandler:
    """How a kind of measure is carried out and taken back; each only enqueues.

    `undo` says whether nobody has to do anything, because other measures hold the whole of it: then it is undone at once.
    `done` runs when what the platform said is on record (effect, restoration or refusal), so that nothing about it
    alarms any more.
    """

    apply: "Callable[[Action, datetime], None]"
    undo: "Callable[[Action, datetime], bool]"
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
"""Key: the case's intake kind. Called when the message to the person affected has arrived: their own clocks start."""

scrutiny_open: "Registry[str, Callable[[Decision], bool]]" = Registry("cases.scrutiny_open")
"""Key: the case's intake kind. Says whether the person may ask for scrutiny of the order behind a decision (TCO 4(4))."""

case_left: "Registry[str, Callable[[Case, Actor, datetime], None]]" = Registry("cases.case_left")
"""Key: the case's intake kind. Called when the suspected-child-abuse key took the case out."""


held_past_end: "Registry[str, Callable[[Decision, datetime], bool]]" = Registry("cases.held_past_end")
"""Key: the case's intake kind. Says whether a restriction stays although its end has come (DESIGN section 5, rule 2)."""

restriction_ended: "Registry[str, Callable[[Decision, datetime], None]]" = Registry("cases.restriction_ended")
"""Key: the case's intake kind. Called when a restriction ended by itself, after it was taken back."""


class Found(StrEnum):
    """Through what the service came to know an address that it looks at of its own accord."""

    ORDER_WITHDRAWN = "order_withdrawn"
    ORDER_CEASED = "order_ceased"
    ORDER_ANNULLED = "order_annulled"
    ORDER_REFUTED = "order_refuted"
    NOT_BINDING = "not_binding"


@dataclass(frozen=True, slots=True)
class Background:
    """What stands behind a case that binds nobody (any more): what became of it, and in whose name it came."""

    found: Found
    authority: str


backgrounds: "Registry[str, Callable[[Case], Background | None]]" = Registry("cases.backgrounds")
"""Key: the case's intake kind. Says how the service came to the case's addresses, or None while the message binds.

Where it binds, or nobody answers here, the service opens no case of its own beside it.
"""
