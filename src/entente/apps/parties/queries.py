"""Reading the parties: frozen facts for other rooms, lists for the screens."""

import base64
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from entente.apps.kernel.actors import Actor
from entente.apps.kernel.rows import find_row
from entente.apps.parties.errors import UnknownAuthority, UnknownKey, UnknownPerson
from entente.apps.parties.models import (
    AccessRecovery,
    ApiClient,
    Authority,
    AuthorityCertificate,
    AuthorityKey,
    HostProfile,
    Invitation,
    Person,
    RoleGrant,
)
from entente.apps.parties.roles import Role
from entente.apps.parties.tokens import hash_token
from entente.apps.parties.types import (
    AuthorityFacts,
    CertificateFacts,
    ClientFacts,
    HostFacts,
    KeyFacts,
    PersonFacts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def actor_of(person: Person) -> Actor:
    """Return a signed-in person as the actor of a service."""
    return person.actor


def person(person_id: UUID) -> PersonFacts:
    """Return one person. Raises UnknownPerson."""
    found = _people().filter(pk=person_id).first()
    if found is None:
        raise UnknownPerson("There is no such person.")
    return _person_facts(found)


def people(*, include_left: bool = False) -> list[PersonFacts]:
    """Return everybody with an account, by name."""
    rows = _people() if include_left else _people().filter(is_active=True)
    return [_person_facts(row) for row in rows.order_by("-is_active", "name", "id")]


def people_from_outside() -> list[PersonFacts]:
    """Return the people from elsewhere who have an open account here (ADR 0022), by name."""
    rows = _people().filter(from_outside=True, is_active=True)
    return [_person_facts(row) for row in rows.order_by("name", "id")]


def people_with_role(*roles: str) -> list[PersonFacts]:
    """Return the active people who hold at least one of `roles`, by name."""
    return _with_role(_people(), roles)


def people_to_wake(*roles: str) -> list[PersonFacts]:
    """Return those of `people_with_role` who work here: a page may speak of a case nobody asked an outsider about."""
    return _with_role(_people().filter(from_outside=False), roles)


def _with_role(people: QuerySet[Person], roles: Collection[str]) -> list[PersonFacts]:
    holders = RoleGrant.objects.filter(role__in=roles, revoked_at__isnull=True).values("person_id")
    rows = people.filter(is_active=True, pk__in=holders)
    return [_person_facts(row) for row in rows.order_by("name", "id")]


def has_administrator() -> bool:
    """Say whether somebody active is an administrator."""
    return RoleGrant.objects.filter(
        role=Role.ADMINISTRATOR, revoked_at__isnull=True, person__is_active=True
    ).exists()


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A role somebody held, from when to when."""

    role: str
    role_label: str
    granted_by_name: str
    granted_at: datetime
    revoked_by_name: str
    revoked_at: datetime | None


def role_history(person_id: UUID) -> list[GrantLine]:
    """Return every role somebody ever held, oldest first."""
    return [
        GrantLine(
            role=grant.role,
            role_label=grant.get_role_display(),
            granted_by_name=grant.granted_by_name,
            granted_at=grant.granted_at,
            revoked_by_name=grant.revoked_by_name,
            revoked_at=grant.revoked_at,
        )
        for grant in RoleGrant.objects.filter(person_id=person_id)
    ]


def roles_at(person_id: UUID, at: datetime) -> frozenset[str]:
    """Return the roles somebody held at a moment."""
    held = RoleGrant.objects.filter(person_id=person_id, granted_at__lte=at)
    running = held.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=at))
    return frozenset(running.values_list("role", flat=True))


def ways_in(person_id: UUID) -> frozenset[str]:
    """Return the kinds of second factors somebody has set up: "webauthn", "totp", "recovery_codes"."""
    from allauth.mfa.models import Authenticator

    kinds = Authenticator.objects.filter(user_id=person_id).values_list("type", flat=True)
    return frozenset(kinds.distinct())


def second_factors(person_id: UUID, *, but: int | None = None, kinds: Collection[str] = ()) -> int:
    """Count somebody's second factors, of some kinds only, without the one with id `but`."""
    from allauth.mfa.models import Authenticator

    found = Authenticator.objects.filter(user_id=person_id)
    if kinds:
        found = found.filter(type__in=kinds)
    count: int = found.exclude(pk=but).count()
    return count


def open_invitations() -> "QuerySet[Invitation]":
    """Return the invitations nobody has accepted or withdrawn, newest first."""
    return Invitation.objects.filter(state=Invitation.State.OPEN)


def invitation_for_token(token: str, *, at: datetime) -> Invitation | None:
    """Return the invitation a link opens at `at`, or None."""
    found = Invitation.objects.filter(token_hash=hash_token(token)).first()
    return found if found is not None and found.is_usable(at) else None


def open_recoveries() -> "QuerySet[AccessRecovery]":
    """Return the recoveries under way, newest first."""
    states = [AccessRecovery.State.REQUESTED, AccessRecovery.State.CONFIRMED]
    return AccessRecovery.objects.filter(state__in=states).select_related(
        "person", "requested_by", "confirmed_by"
    )


def recovery_for_token(token: str, *, at: datetime) -> AccessRecovery | None:
    """Return the recovery a link opens at `at`, or None."""
    return (
        AccessRecovery.objects.filter(
            token_hash=hash_token(token), state=AccessRecovery.State.CONFIRMED, expires_at__gt=at
        )
        .select_related("person")
        .first()
    )


def api_clients() -> "QuerySet[ApiClient]":
    """Return every API client, newest first."""
    return ApiClient.objects.all()


def api_client_for_token(token: str) -> ClientFacts | None:
    """Return the client that owns a living token, or None."""
    found = ApiClient.objects.filter(token_hash=hash_token(token), revoked_at__isnull=True).first()
    if found is None:
        return None
    return ClientFacts(id=found.id, name=found.name, kind=found.kind, scopes=frozenset(found.scopes))


def authorities(*, include_removed: bool = False) -> list[AuthorityFacts]:
    """Return the register, by country and name."""
    rows = Authority.objects.all()
    if not include_removed:
        rows = rows.exclude(status=Authority.Status.REMOVED)
    return [_authority_facts(row) for row in rows]


def authority(authority_id: UUID) -> AuthorityFacts:
    """Return one entry of the register. Raises UnknownAuthority."""
    return _authority_facts(authority_row(authority_id))


def authority_row(authority_id: UUID) -> Authority:
    """Return one entry with its keys and certificates, for the register's page. Raises UnknownAuthority."""
    certificates = AuthorityCertificate.objects.order_by("removed_at", "-added_at")
    row = (
        Authority.objects.prefetch_related("mail_domains", "keys", Prefetch("certificates", certificates))
        .filter(pk=authority_id)
        .first()
    )
    if row is None:
        raise UnknownAuthority("This authority is not in the register.")
    return row


def authority_key_row(key_id: UUID) -> AuthorityKey:
    """Return one key with its owner, for the register's page. Raises UnknownKey."""
    row = AuthorityKey.objects.select_related("authority").filter(pk=key_id).first()
    if row is None:
        raise UnknownKey("This key is not in the register.")
    return row


def authority_key(key_id: str) -> KeyFacts | None:
    """Return the key an RFC 9421 `keyid` names, usable or not (`services.key_usable` says which)."""
    row = find_row(AuthorityKey, "key_id", key_id)
    authority = find_row(Authority, "id", row.authority_id) if row is not None else None
    if row is None or authority is None:
        return None
    return KeyFacts(
        id=row.id,
        key_id=row.key_id,
        algorithm=row.algorithm,
        public_key=base64.b64decode(row.public_key),
        fingerprint=row.fingerprint,
        exercise=row.exercise,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        revoked_at=row.revoked_at,
        authority=_authority_facts(authority),
    )


def authorities_for_mail_domain(domain: str) -> list[AuthorityFacts]:
    """Return the registered authorities that write from `domain` or a domain above it."""
    labels = domain.strip().lower().rstrip(".").split(".")
    above = [".".join(labels[i:]) for i in range(max(len(labels) - 1, 1))]
    rows = Authority.objects.filter(
        status=Authority.Status.REGISTERED, mail_domains__domain__in=above
    ).distinct()
    return [_authority_facts(row) for row in rows]


def authority_for_mail_domain(domain: str) -> AuthorityFacts | None:
    """Return the one registered authority behind a mail domain; None when there is none or several."""
    found = authorities_for_mail_domain(domain)
    return found[0] if len(found) == 1 else None


def authority_for_mail(address: str) -> AuthorityFacts | None:
    """Return the one registered authority behind a mail address; a hint of who writes, never a proof."""
    return authority_for_mail_domain(address.rpartition("@")[2]) if "@" in address else None


def authority_named(name: str, country: str = "") -> AuthorityFacts | None:
    """Return the entry with this official name, whatever its case, or None."""
    rows = Authority.objects.filter(name__iexact=" ".join(name.split()))
    if country:
        rows = rows.filter(country=country.upper())
    found = list(rows[:2])
    return _authority_facts(found[0]) if len(found) == 1 else None


def certificates_of(authority_id: UUID, *, at: datetime) -> list[CertificateFacts]:
    """Return the trusted certificates of an authority that are valid at `at`."""
    rows = AuthorityCertificate.objects.filter(
        authority_id=authority_id, removed_at__isnull=True, not_before__lte=at, not_after__gte=at
    )
    return [_certificate_facts(row) for row in rows]


def trusted_certificates(*, at: datetime) -> dict[UUID, list[CertificateFacts]]:
    """Return all certificates of registered authorities that are trusted at `at`, by authority."""
    rows = AuthorityCertificate.objects.filter(
        authority__status=Authority.Status.REGISTERED,
        removed_at__isnull=True,
        not_before__lte=at,
        not_after__gte=at,
    )
    found: dict[UUID, list[CertificateFacts]] = {}
    for row in rows:
        found.setdefault(row.authority_id, []).append(_certificate_facts(row))
    return found


def host_profile() -> HostProfile | None:
    """Return the host's profile, or None before it was written."""
    return find_row(HostProfile, "slot", "host")


def host_facts() -> HostFacts:
    """Return what decides whether a law binds this host; `is_complete` is false before it was written."""
    row = host_profile()
    if row is None:
        return HostFacts()
    return HostFacts(
        name=row.name,
        established_in=row.established_in,
        represented_in=row.represented_in,
        offers_in=frozenset(row.offers_in),
        disseminates_to_public=row.disseminates_to_public,
        service_hosts=tuple(row.service_hosts),
        contact_point_mail=row.contact_point_mail,
        languages=tuple(row.languages),
        size_class=row.size_class,
        terms_url=row.terms_url,
        is_complete=bool(
            (row.established_in or row.represented_in)
            and row.service_hosts
            and row.disseminates_to_public is not None
        ),
    )


def _people() -> "QuerySet[Person]":
    running = RoleGrant.objects.filter(revoked_at__isnull=True)
    return Person.objects.prefetch_related(Prefetch("role_grants", running, to_attr="running_grants"))


def _person_facts(row: Person) -> PersonFacts:
    grants: Iterable[RoleGrant] = getattr(row, "running_grants", ())
    return PersonFacts(
        id=row.id,
        name=row.name,
        email=row.email,
        language=row.language,
        timezone=row.timezone,
        is_active=row.is_active,
        from_outside=row.from_outside,
        roles=frozenset(grant.role for grant in grants),
        left_at=row.left_at,
    )


def _authority_facts(row: Authority) -> AuthorityFacts:
    return AuthorityFacts(
        id=row.id,
        name=row.name,
        country=row.country,
        kind=row.kind,
        competences=frozenset(row.competences),
        callback_phone=row.callback_phone,
        contact_mail=row.contact_mail,
        callback_url=row.callback_url,
        languages=tuple(row.languages),
        status=row.status,
        exercise=row.exercise,
    )


def _certificate_facts(row: AuthorityCertificate) -> CertificateFacts:
    return CertificateFacts(
        id=row.id,
        purpose=row.purpose,
        pem=row.pem,
        subject=row.subject,
        fingerprint=row.fingerprint,
        not_before=row.not_before,
        not_after=row.not_after,
    )
