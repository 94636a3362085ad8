"""Accounts and roles: making them, changing them, closing them with a hand-over."""

import zoneinfo
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.audit.services import record
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.parties import registries
from entente.apps.parties.errors import (
    AddressTaken,
    CannotTakeOver,
    InvalidEntry,
    LastAdministrator,
    OpenWorkRemains,
    RoleStandsApart,
    UnknownPerson,
    UnknownRole,
)
from entente.apps.parties.models import AccessRecovery, Invitation, Person, RoleGrant
from entente.apps.parties.models.people import NAME_LENGTH
from entente.apps.parties.roles import STAND_APART, Role


@transaction.atomic
def create_person(
    *,
    email: str,
    name: str,
    actor: Actor,
    at: datetime,
    roles: Iterable[str] = (),
    language: str = "en",
    timezone: str = "UTC",
    from_outside: bool = False,
    password: str | None = None,
) -> Person:
    """Make an account, or reopen the one of somebody who left, and grant its roles.

    Without a password the account is opened by a passkey only. Raises AddressTaken, InvalidEntry,
    UnknownRole, RoleStandsApart.
    """
    wanted = clean_roles(roles)
    address = clean_email(email)
    person = Person.objects.filter(email=address).first()
    if person is not None and person.is_active:
        raise AddressTaken(_("Somebody already signs in with this address."), email=address)
    person = person or Person(email=address, created_at=at)
    person.name, person.from_outside = clean_name(name), from_outside
    person.language, person.timezone = clean_language(language), clean_timezone(timezone)
    person.is_active, person.left_at = True, None
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise AddressTaken(_("Somebody already signs in with this address."), email=address) from None
    record(
        kind="parties:person:created",
        subject_kind="person",
        subject_id=person.id,
        actor=actor,
        at=at,
        facts={"name": person.name, "from_outside": from_outside},
    )
    for role in sorted(wanted):
        _grant(person, role, actor, at)
    return person


@transaction.atomic
def grant_role(*, person_id: UUID, role: str, actor: Actor, at: datetime) -> RoleGrant:
    """Grant a role; a running grant of the same role is returned as it is.

    Raises UnknownPerson, UnknownRole, RoleStandsApart.
    """
    person = active_person(person_id)
    (wanted,) = clean_roles([role])
    held = _running_roles(person)
    clean_roles({*held, wanted})
    if wanted in held:
        return RoleGrant.objects.get(person=person, role=wanted, revoked_at__isnull=True)
    return _grant(person, wanted, actor, at)


@transaction.atomic
def revoke_role(*, person_id: UUID, role: str, actor: Actor, at: datetime) -> None:
    """End a running grant. Raises UnknownPerson, UnknownRole (not held), LastAdministrator."""
    person = active_person(person_id)
    if role not in _running_roles(person):
        raise UnknownRole(_("This person does not hold this role."), role=role)
    _revoke(person, role, actor, at)


@transaction.atomic
def set_roles(*, person_id: UUID, roles: Iterable[str], actor: Actor, at: datetime) -> None:
    """Make the roles held exactly these, by revoking and granting what differs.

    Raises UnknownPerson, UnknownRole, RoleStandsApart, LastAdministrator.
    """
    person = active_person(person_id)
    wanted, held = clean_roles(roles), _running_roles(person)
    for role in sorted(held - wanted):
        _revoke(person, role, actor, at)
    for role in sorted(wanted - held):
        _grant(person, role, actor, at)


@transaction.atomic
def deactivate_person(
    *, person_id: UUID, actor: Actor, at: datetime, hand_over_to: UUID | None = None, reason: str = ""
) -> int:
    """Close an account and return how many open items were handed over.

    Open work goes to `hand_over_to` in this same call; without a name there, open work is a refusal. Roles,
    passkeys, codes, sessions, the person's open invitation and recovery end with it; history stays.

    Raises UnknownPerson, OpenWorkRemains, CannotTakeOver, LastAdministrator.
    """
    person = active_person(person_id)
    handed_over = _hand_over(person, hand_over_to, actor, at)
    for role in sorted(_running_roles(person)):
        _revoke(person, role, actor, at)
    close_doors(person)
    if not Person.objects.filter(pk=person.pk, is_active=True).update(is_active=False, left_at=at):
        raise ChangedMeanwhile(_("Somebody else closed this account in the meantime."))
    AccessRecovery.objects.filter(person=person, state__in=["requested", "confirmed"]).update(
        state=AccessRecovery.State.CANCELLED, closed_at=at
    )
    Invitation.objects.filter(email=person.email, state=Invitation.State.OPEN).update(
        state=Invitation.State.WITHDRAWN, closed_at=at
    )
    record(
        kind="parties:person:deactivated",
        subject_kind="person",
        subject_id=person.id,
        actor=actor,
        at=at,
        facts={
            "reason": reason,
            "handed_over": handed_over,
            "handed_over_to": str(hand_over_to) if handed_over else "",
        },
    )
    registries.post_letter(
        registries.PersonLetter(
            kind="account_closed",
            subject_id=person.id,
            to_address=person.email,
            to_name=person.name,
            language=person.language,
            at=at,
        )
    )
    return handed_over


def set_preferences(
    *, person_id: UUID, name: str, language: str, timezone: str, theme: str, shortcuts_on: bool
) -> None:
    """Keep how somebody wants the screens; no audit event, this is nobody's business.

    Raises UnknownPerson, InvalidEntry.
    """
    if theme not in Person.Theme.values:
        raise InvalidEntry(_("Choose one of the looks offered."), field="theme")
    changed = Person.objects.filter(pk=person_id, is_active=True).update(
        name=clean_name(name),
        language=clean_language(language),
        timezone=clean_timezone(timezone),
        theme=theme,
        shortcuts_on=shortcuts_on,
    )
    if not changed:
        raise UnknownPerson(_("There is no such person."))


def active_person(person_id: UUID) -> Person:
    """Return somebody with an open account. Raises UnknownPerson."""
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise UnknownPerson(_("There is no such person, or the account is closed."))
    return person


def check_password(password: str, *, name: str = "", email: str = "") -> None:
    """Hold a password to the rules of this instance. Raises InvalidEntry."""
    try:
        validate_password(password, Person(name=name, email=email))
    except ValidationError as error:
        raise InvalidEntry(" ".join(error.messages), field="password") from None


def close_doors(person: Person) -> None:
    """Remove every way in: passkeys, codes, password; the changed password ends all sessions."""
    from allauth.mfa.models import Authenticator

    Authenticator.objects.filter(user_id=person.pk).delete()
    person.set_unusable_password()
    person.save(update_fields=["password"])


def clean_roles(roles: Iterable[str]) -> set[str]:
    """Return the roles as a set. Raises UnknownRole, RoleStandsApart."""
    wanted = {str(role) for role in roles}
    unknown = wanted - set(Role.values)
    if unknown:
        raise UnknownRole(_("There is no such role."), roles=sorted(unknown))
    apart = wanted & {str(role) for role in STAND_APART}
    if apart and len(wanted) > 1:
        raise RoleStandsApart(
            _("Overseers and auditors hold no other role here: who watches does not act."),
            roles=sorted(wanted),
        )
    return wanted


def clean_email(email: str) -> str:
    """Return the address in lower case. Raises InvalidEntry."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidEntry(_("This is not an e-mail address."), field="email") from None
    return address


def clean_name(name: str) -> str:
    """Return the trimmed name. Raises InvalidEntry."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH:
        raise InvalidEntry(_("A name of at most 120 characters is needed."), field="name")
    return name


def clean_language(language: str) -> str:
    """Return one of the languages of this program. Raises InvalidEntry."""
    if language not in dict(settings.LANGUAGES):
        raise InvalidEntry(_("This language is not offered."), field="language")
    return language


def clean_timezone(timezone: str) -> str:
    """Return an IANA time zone name. Raises InvalidEntry."""
    try:
        zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidEntry(_("There is no such time zone."), field="timezone") from None
    return timezone


def _hand_over(person: Person, to_person_id: UUID | None, actor: Actor, at: datetime) -> int:
    handlers = list(registries.person_leaving)
    open_items = sum(handler.open_items(person.id) for handler in handlers)
    if not open_items:
        return 0
    if to_person_id is None:
        raise OpenWorkRemains(_("Name who takes over the open work first."), open_items=open_items)
    successor = Person.objects.filter(pk=to_person_id, is_active=True).exclude(pk=person.pk).first()
    if successor is None:
        raise CannotTakeOver(_("Name somebody else with an open account to take over."))
    return sum(
        handler.hand_over(person_id=person.id, to_person_id=successor.id, actor=actor, at=at)
        for handler in handlers
    )


def _running_roles(person: Person) -> set[str]:
    return set(
        RoleGrant.objects.filter(person=person, revoked_at__isnull=True).values_list("role", flat=True)
    )


def _grant(person: Person, role: str, actor: Actor, at: datetime) -> RoleGrant:
    grant = RoleGrant.objects.create(person=person, role=role, granted_by_name=actor.name, granted_at=at)
    _forget_roles(person)
    _record_role(person, "granted", role, actor, at)
    return grant


def _revoke(person: Person, role: str, actor: Actor, at: datetime) -> None:
    if role == Role.ADMINISTRATOR and not other_administrators(person):
        raise LastAdministrator(_("Make somebody else an administrator first."))
    RoleGrant.objects.filter(person=person, role=role, revoked_at__isnull=True).update(
        revoked_at=at, revoked_by_name=actor.name
    )
    _forget_roles(person)
    _record_role(person, "revoked", role, actor, at)


def other_administrators(person: Person) -> list[UUID]:
    """Return the ids of the other active administrators.

    The rows are locked where the database can lock, in one order, so that two administrators cannot remove
    each other at the same time.
    """
    running = RoleGrant.objects.filter(
        role=Role.ADMINISTRATOR, revoked_at__isnull=True, person__is_active=True
    )
    locked = running.select_for_update(of=("self",)).order_by("id")
    return [grant.person_id for grant in locked if grant.person_id != person.pk]


def _record_role(person: Person, what: str, role: str, actor: Actor, at: datetime) -> None:
    record(
        kind=f"parties:role:{what}",
        subject_kind="person",
        subject_id=person.id,
        actor=actor,
        at=at,
        facts={"role": role},
    )


def _forget_roles(person: Person) -> None:
    person.__dict__.pop("role_names", None)
