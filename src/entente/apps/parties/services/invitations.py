"""Ways in: the first administrator's link, invitations, and their acceptance."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.audit.services import record
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.ids import new_token
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.parties import registries
from entente.apps.parties.errors import (
    AddressTaken,
    AdministratorExists,
    AlreadyInvited,
    InvalidEntry,
    LinkNotUsable,
    UnknownInvitation,
)
from entente.apps.parties.models import Invitation, Person, RoleGrant
from entente.apps.parties.roles import Role
from entente.apps.parties.services.accounts import (
    check_password,
    clean_email,
    clean_language,
    clean_roles,
    create_person,
)
from entente.apps.parties.tokens import hash_token

INVITATION_DAYS = 7
FIRST_LINK_HOURS = 24


@transaction.atomic
def create_first_administrator_link(at: datetime) -> str:
    """Return the token of the one-time link that makes the first administrator; older ones stop working.

    Raises AdministratorExists.
    """
    _refuse_if_administrator_exists()
    Invitation.objects.filter(
        purpose=Invitation.Purpose.FIRST_ADMINISTRATOR, state=Invitation.State.OPEN
    ).update(state=Invitation.State.WITHDRAWN, closed_at=at)
    token = new_token()
    invitation = Invitation.objects.create(
        purpose=Invitation.Purpose.FIRST_ADMINISTRATOR,
        roles=[str(Role.ADMINISTRATOR)],
        token_hash=hash_token(token),
        invited_by_name=SYSTEM.name,
        invited_at=at,
        expires_at=at + timedelta(hours=FIRST_LINK_HOURS),
    )
    _record(invitation, "first_link_made", SYSTEM, at)
    return token


@transaction.atomic
def invite_person(
    *,
    email: str,
    roles: Iterable[str],
    actor: Actor,
    at: datetime,
    name: str = "",
    language: str = "en",
    from_outside: bool = False,
) -> tuple[Invitation, str]:
    """Invite somebody and return the invitation and its token, which is kept nowhere in clear.

    Raises InvalidEntry, UnknownRole, RoleStandsApart, AddressTaken, AlreadyInvited.
    """
    address, wanted = clean_email(email), clean_roles(roles)
    if not wanted:
        raise InvalidEntry(_("Choose at least one role."), field="roles")
    if Person.objects.filter(email=address, is_active=True).exists():
        raise AddressTaken(_("Somebody already signs in with this address."), email=address)
    Invitation.objects.filter(email=address, state=Invitation.State.OPEN, expires_at__lte=at).update(
        state=Invitation.State.WITHDRAWN, closed_at=at
    )
    token = new_token()
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                email=address,
                name=" ".join(name.split())[:120],
                language=clean_language(language),
                roles=sorted(wanted),
                from_outside=from_outside,
                token_hash=hash_token(token),
                invited_by_name=actor.name,
                invited_at=at,
                expires_at=at + timedelta(days=INVITATION_DAYS),
            )
    except IntegrityError:
        raise AlreadyInvited(_("Withdraw the open invitation first."), email=address) from None
    _record(invitation, "invited", actor, at)
    registries.post_letter(
        registries.PersonLetter(
            kind="invitation",
            subject_id=invitation.id,
            to_address=address,
            to_name=invitation.name,
            language=invitation.language,
            at=at,
            token=token,
            expires_at=invitation.expires_at,
            facts={"invited_by": actor.name},
        )
    )
    return invitation, token


@transaction.atomic
def withdraw_invitation(*, invitation_id: UUID, actor: Actor, at: datetime) -> None:
    """Make an open invitation's link useless. Raises UnknownInvitation, ChangedMeanwhile."""
    invitation = Invitation.objects.filter(pk=invitation_id).first()
    if invitation is None:
        raise UnknownInvitation(_("There is no such invitation."))
    compare_and_set(invitation, expected=Invitation.State.OPEN, to=Invitation.State.WITHDRAWN, closed_at=at)
    _record(invitation, "withdrawn", actor, at)


@transaction.atomic
def accept_invitation(
    *,
    token: str,
    name: str,
    at: datetime,
    email: str = "",
    password: str | None = None,
    language: str = "en",
    timezone: str = "UTC",
    confidentiality_agreed: bool = False,
) -> Person:
    """Open the account an invitation is for; the link works once.

    `email` is read only for the first administrator, whose link names nobody. Raises LinkNotUsable,
    InvalidEntry (confidentiality not agreed, a weak password, a wrong field), AdministratorExists, AddressTaken.
    """
    invitation = Invitation.objects.filter(token_hash=hash_token(token)).first()
    if invitation is None or not invitation.is_usable(at):
        raise LinkNotUsable(_("This link does not work any more. Ask for a new one."))
    if not confidentiality_agreed:
        raise InvalidEntry(_("Agree to confidentiality first."), field="confidentiality_agreed")
    first = invitation.purpose == Invitation.Purpose.FIRST_ADMINISTRATOR
    if first:
        _refuse_if_administrator_exists()
    if password is not None:
        check_password(password, name=name, email=email or invitation.email)
    compare_and_set(invitation, expected=Invitation.State.OPEN, to=Invitation.State.ACCEPTED, closed_at=at)
    person = create_person(
        email=email if first else invitation.email,
        name=name,
        actor=Actor(kind="system", id=str(invitation.id), name=invitation.invited_by_name),
        at=at,
        roles=invitation.roles,
        language=language,
        timezone=timezone,
        from_outside=invitation.from_outside,
        password=password,
    )
    person.confidentiality_agreed_at = at
    person.save(update_fields=["confidentiality_agreed_at"])
    invitation.person = person
    invitation.save(update_fields=["person"])
    _record(invitation, "accepted", person.actor, at)
    return person


def _refuse_if_administrator_exists() -> None:
    running = RoleGrant.objects.filter(
        role=Role.ADMINISTRATOR, revoked_at__isnull=True, person__is_active=True
    )
    if running.exists():
        raise AdministratorExists(_("There already is an administrator, who can invite others."))


def _record(invitation: Invitation, what: str, actor: Actor, at: datetime) -> None:
    record(
        kind=f"parties:invitation:{what}",
        subject_kind="invitation",
        subject_id=invitation.id,
        actor=actor,
        at=at,
        facts={"roles": list(invitation.roles), "from_outside": invitation.from_outside},
    )
