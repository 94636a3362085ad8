"""What can be wrong with a document, a partner's answer, or what is to be written."""

from __future__ import annotations


class ExchangeError(ValueError):
    """Base of this package's errors."""


class MalformedEntry(ExchangeError):
    """One entry is not what it must be; the message says what is wrong without repeating what was written."""


class FormatUnreadable(ExchangeError):
    """The document is not of this format, or cannot be followed beyond this place; what was read before it stands."""

    def __init__(self, message: str, *, line: int = 1) -> None:
        super().__init__(message)
        self.line = line
        """The line; in a format that has none, the number of the object."""


class UnknownFormat(ExchangeError, LookupError):
    """No format of this name."""


class UnknownFeed(ExchangeError, LookupError):
    """No feed of this kind."""


class FeedMisconfigured(ExchangeError):
    """The settings of a feed are not complete or not usable; the message names them, never their values."""


class FeedUnreadable(ExchangeError):
    """The partner answered, but not with what this kind of feed answers. What was read before stands."""


class CheckpointUnreadable(ExchangeError):
    """The checkpoint is not one of this feed. Start anew from an empty one."""


class FeedRefused(ExchangeError):
    """The partner refused the request."""

    def __init__(
        self, message: str, *, status: int, is_temporary: bool, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status."""
        self.is_temporary = is_temporary
        """Whether the same request may succeed later, without anybody changing a setting."""
        self.retry_after_seconds = retry_after_seconds
        """How long the partner asks to wait, if it says so."""


class ListIncomplete(ExchangeError):
    """The list was not read to its end, so nothing can be said about what is missing from it."""


class ListShrank(ExchangeError):
    """So much is missing from the new list that a person should look before it is taken as retracted."""

    def __init__(self, *, missing: int, known: int) -> None:
        super().__init__(f"{missing:,} of {known:,} known signals are missing from the new list")
        self.missing = missing
        self.known = known
