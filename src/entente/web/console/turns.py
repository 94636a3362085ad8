"""Taking turns between hard and lighter cases: what one had in hand last says which case comes next."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.http import HttpRequest

from entente.apps.cases import queries as cases

if TYPE_CHECKING:
    from entente.apps.parties.models import Person

_KEY: Final = "console_last_was_heavy"


def note(request: HttpRequest, *, is_heavy: bool) -> None:
    """Remember for this session that one worked on a case, held or not, and whether it is hard to look at."""
    request.session[_KEY] = is_heavy


def is_lighter_due(request: HttpRequest, person: "Person", at: datetime) -> bool:
    """Say whether a lighter case comes next: after a hard one, however it ended."""
    return bool(request.session.get(_KEY)) or cases.last_was_heavy(person, at)


def begin(request: HttpRequest) -> None:
    """Forget what this session remembers: the next case was given."""
    request.session.pop(_KEY, None)
