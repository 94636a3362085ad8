"""What the room of complaints refuses."""

from entente.apps.kernel.errors import Conflict, Invalid, Refused


class ComplaintTooLate(Refused):
    """The time for complaints has passed; out-of-court settlement and courts remain."""

    code = "complaint_too_late"
    title = "The time for a complaint has passed"


class ComplaintEmpty(Invalid):
    """A complaint says what is wrong with the decision."""

    code = "complaint_empty"
    title = "Say why the decision is wrong"


class ComplaintDecided(Conflict):
    """The complaint is decided."""

    code = "complaint_decided"
    title = "This complaint is decided already"


class NotForYou(Refused):
    """Who decided first, or proposed the rejection, cannot decide about the complaint."""

    code = "not_for_you"
    title = "Somebody else has to decide this"


class WrongRoad(Refused):
    """This road is not open for this measure; the message names the one that is."""

    code = "wrong_road"
    title = "Another road is open for this measure"
