"""What can keep a text from having a signal."""

from entente.core.signals.errors import SignalError


class TextTooShort(SignalError):
    """The text says too little in its normal form for a signal of this type; the message says how little."""

    code = "text_too_short"
