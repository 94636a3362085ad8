"""Where a person from elsewhere may go: the cases in their hands, and their own account. Asked before any view runs.

Somebody who does not work here helps where two people are needed, or where somebody understands a language. They are
asked by handing them the case; when it leaves their hands, it is no longer theirs to read.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404

from entente.apps.cases import queries as cases
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines.errors import NoSuchDeadline
from entente.apps.orders import queries as orders
from entente.apps.parties.permissions import OPEN_TO_OUTSIDERS

if TYPE_CHECKING:
    from entente.apps.parties.models import Person

_CASE_OF: Final[dict[str, Callable[[UUID], UUID | None]]] = {
    "case_id": lambda case_id: case_id,
    "answer_id": lambda answer_id: orders.answer(answer_id).order.case_id,
    "deadline_id": lambda deadline_id: deadlines.deadline(deadline_id).case_id,
}
"""What an address names -> the case it belongs to."""


def may_open(person: "Person", route: str, named: Mapping[str, Any]) -> bool:
    """Say whether somebody may go to a route with these names in it. Raises Http404 for a case not in their hands."""
    if not person.from_outside or route in OPEN_TO_OUTSIDERS:
        return True
    known = [name for name in _CASE_OF if name in named]
    if not known:
        return False
    if not all(_is_theirs(person, name, named[name]) for name in known):
        raise Http404
    return True


def _is_theirs(person: "Person", name: str, value: UUID) -> bool:
    try:
        case_id = _CASE_OF[name](value)
    except (ObjectDoesNotExist, NoSuchDeadline):
        return False
    return case_id is not None and cases.may_see(person, case_id)
