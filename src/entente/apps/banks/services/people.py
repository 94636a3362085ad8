"""Who may do what in this room, beside the table of permissions: persons, and not the same one twice."""

from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.banks.errors import PersonNeeded, ReasonMissing, SecondPersonNeeded
from entente.apps.kernel.actors import Actor
from entente.apps.parties import queries as parties
from entente.apps.parties.errors import UnknownPerson
from entente.apps.parties.roles import STAND_APART

SHORTEST_REASON = 10


def require_person(actor: Actor) -> None:
    """Let only people through who may act at all: who watches does not. Raises PersonNeeded."""
    if actor.kind != "person" or actor.has_role(*STAND_APART):
        raise PersonNeeded(_("A person who works on cases has to do this."))


def require_person_of_this_service(actor: Actor) -> None:
    """Let only an active person of this service through, nobody from elsewhere. Raises PersonNeeded."""
    require_person(actor)
    try:
        person = parties.person(UUID(actor.id))
    except (ValueError, UnknownPerson):
        raise PersonNeeded(_("A person of this service has to do this.")) from None
    if person.from_outside or not person.is_active:
        raise PersonNeeded(_("A person of this service has to do this, nobody from elsewhere."))


def require_second_person(actor: Actor, proposed_by_id: str) -> None:
    """Refuse whoever proposed. Raises PersonNeeded, SecondPersonNeeded."""
    require_person(actor)
    if actor.id == proposed_by_id:
        raise SecondPersonNeeded(_("You proposed this. A second person has to confirm it."))


def words(text: str) -> str:
    """Return a reason without the blanks around it. Raises ReasonMissing when it says nothing."""
    stripped = text.strip()
    if len(stripped) < SHORTEST_REASON:
        raise ReasonMissing(_("Write at least %(limit)s characters.") % {"limit": SHORTEST_REASON})
    return stripped
