"""The register of authorities: entries, standing, certificates. Keys are in `keys.py`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.audit.services import record
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.kernel.jsontypes import JSONValue
from entente.apps.parties import entries, registries
from entente.apps.parties.errors import ExerciseMismatch, InvalidEntry, KeyTaken, UnknownAuthority, UnknownKey
from entente.apps.parties.key_material import parse_certificate
from entente.apps.parties.models import Authority, AuthorityCertificate, AuthorityMailDomain


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityEntry:
    """What a person writes into the register; cleaned by the service."""

    name: str
    country: str
    kind: str
    competences: Iterable[str] = ()
    mail_domains: Iterable[str] = ()
    callback_phone: str = ""
    contact_mail: str = ""
    callback_url: str = ""
    languages: Iterable[str] = ()
    source_note: str = ""
    exercise: bool = field(default=False)


@transaction.atomic
def register_authority(
    *, entry: AuthorityEntry, actor: Actor, at: datetime, exercise_instance: bool | None = None
) -> Authority:
    """Write an authority into the register.

    `exercise_instance` defaults to this instance's nature. Raises InvalidEntry, ExerciseMismatch.
    """
    check_exercise(entry.exercise, exercise_instance)
    values = _cleaned(entry)
    try:
        with transaction.atomic():
            authority = Authority.objects.create(**values, exercise=entry.exercise, registered_at=at)
    except IntegrityError:
        raise InvalidEntry(_("This authority is already in the register."), field="name") from None
    _write_domains(authority, entry.mail_domains)
    note_change("authority_registered", authority, authority.id, actor, at)
    return authority


@transaction.atomic
def update_authority(*, authority_id: UUID, entry: AuthorityEntry, actor: Actor, at: datetime) -> Authority:
    """Change an entry; whether it is an exercise cannot change.

    Raises UnknownAuthority, InvalidEntry, ExerciseMismatch.
    """
    authority = find_authority(authority_id)
    if entry.exercise != authority.exercise:
        raise ExerciseMismatch(_("An exercise entry stays one, and a real one stays real."))
    for name, value in _cleaned(entry).items():
        setattr(authority, name, value)
    try:
        with transaction.atomic():
            authority.save()
    except IntegrityError:
        raise InvalidEntry(_("Another entry already has this name and country."), field="name") from None
    _write_domains(authority, entry.mail_domains)
    note_change("authority_changed", authority, authority.id, actor, at)
    return authority


@transaction.atomic
def set_authority_status(
    *, authority_id: UUID, status: str, reason: str, actor: Actor, at: datetime
) -> Authority:
    """Register again, suspend or remove; what it signs counts only while registered.

    Raises UnknownAuthority, InvalidEntry (unknown status, no reason), ChangedMeanwhile.
    """
    authority = find_authority(authority_id)
    if status not in Authority.Status.values:
        raise InvalidEntry(_("Choose one of the standings offered."), field="status")
    if not reason.strip():
        raise InvalidEntry(_("Say why, in words."), field="reason")
    changed = Authority.objects.filter(pk=authority.pk, status=authority.status).update(
        status=status, status_reason=reason.strip()
    )
    if not changed:
        raise ChangedMeanwhile(_("Somebody else changed this entry in the meantime."))
    authority.status, authority.status_reason = status, reason.strip()
    note_change("authority_status_set", authority, authority.id, actor, at, status=status)
    return authority


@transaction.atomic
def add_authority_certificate(
    *, authority_id: UUID, pem: str, purpose: str, actor: Actor, at: datetime
) -> AuthorityCertificate:
    """Trust a certificate for this authority's sealed or signed forms.

    Raises UnknownAuthority, InvalidEntry, PrivateKeySent, CertificateNotReadable, KeyTaken.
    """
    authority = find_authority(authority_id)
    if purpose not in AuthorityCertificate.Purpose.values:
        raise InvalidEntry(_("Choose seal or signature."), field="purpose")
    parts = parse_certificate(pem)
    try:
        with transaction.atomic():
            certificate = AuthorityCertificate.objects.create(
                authority=authority,
                purpose=purpose,
                pem=parts.pem,
                subject=parts.subject[:500],
                fingerprint=parts.fingerprint,
                not_before=parts.not_before,
                not_after=parts.not_after,
                added_by_name=actor.name,
                added_at=at,
            )
    except IntegrityError:
        raise KeyTaken(_("This certificate is already trusted for this authority.")) from None
    note_change("certificate_registered", authority, certificate.id, actor, at, fingerprint=parts.fingerprint)
    return certificate


@transaction.atomic
def remove_authority_certificate(*, certificate_id: UUID, actor: Actor, at: datetime) -> None:
    """Stop trusting a certificate. Raises UnknownKey, ChangedMeanwhile (already removed)."""
    certificate = AuthorityCertificate.objects.select_related("authority").filter(pk=certificate_id).first()
    if certificate is None:
        raise UnknownKey(_("There is no such certificate in the register."))
    running = AuthorityCertificate.objects.filter(pk=certificate_id, removed_at__isnull=True)
    if not running.update(removed_at=at, removed_by_name=actor.name):
        raise ChangedMeanwhile(_("This certificate has already been removed."))
    fingerprint = certificate.fingerprint
    note_change(
        "certificate_removed", certificate.authority, certificate.id, actor, at, fingerprint=fingerprint
    )


def find_authority(authority_id: UUID) -> Authority:
    """Return an entry. Raises UnknownAuthority."""
    authority = Authority.objects.filter(pk=authority_id).first()
    if authority is None:
        raise UnknownAuthority(_("This authority is not in the register."))
    return authority


def check_exercise(exercise: bool, exercise_instance: bool | None) -> None:  # noqa: FBT001 - two facts of one kind
    """Refuse to mix exercise and real life. Raises ExerciseMismatch."""
    from entente.apps.kernel import keys

    here = keys.is_exercise() if exercise_instance is None else exercise_instance
    if exercise and not here:
        raise ExerciseMismatch(_("This belongs to an exercise and is refused on a real instance."))
    if here and not exercise:
        raise ExerciseMismatch(
            _("This instance is an exercise: real authorities and keys do not belong here.")
        )


def note_change(
    kind: registries.RegisterChangeKind,
    authority: Authority,
    subject_id: UUID,
    actor: Actor,
    at: datetime,
    **facts: JSONValue,
) -> None:
    """Write the audit event and tell the layers above, in the caller's transaction."""
    public: dict[str, JSONValue] = {
        "authority": authority.name,
        "country": authority.country,
        "exercise": authority.exercise,
        **facts,
    }
    record(
        kind=f"parties:register:{kind}",
        subject_kind="authority",
        subject_id=authority.id,
        actor=actor,
        at=at,
        facts=public,
    )
    registries.tell_register_changed(
        registries.RegisterChange(
            kind=kind,
            authority_id=authority.id,
            subject_id=subject_id,
            public_facts=public,
            actor=actor,
            at=at,
        )
    )


def _cleaned(entry: AuthorityEntry) -> dict[str, JSONValue]:
    name = " ".join(entry.name.split())
    competences = {str(item) for item in entry.competences}
    if not name:
        raise InvalidEntry(_("The authority needs its official name."), field="name")
    if entry.kind not in Authority.Kind.values:
        raise InvalidEntry(_("Choose one of the kinds offered."), field="kind")
    if competences - set(Authority.Competence.values):
        raise InvalidEntry(_("Choose among the competences offered."), field="competences")
    return {
        "name": name[:200],
        "country": entries.clean_country(entry.country, "country"),
        "kind": entry.kind,
        "competences": sorted(competences),
        "callback_phone": entries.clean_phone(entry.callback_phone, "callback_phone"),
        "contact_mail": entries.clean_mail(entry.contact_mail, "contact_mail", optional=True),
        "callback_url": entries.clean_url(entry.callback_url, "callback_url"),
        "languages": entries.clean_language_codes(entry.languages, "languages"),
        "source_note": entry.source_note.strip(),
    }


def _write_domains(authority: Authority, domains: Iterable[str]) -> None:
    wanted = {entries.clean_mail_domain(domain, "mail_domains") for domain in domains}
    held = set(authority.mail_domains.values_list("domain", flat=True))
    authority.mail_domains.filter(domain__in=held - wanted).delete()
    AuthorityMailDomain.objects.bulk_create(
        [AuthorityMailDomain(authority=authority, domain=domain) for domain in sorted(wanted - held)]
    )
