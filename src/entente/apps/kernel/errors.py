"""Domain errors in seven families.

A service raises these and nothing else; they name the fact and say what to do. They become HTTP problem
documents (RFC 9457) in one place, `entente.api.problems`, and messages on screens in another,
`entente.web.errors`.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule of the domain says no. `code` is stable and machine-readable, `facts` are safe to show.

    `http_status` is the family's answer over HTTP (RFC 9110, section 15), for a machine and for a page alike.
    """

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "The request could not be carried out"
    http_status: ClassVar[int] = 400

    def __init__(self, message: str = "", **facts: Any) -> None:
        """Keep the human message and the named facts."""
        super().__init__(message or self.title)
        self.message = message or self.title
        self.facts = facts


class Invalid(DomainError):
    """What was sent contradicts itself or lacks something."""

    code = "invalid"
    title = "Something is missing or wrong"
    http_status = 422


class Unauthenticated(DomainError):
    """Nobody could be identified behind the request."""

    code = "unauthenticated"
    title = "Authentication failed"
    http_status = 401


class Refused(DomainError):
    """The actor may not do this."""

    code = "refused"
    title = "This is not allowed"
    http_status = 403


class Missing(DomainError):
    """There is no such thing."""

    code = "missing"
    title = "Not found"
    http_status = 404


class Conflict(DomainError):
    """The thing is in a state that does not allow this."""

    code = "conflict"
    title = "This is not possible in the present state"
    http_status = 409


class TooLarge(DomainError):
    """More than the limit, which the message names."""

    code = "too_large"
    title = "Too large"
    http_status = 413


class Unavailable(DomainError):
    """Not now: a disk is full, a service is down. Nothing was acknowledged; try again."""

    code = "unavailable"
    title = "Not available right now"
    http_status = 503


class ChangedMeanwhile(Conflict):
    """Someone else changed the same thing first; nothing was overwritten."""

    code = "changed_meanwhile"
    title = "Somebody else was faster"
