"""Who may do what in this room, beside the table of permissions: persons, and not the same one twice."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.banks.errors import PersonNeeded, ReasonMissing, SecondPersonNeeded
from entente.apps.banks.rules import is_for_programs
from entente.apps.kernel.actors import Actor
from entente.apps.parties import queries as parties
from entente.apps.parties.errors import UnknownPerson
from entente.apps.parties.roles import STAND_APART

if TYPE_CHECKING:
    from entente.apps.banks.models import Bank

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


def require_keeper(actor: Actor) -> None:
    """Let people through who may act, and API clients, whose scope the door checked. Raises PersonNeeded."""
    if actor.kind != "api_client":
        require_person(actor)


def refuse_program(actor: Actor, bank: "Bank", *, is_stronger: bool = False) -> None:
    """Keep API clients away from banks that are not theirs to keep (`rules.is_for_programs`). Raises PersonNeeded.

    `is_stronger`: the act could let a match lead to more. In a bank that restricts, only people do that.
    """
    if actor.kind != "api_client":
        return
    if not is_for_programs(
        owner_kind=bank.owner_kind, negative_kind=bank.negative_kind, is_shared=bank.is_shared
    ):
        raise PersonNeeded(_("A program keeps banks of this service only, which are shared with nobody."))
    if is_stronger and bank.policy == "restrict":
        raise PersonNeeded(_("This bank restricts. A person changes what it does."))


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
