"""Lost access, given back by two people.

One person who looks after people says why, another one, from a wider circle, confirms; neither may be the
one who lost access. On confirmation every old way in is removed, the sessions end, and a one-time link goes
to the person's own address. Both steps are told to the person, so that a recovery nobody asked for is seen.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.audit.services import record
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.ids import new_token
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.parties import registries
from entente.apps.parties.errors import (
    InvalidEntry,
    LinkNotUsable,
    NotYours,
    RecoveryRunning,
    TwoPeopleNeeded,
    UnknownPerson,
    UnknownRecovery,
)
from entente.apps.parties.models import AccessRecovery, Person, RoleGrant
from entente.apps.parties.roles import RECOVERY_CONFIRMERS, Role
from entente.apps.parties.services.accounts import active_person, close_doors, other_administrators
from entente.apps.parties.tokens import hash_token

LINK_HOURS = 24
_OPEN = (AccessRecovery.State.REQUESTED, AccessRecovery.State.CONFIRMED)


@transaction.atomic
def request_recovery(*, person_id: UUID, reason: str, actor: Actor, at: datetime) -> AccessRecovery:
    """Ask for somebody's lost access to be given back.

    The actor is an administrator; where the person concerned is the only administrator, somebody of legal or
    a senior reviewer may ask. Raises UnknownPerson, NotYours, TwoPeopleNeeded (for oneself), InvalidEntry
    (no reason), RecoveryRunning.
    """
    person, asker = active_person(person_id), _person_behind(actor)
    if asker.pk == person.pk:
        raise TwoPeopleNeeded(_("Nobody recovers their own access. Ask an administrator."))
    _check_may_request(asker, person)
    if not reason.strip():
        raise InvalidEntry(_("Say how you know it is really them who asked."), field="reason")
    _cancel_expired(person, at)
    try:
        with transaction.atomic():
            recovery = AccessRecovery.objects.create(
                person=person, reason=reason.strip(), requested_by=asker, requested_at=at
            )
    except IntegrityError:
        raise RecoveryRunning(_("A recovery for this person is already under way.")) from None
    _record(recovery, "requested", actor, at)
    _tell(person, "recovery_requested", recovery, at, asked_by=asker.name)
    for confirmer in _possible_confirmers(recovery):
        _tell(confirmer, "recovery_to_confirm", recovery, at, asked_by=asker.name, concerned=person.name)
    return recovery


@transaction.atomic
def confirm_recovery(*, recovery_id: UUID, actor: Actor, at: datetime) -> tuple[AccessRecovery, str]:
    """Agree as the second person; return the recovery and the token of the one-time link.

    Every old passkey, code and password stops working at once. Raises UnknownRecovery, NotYours,
    TwoPeopleNeeded, UnknownPerson, ChangedMeanwhile.
    """
    recovery, confirmer = _recovery(recovery_id), _person_behind(actor)
    if confirmer.pk in {recovery.requested_by_id, recovery.person_id}:
        raise TwoPeopleNeeded(_("The second person must be neither the one who asked nor the one concerned."))
    if not confirmer.role_names & RECOVERY_CONFIRMERS:
        raise NotYours(_("Administrators, legal and senior reviewers confirm recoveries."))
    person = active_person(recovery.person_id)
    token = new_token()
    compare_and_set(
        recovery,
        expected=AccessRecovery.State.REQUESTED,
        to=AccessRecovery.State.CONFIRMED,
        confirmed_by_id=confirmer.pk,
        confirmed_at=at,
        token_hash=hash_token(token),
        expires_at=at + timedelta(hours=LINK_HOURS),
    )
    close_doors(person)
    _record(recovery, "confirmed", actor, at)
    _tell(person, "recovery_link", recovery, at, token=token, confirmed_by=confirmer.name)
    return recovery, token


@transaction.atomic
def cancel_recovery(*, recovery_id: UUID, actor: Actor, at: datetime) -> None:
    """Stop a recovery, or make its link useless. Raises UnknownRecovery, NotYours, ChangedMeanwhile.

    Anybody who could confirm may stop it, and so may the person concerned.
    """
    recovery, stopper = _recovery(recovery_id), _person_behind(actor)
    if stopper.pk != recovery.person_id and not stopper.role_names & RECOVERY_CONFIRMERS:
        raise NotYours(_("Administrators, legal, senior reviewers and the person concerned stop recoveries."))
    compare_and_set(recovery, expected=_OPEN, to=AccessRecovery.State.CANCELLED, closed_at=at)
    _record(recovery, "cancelled", actor, at)


@transaction.atomic
def use_recovery(*, token: str, at: datetime) -> Person:
    """Use the one-time link and return the person, who now sets up a new way in. Raises LinkNotUsable."""
    recovery = AccessRecovery.objects.filter(
        token_hash=hash_token(token), state=AccessRecovery.State.CONFIRMED, expires_at__gt=at
    ).first()
    if recovery is None:
        raise LinkNotUsable(_("This link does not work any more. Ask an administrator for a new recovery."))
    compare_and_set(
        recovery, expected=AccessRecovery.State.CONFIRMED, to=AccessRecovery.State.USED, closed_at=at
    )
    person = active_person(recovery.person_id)
    _record(recovery, "used", person.actor, at)
    return person


def _check_may_request(asker: Person, person: Person) -> None:
    if Role.ADMINISTRATOR in asker.role_names:
        return
    is_only_administrator = Role.ADMINISTRATOR in person.role_names and not other_administrators(person)
    if not (is_only_administrator and asker.role_names & RECOVERY_CONFIRMERS):
        raise NotYours(_("An administrator asks for recoveries."))


def _cancel_expired(person: Person, at: datetime) -> None:
    AccessRecovery.objects.filter(
        person=person, state=AccessRecovery.State.CONFIRMED, expires_at__lte=at
    ).update(state=AccessRecovery.State.CANCELLED, closed_at=at)


def _possible_confirmers(recovery: AccessRecovery) -> list[Person]:
    """Return who may be the second person; whoever is from elsewhere cannot open that page and is told nothing."""
    grants = RoleGrant.objects.filter(
        role__in=RECOVERY_CONFIRMERS,
        revoked_at__isnull=True,
        person__is_active=True,
        person__from_outside=False,
    ).exclude(person_id__in=[recovery.requested_by_id, recovery.person_id])
    people = {grant.person_id: grant.person for grant in grants.select_related("person")}
    return list(people.values())


def _recovery(recovery_id: UUID) -> AccessRecovery:
    recovery = AccessRecovery.objects.filter(pk=recovery_id).first()
    if recovery is None:
        raise UnknownRecovery(_("There is no such recovery."))
    return recovery


def _person_behind(actor: Actor) -> Person:
    """Return the active person an actor stands for; roles are read anew, never trusted from the actor."""
    if actor.kind != "person":
        raise NotYours(_("Only a person can do this."))
    try:
        return active_person(UUID(actor.id))
    except (UnknownPerson, ValueError):
        raise NotYours(_("Only a person with an open account can do this.")) from None


def _record(recovery: AccessRecovery, what: str, actor: Actor, at: datetime) -> None:
    record(
        kind=f"parties:recovery:{what}",
        subject_kind="person",
        subject_id=recovery.person_id,
        actor=actor,
        at=at,
        facts={"recovery": str(recovery.pk), "reason": recovery.reason if what == "requested" else ""},
    )


def _tell(
    person: Person,
    kind: registries.LetterKind,
    recovery: AccessRecovery,
    at: datetime,
    token: str = "",
    **facts: str,
) -> None:
    registries.post_letter(
        registries.PersonLetter(
            kind=kind,
            subject_id=recovery.pk,
            to_address=person.email,
            to_name=person.name,
            language=person.language,
            at=at,
            token=token,
            expires_at=recovery.expires_at if token else None,
            facts=facts,
        )
    )
