"""What the worker does, as a table: each line names a service that works through what is due.

A step is called with the present moment and answers how many rows it handled; it works in small batches
and keeps its own schedule in rows, so it can be ended at any moment and nothing is lost. Steps of one lane
run one after the other; lanes run beside each other, so a platform that answers slowly delays no alarm.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One service that is called again and again. `every_seconds` counts when nobody wakes the worker."""

    name: str
    lane: str
    target: str
    every_seconds: float = 1.0
    stuck_after_seconds: float = 300.0


_MINUTE, _HOUR = 60.0, 3600.0

STEPS = (
    Step("deadlines", "clocks", "entente.apps.deadlines.services:sweep", stuck_after_seconds=_MINUTE),
    Step("silences", "clocks", "entente.apps.cases.services:end_due_silences", 5.0, _MINUTE),
    Step("endings", "clocks", "entente.apps.cases.services:end_due_restrictions", 5.0, _MINUTE),
    Step("doubts", "keeping", "entente.apps.matching.services:settle_doubts", 5.0, _MINUTE),
    Step("executions", "executions", "entente.apps.orders.services:continue_executions", 1.0, _MINUTE),
    Step("examinations", "executions", "entente.apps.orders.services:continue_examinations", 5.0, _MINUTE),
    Step("restorations", "executions", "entente.apps.orders.services:continue_restorations", 1.0, _MINUTE),
    Step("deliveries", "deliveries", "entente.apps.deliveries.services:attempt_due", 1.0, 10 * _MINUTE),
    Step("looks", "looks", "entente.apps.cases.services:look_due", 5.0, 10 * _MINUTE),
    Step("snapshots", "snapshots", "entente.apps.content.services:run_due_snapshots", 1.0, 15 * _MINUTE),
    Step("closings", "keeping", "entente.apps.content.services:continue_closings", 1.0, _MINUTE),
    Step("decoding", "decoding", "entente.apps.content.services:decode_due", 1.0, 15 * _MINUTE),
    Step("preservations", "keeping", "entente.apps.evidence.services:end_due_preservations", 30.0, _HOUR),
    Step("signals", "keeping", "entente.apps.banks.services:end_due_signals", 30.0, _HOUR),
    Step("exchanges", "exchanges", "entente.apps.banks.services:fetch_due", 30.0, _HOUR),
    Step("indexes", "indexes", "entente.apps.matching.hub:merge_due", 2.0, _HOUR),
    Step("threats", "keeping", "entente.apps.cases.services:continue_keeping", 5.0, _MINUTE),
    Step("strays", "keeping", "entente.apps.evidence.services:sweep_strays", 24 * _HOUR, _HOUR),
    Step("answers", "keeping", "entente.apps.kernel.idempotency:forget_old_answers", 10 * _MINUTE),
    Step("nonces", "keeping", "entente.apps.orders.services:forget_expired", 10 * _MINUTE),
)


class StepMissing(LookupError):
    """A line of the table names a service that is not there: a programming error, found at start."""


def resolve(step: Step) -> Callable[..., int | None]:
    """Return the service a step names. Raises StepMissing."""
    module_name, _, attribute = step.target.partition(":")
    try:
        function = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise StepMissing(f"{step.name}: {step.target} cannot be found ({error})") from error
    found: Callable[..., int | None] = function
    return found
