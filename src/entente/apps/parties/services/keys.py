"""The signing keys of authorities: adding, rotating, revoking, and whether one counts at a moment."""

import base64
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.parties.errors import ExerciseMismatch, InvalidEntry, KeyTaken, UnknownKey
from entente.apps.parties.key_material import fingerprint, parse_public_key
from entente.apps.parties.models import Authority, AuthorityKey
from entente.apps.parties.models.register import KEY_NAME_LENGTH
from entente.apps.parties.services.register import check_exercise, find_authority, note_change
from entente.apps.parties.types import KeyFacts, KeyVerdict

EXERCISE_MARK = "exercise"
_SHORT = 16


@transaction.atomic
def add_authority_key(
    *,
    authority_id: UUID,
    public_key: str,
    valid_from: datetime,
    actor: Actor,
    at: datetime,
    key_id: str = "",
    valid_until: datetime | None = None,
    replaces: UUID | None = None,
    exercise_instance: bool | None = None,
) -> AuthorityKey:
    """Register a public key, given as PEM, JWK or base64; with `replaces`, the old key ends when it begins.

    Without a `key_id` the key is named by its fingerprint. The key of an exercise authority carries the word
    "exercise" in its name, and no other key may. Raises UnknownAuthority, UnknownKey, KeyNotReadable,
    PrivateKeySent, InvalidEntry, ExerciseMismatch, KeyTaken.
    """
    authority = find_authority(authority_id)
    check_exercise(authority.exercise, exercise_instance)
    raw = parse_public_key(public_key)
    if valid_until is not None and valid_until <= valid_from:
        raise InvalidEntry(_("The key must end after it begins."), field="valid_until")
    old = _key_to_replace(authority, replaces)
    try:
        with transaction.atomic():
            key = AuthorityKey.objects.create(
                authority=authority,
                key_id=_name_of(key_id, raw, exercise=authority.exercise),
                public_key=base64.b64encode(raw).decode(),
                fingerprint=fingerprint(raw),
                exercise=authority.exercise,
                valid_from=valid_from,
                valid_until=valid_until,
                registered_by_name=actor.name,
                registered_at=at,
                replaces=old,
            )
    except IntegrityError:
        raise KeyTaken(_("This key, or another one of this name, is already in the register.")) from None
    if old is not None:
        _end_at(old, valid_from)
    note_change(
        "key_registered" if old is None else "key_rotated",
        authority,
        key.id,
        actor,
        at,
        key_id=key.key_id,
        fingerprint=key.fingerprint,
        replaces="" if old is None else old.key_id,
    )
    return key


@transaction.atomic
def revoke_authority_key(*, key_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Make a key useless from now on. Raises UnknownKey, InvalidEntry (no reason), ChangedMeanwhile."""
    key = AuthorityKey.objects.select_related("authority").filter(pk=key_id).first()
    if key is None:
        raise UnknownKey(_("This key is not in the register."))
    if not reason.strip():
        raise InvalidEntry(_("Say why, in words."), field="reason")
    running = AuthorityKey.objects.filter(pk=key_id, revoked_at__isnull=True)
    if not running.update(revoked_at=at, revoked_by_name=actor.name, revoke_reason=reason.strip()):
        raise ChangedMeanwhile(_("This key has already been revoked."))
    note_change(
        "key_revoked",
        key.authority,
        key.id,
        actor,
        at,
        key_id=key.key_id,
        fingerprint=key.fingerprint,
    )


def key_usable(key: KeyFacts, at: datetime, *, exercise_instance: bool) -> KeyVerdict:
    """Say whether what a key signs counts here at `at`; the verdict is true only when it does.

    An exercise key counts in an exercise only, and a real key never in an exercise.
    """
    findings = (
        (key.exercise and not exercise_instance, KeyVerdict.EXERCISE_KEY),
        (exercise_instance and not key.exercise, KeyVerdict.NOT_AN_EXERCISE_KEY),
        (key.authority.status == Authority.Status.REMOVED, KeyVerdict.AUTHORITY_REMOVED),
        (key.authority.status == Authority.Status.SUSPENDED, KeyVerdict.AUTHORITY_SUSPENDED),
        (key.revoked_at is not None and key.revoked_at <= at, KeyVerdict.REVOKED),
        (at < key.valid_from, KeyVerdict.NOT_YET_VALID),
        (key.valid_until is not None and at >= key.valid_until, KeyVerdict.EXPIRED),
    )
    return next((verdict for found, verdict in findings if found), KeyVerdict.USABLE)


def _name_of(key_id: str, raw: bytes, *, exercise: bool) -> str:
    short = fingerprint(raw)[:_SHORT]
    name = key_id.strip() or (f"{EXERCISE_MARK}-{short}" if exercise else short)
    if len(name) > KEY_NAME_LENGTH or not name.isprintable():
        raise InvalidEntry(_("A key's name has at most 120 printable characters."), field="key_id")
    if (EXERCISE_MARK in name.lower()) != exercise:
        raise ExerciseMismatch(
            _("Keys of exercise authorities, and only those, carry 'exercise' in their name.")
        )
    return name


def _key_to_replace(authority: Authority, replaces: UUID | None) -> AuthorityKey | None:
    if replaces is None:
        return None
    old = AuthorityKey.objects.filter(pk=replaces, authority=authority, revoked_at__isnull=True).first()
    if old is None:
        raise UnknownKey(_("The key to replace is not a running key of this authority."))
    return old


def _end_at(key: AuthorityKey, moment: datetime) -> None:
    if moment <= key.valid_from:
        raise InvalidEntry(_("The new key must begin after the one it replaces."), field="valid_from")
    if key.valid_until is None or key.valid_until > moment:
        AuthorityKey.objects.filter(pk=key.pk).update(valid_until=moment)
