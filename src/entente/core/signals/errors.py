"""What can be wrong with something that a signal is made of, or with a written signal."""

from typing import ClassVar


class SignalError(ValueError):
    """Base of this package's errors. `code` is stable and machine-readable."""

    code: ClassVar[str] = "no_signal"


class MalformedSignal(SignalError):
    """The written signal is not one of its type: wrong length, wrong alphabet, something behind it."""

    code = "malformed_signal"


class NotDecodable(SignalError):
    """The bytes are not what they were handed over as, or are cut short or broken."""

    code = "not_decodable"


class ImageTooLarge(SignalError):
    """The picture has more pixels than are decoded here; the message says how many are."""

    code = "image_too_large"


class ImageTooSmall(SignalError):
    """A side of the picture is under five pixels; such a picture has no PDQ hash."""

    code = "image_too_small"


class ImageTooPlain(SignalError):
    """The picture shows too little for its hash to be compared: its PDQ quality is under 50."""

    code = "image_too_plain"
