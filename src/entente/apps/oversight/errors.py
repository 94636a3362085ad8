"""What can go wrong between an overseer and an instance."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing, Refused, Unavailable


class NotTheOverseer(Refused):
    """Only an appointed overseer does this."""

    code = "not_the_overseer"
    title = "Only the appointed overseer may do this"


class OverseerMayNot(Refused):
    """An overseer sees, checks and recommends; never answers for the overseen, never decides."""

    code = "overseer_may_not"
    title = "An overseer does not do this"


class AnotherBodyAppointed(Refused):
    """An overseer is removed by whoever appointed them, and by nobody else."""

    code = "another_body_appointed"
    title = "This overseer was appointed by another body"


class AlreadyAppointed(Conflict):
    """This person is the overseer already, or the place is taken."""

    code = "already_appointed"
    title = "There is an overseer already"


class NoSuchAppointment(Missing):
    """Nobody is appointed under this identifier."""

    code = "no_such_appointment"
    title = "There is no such appointment"


class NoSuchCopy(Missing):
    """The overseer has no copy under this identifier."""

    code = "no_such_copy"
    title = "There is no such copy"


class NoSuchRecommendation(Missing):
    """There is no such recommendation."""

    code = "no_such_recommendation"
    title = "There is no such recommendation"


class ReasonMissing(Invalid):
    """Written words are asked for, and there are too few of them."""

    code = "reason_missing"
    title = "Write down the reason"


class AlreadyAnswered(Conflict):
    """The recommendation has its answer; another one would overwrite it."""

    code = "already_answered"
    title = "This recommendation was answered"


class CopyUnreadable(Unavailable):
    """The sealed copy was changed, belongs elsewhere, or the vault key is another one."""

    code = "copy_unreadable"
    title = "The sealed copy cannot be opened"
