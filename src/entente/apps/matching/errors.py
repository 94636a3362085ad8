"""What the room of matches refuses."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing


class CheckUnreadable(Invalid):
    """Nothing to check, too much of it, or something that is no signal."""

    code = "check_unreadable"
    title = "This cannot be checked"


class NoSuchRecognition(Missing):
    """There is none."""

    code = "no_such_match"
    title = "There is no such match"


class NothingToOffer(Conflict):
    """The decision disabled nothing, or no signal of it can be made."""

    code = "nothing_to_offer"
    title = "There is no signal to offer"
