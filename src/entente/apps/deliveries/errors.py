"""What can go wrong when something is handed to the outbox."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing, TooLarge


class MalformedDelivery(Invalid):
    """The message cannot be sent as it is: a missing part, a wrong address, a line break in a header."""

    code = "malformed_delivery"
    title = "The message cannot be sent as it is"


class DeliveryTooLarge(TooLarge):
    """The message is larger than the outbox takes."""

    code = "delivery_too_large"
    title = "The message is too large"


class MalformedAnswer(Invalid):
    """An acknowledgement that says neither yes nor no."""

    code = "malformed_answer"
    title = "The acknowledgement cannot be understood"


class NoSuchDelivery(Missing):
    """No delivery has this identifier."""

    code = "no_such_delivery"
    title = "There is no such delivery"


class NothingToRepeat(Conflict):
    """The delivery was answered or called off; sending it again would say something that no longer holds."""

    code = "nothing_to_repeat"
    title = "This delivery is settled"
