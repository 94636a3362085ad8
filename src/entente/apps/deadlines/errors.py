"""What can go wrong with a clock or the rota."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing


class UnknownDeadlineRule(Invalid):
    """The law data holds no rule of this name."""

    code = "unknown_deadline_rule"
    title = "There is no such deadline rule"


class NoSuchDeadline(Missing):
    """No deadline of this rule runs, or ran, for this subject."""

    code = "no_such_deadline"
    title = "There is no such deadline"


class DeadlineNotRestartable(Conflict):
    """The law starts this clock once, or not on this ground."""

    code = "deadline_not_restartable"
    title = "This deadline does not start again"


class DeadlineNotSuspendable(Conflict):
    """The law lets nothing stop this clock."""

    code = "deadline_not_suspendable"
    title = "This deadline cannot be suspended"


class DeadlineSettled(Conflict):
    """The deadline was met or called off."""

    code = "deadline_settled"
    title = "This deadline is settled"


class ProofMissing(Invalid):
    """A time is corrected only with the proof of the earlier one."""

    code = "proof_missing"
    title = "The proof is missing"


class ShiftInvalid(Invalid):
    """The shift has no length, or its person cannot be on call."""

    code = "shift_invalid"
    title = "This shift cannot stand"


class ShiftOverlaps(Conflict):
    """Somebody holds this place of the rota at that time."""

    code = "shift_overlaps"
    title = "This overlaps another shift"


class NoSuchShift(Missing):
    """The shift is not on the rota."""

    code = "no_such_shift"
    title = "There is no such shift"
