"""What the room of notices refuses."""

from entente.apps.kernel.errors import Conflict, Invalid


class NoticeIncomplete(Invalid):
    """An element of DSA 16(2) is missing; each one is named."""

    code = "notice_incomplete"
    title = "The notice is not complete"


class AlreadyAnswered(Conflict):
    """The sender has been told already."""

    code = "already_answered"
    title = "The sender has been answered"
