"""What other rooms may ask of the clock room.

`running` starts, restarts, corrects, meets and ends deadlines; `sweeping` is the worker's half; `rota` is who is on
call.
"""

from entente.apps.deadlines.services.rota import add_shift, hand_shift, remove_shift, swap_shifts
from entente.apps.deadlines.services.running import (
    acknowledge_alarm,
    cancel_deadline,
    cancel_deadlines_of,
    correct_trigger,
    meet_deadline,
    restart_deadline,
    start_deadline,
    suspend_deadline,
)
from entente.apps.deadlines.services.sweeping import sweep

__all__ = [
    "acknowledge_alarm",
    "add_shift",
    "cancel_deadline",
    "cancel_deadlines_of",
    "correct_trigger",
    "hand_shift",
    "meet_deadline",
    "remove_shift",
    "restart_deadline",
    "start_deadline",
    "suspend_deadline",
    "swap_shifts",
    "sweep",
]
