"""The register of authorities: entries, standing, keys, certificates."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from entente.apps.audit import queries as audit
from entente.apps.kernel import keys
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.parties import errors, key_material, queries, services
from entente.apps.parties.models import Authority
from entente.apps.parties.registries import RegisterChange
from entente.apps.parties.services.register import AuthorityEntry
from entente.apps.parties.types import KeyFacts, KeyVerdict
from tests.apps.parties.conftest import AT

MakeKey = Callable[[], tuple[Ed25519PrivateKey, str]]
ENTRY = AuthorityEntry(
    name="Office  of Digital Affairs",
    country="fr",
    kind="competent_authority",
    competences=["issue_orders", "scrutinise"],
    mail_domains=["Orders.Digital-Affairs.example", "@digital-affairs.example"],
    callback_phone="+33 1 00 00 00 00",
    contact_mail="orders@digital-affairs.example",
    callback_url="https://orders.digital-affairs.example/feedback",
    languages=["fr", "en"],
    source_note="Published list of the Commission",
)


@pytest.fixture
def office(staff: SimpleNamespace) -> Authority:
    return services.register_authority(entry=ENTRY, actor=staff.ada.actor, at=AT, exercise_instance=False)


def _add(office: Authority, staff: SimpleNamespace, pem: str, **facts: Any) -> Any:
    given = {"valid_from": AT, "exercise_instance": False, **facts}
    return services.add_authority_key(
        authority_id=office.pk, public_key=pem, actor=staff.ada.actor, at=AT, **given
    )


def domains_of(authority: Authority) -> list[str]:
    return sorted(authority.mail_domains.values_list("domain", flat=True))


def test_an_entry_is_cleaned_found_and_told(office: Authority, changes: list[RegisterChange]) -> None:
    facts = queries.authority(office.pk)
    assert (facts.name, facts.country) == ("Office of Digital Affairs", "FR")
    assert domains_of(office) == ["digital-affairs.example", "orders.digital-affairs.example"]
    assert facts.competences == {"issue_orders", "scrutinise"}
    assert facts.actor.kind == "authority"
    assert str(office) == "Office of Digital Affairs (FR)"
    (change,) = changes
    assert change.kind == "authority_registered"
    assert change.public_facts == {"authority": facts.name, "country": "FR", "exercise": False}
    assert audit.trail_of("authority", office.pk)[0].kind == "parties:register:authority_registered"
    assert [entry.name for entry in queries.authorities()] == [facts.name]


@pytest.mark.parametrize(
    ("domain", "found"),
    [
        ("digital-affairs.example", True),
        ("UNIT.Digital-Affairs.example", True),
        ("not-digital-affairs.example", False),
        ("example", False),
        ("digital-affairs.example.evil.example", False),
    ],
)
def test_a_mail_domain_names_its_authority(office: Authority, domain: str, found: bool) -> None:  # noqa: FBT001
    entry = queries.authority_for_mail_domain(domain)
    assert (entry is not None) is found


def test_a_domain_shared_by_two_names_nobody(office: Authority, staff: SimpleNamespace) -> None:
    services.register_authority(
        entry=replace(ENTRY, name="Another office"), actor=staff.ada.actor, at=AT, exercise_instance=False
    )
    assert queries.authority_for_mail_domain("digital-affairs.example") is None
    assert len(queries.authorities_for_mail_domain("digital-affairs.example")) == 2


def test_a_mail_address_hints_at_its_authority(office: Authority) -> None:
    found = queries.authority_for_mail("duty@orders.digital-affairs.example")
    assert found is not None
    assert found.id == office.pk
    assert queries.authority_for_mail("no address") is None


def test_an_authority_is_found_by_its_name(office: Authority) -> None:
    assert queries.authority_named("office of digital AFFAIRS") is not None
    assert queries.authority_named("Office of Digital Affairs", "fr") is not None
    assert queries.authority_named("Office of Digital Affairs", "DE") is None


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"country": "FRA"}, "country"),
        ({"kind": "club"}, "kind"),
        ({"competences": ["reign"]}, "competences"),
        ({"mail_domains": ["gouv.fr"]}, "mail_domains"),
        ({"mail_domains": ["not a host"]}, "mail_domains"),
        ({"callback_phone": "ring me"}, "callback_phone"),
        ({"contact_mail": "nowhere"}, "contact_mail"),
        ({"callback_url": "ftp://x.example"}, "callback_url"),
        ({"callback_url": "https://a:b@x.example/"}, "callback_url"),
        ({"languages": ["français"]}, "languages"),
    ],
)
def test_a_wrong_field_is_named(staff: SimpleNamespace, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidEntry) as caught:
        services.register_authority(
            entry=replace(ENTRY, **facts), actor=staff.ada.actor, at=AT, exercise_instance=False
        )
    assert caught.value.facts["field"] == field


def test_the_same_authority_twice_is_refused(office: Authority, staff: SimpleNamespace) -> None:
    with pytest.raises(errors.InvalidEntry):
        services.register_authority(entry=ENTRY, actor=staff.ada.actor, at=AT, exercise_instance=False)


def test_an_entry_is_changed(
    office: Authority, staff: SimpleNamespace, changes: list[RegisterChange]
) -> None:
    changed = replace(ENTRY, callback_phone="", callback_url="", mail_domains=["new.example"])
    services.update_authority(authority_id=office.pk, entry=changed, actor=staff.ada.actor, at=AT)
    facts = queries.authority(office.pk)
    assert (facts.callback_phone, domains_of(office)) == ("", ["new.example"])
    assert changes[-1].kind == "authority_changed"
    with pytest.raises(errors.ExerciseMismatch):
        services.update_authority(
            authority_id=office.pk, entry=replace(ENTRY, exercise=True), actor=staff.ada.actor, at=AT
        )
    other = services.register_authority(
        entry=replace(ENTRY, name="Second"), actor=staff.ada.actor, at=AT, exercise_instance=False
    )
    with pytest.raises(errors.InvalidEntry):
        services.update_authority(authority_id=other.pk, entry=ENTRY, actor=staff.ada.actor, at=AT)


def test_standing_is_set_with_a_reason(
    office: Authority, staff: SimpleNamespace, changes: list[RegisterChange]
) -> None:
    facts: dict[str, Any] = {"authority_id": office.pk, "actor": staff.ada.actor, "at": AT}
    with pytest.raises(errors.InvalidEntry):
        services.set_authority_status(**facts, status="forgotten", reason="x")
    with pytest.raises(errors.InvalidEntry):
        services.set_authority_status(**facts, status="suspended", reason=" ")
    services.set_authority_status(**facts, status="removed", reason="dissolved")
    assert queries.authorities() == []
    assert [entry.status for entry in queries.authorities(include_removed=True)] == ["removed"]
    assert changes[-1].public_facts["status"] == "removed"
    assert queries.authority_for_mail_domain("digital-affairs.example") is None


def test_two_changes_of_standing_at_once(
    office: Authority, staff: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = Authority.objects.get(pk=office.pk)
    Authority.objects.filter(pk=office.pk).update(status="suspended")
    monkeypatch.setattr(services.register, "find_authority", lambda _id: stale)
    with pytest.raises(ChangedMeanwhile):
        services.set_authority_status(
            authority_id=office.pk, status="removed", reason="x", actor=staff.ada.actor, at=AT
        )


def test_what_is_not_registered_is_unknown(staff: SimpleNamespace) -> None:
    with pytest.raises(errors.UnknownAuthority):
        services.set_authority_status(
            authority_id=uuid4(), status="removed", reason="x", actor=staff.ada.actor, at=AT
        )
    with pytest.raises(errors.UnknownAuthority):
        queries.authority(uuid4())
    assert queries.authority_key("nobody") is None


def test_a_key_in_any_dress_is_the_same_key(public_key: MakeKey) -> None:
    private, pem = public_key()
    raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    url_safe = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    jwk = json.dumps({"kty": "OKP", "crv": "Ed25519", "x": url_safe})
    for text in (pem, jwk, url_safe, base64.b64encode(raw).decode(), f"  {url_safe}\n"):
        assert key_material.parse_public_key(text) == raw
    assert key_material.grouped(key_material.fingerprint(raw)).count(" ") == 15


def test_a_private_key_is_refused_and_called_lost(public_key: MakeKey) -> None:
    private, _pem = public_key()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    jwk = json.dumps({"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"})
    for text in (pem, jwk):
        with pytest.raises(errors.PrivateKeySent, match="lost"):
            key_material.parse_public_key(text)
    with pytest.raises(errors.PrivateKeySent):
        key_material.parse_certificate(pem)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!!",
        "AAAA",
        "{not json",
        "[]",
        '{"kty": "RSA"}',
        '{"kty": "OKP", "crv": "Ed25519"}',
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(errors.KeyNotReadable):
        key_material.parse_public_key(text)


def test_another_kind_of_key_is_refused() -> None:
    public = rsa.generate_private_key(65537, 2048).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(errors.KeyNotReadable):
        key_material.parse_public_key(pem)


def test_a_key_is_registered_once(
    office: Authority, staff: SimpleNamespace, public_key: MakeKey, changes: list[RegisterChange]
) -> None:
    private, pem = public_key()
    key = _add(office, staff, pem)
    facts = queries.authority_key(key.key_id)
    assert facts is not None
    assert facts.public_key == private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert facts.authority.id == office.pk
    assert changes[-1].kind == "key_registered"
    assert changes[-1].public_facts["fingerprint"] == key.fingerprint
    with pytest.raises(errors.KeyTaken):
        _add(office, staff, pem, key_id="another name")
    with pytest.raises(errors.KeyTaken):
        _add(office, staff, public_key()[1], key_id=key.key_id)


def test_a_key_must_end_after_it_begins(
    office: Authority, staff: SimpleNamespace, public_key: MakeKey
) -> None:
    with pytest.raises(errors.InvalidEntry):
        _add(office, staff, public_key()[1], valid_until=AT)
    with pytest.raises(errors.InvalidEntry):
        _add(office, staff, public_key()[1], key_id="x" * 121)
    with pytest.raises(errors.InvalidEntry):
        _add(office, staff, public_key()[1], key_id="line\nbreak")


def test_a_key_is_rotated(
    office: Authority, staff: SimpleNamespace, public_key: MakeKey, changes: list[RegisterChange]
) -> None:
    later = AT + timedelta(days=30)
    old = _add(office, staff, public_key()[1])
    with pytest.raises(errors.InvalidEntry):
        _add(office, staff, public_key()[1], replaces=old.pk)
    new = _add(office, staff, public_key()[1], replaces=old.pk, valid_from=later)
    assert changes[-1].kind == "key_rotated"
    assert changes[-1].public_facts["replaces"] == old.key_id
    ended = queries.authority_key(old.key_id)
    assert ended is not None
    assert services.key_usable(ended, later - timedelta(seconds=1), exercise_instance=False)
    assert services.key_usable(ended, later, exercise_instance=False) is KeyVerdict.EXPIRED
    begun = queries.authority_key(new.key_id)
    assert begun is not None
    assert services.key_usable(begun, AT, exercise_instance=False) is KeyVerdict.NOT_YET_VALID
    even_later = _add(office, staff, public_key()[1], replaces=old.pk, valid_from=later + timedelta(days=1))
    kept = queries.authority_key(old.key_id)
    assert kept is not None
    assert kept.valid_until == later, "a replacement never lengthens an old key"
    assert even_later.replaces == old
    with pytest.raises(errors.UnknownKey):
        _add(office, staff, public_key()[1], replaces=uuid4())


def test_a_key_is_revoked(
    office: Authority, staff: SimpleNamespace, public_key: MakeKey, changes: list[RegisterChange]
) -> None:
    key = _add(office, staff, public_key()[1])
    facts: dict[str, Any] = {"key_id": key.pk, "actor": staff.ada.actor, "at": AT + timedelta(hours=1)}
    with pytest.raises(errors.InvalidEntry):
        services.revoke_authority_key(**facts, reason="")
    services.revoke_authority_key(**facts, reason="device stolen")
    assert changes[-1].kind == "key_revoked"
    found = queries.authority_key(key.key_id)
    assert found is not None
    assert services.key_usable(found, AT, exercise_instance=False)
    assert services.key_usable(found, facts["at"], exercise_instance=False) is KeyVerdict.REVOKED
    with pytest.raises(ChangedMeanwhile):
        services.revoke_authority_key(**facts, reason="again")
    with pytest.raises(errors.UnknownKey):
        services.revoke_authority_key(**{**facts, "key_id": uuid4()}, reason="x")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("registered", KeyVerdict.USABLE),
        ("suspended", KeyVerdict.AUTHORITY_SUSPENDED),
        ("removed", KeyVerdict.AUTHORITY_REMOVED),
    ],
)
def test_a_key_stands_with_its_authority(
    office: Authority, staff: SimpleNamespace, public_key: MakeKey, status: str, verdict: KeyVerdict
) -> None:
    key = _add(office, staff, public_key()[1])
    Authority.objects.filter(pk=office.pk).update(status=status)
    found = queries.authority_key(key.key_id)
    assert found is not None
    assert services.key_usable(found, AT, exercise_instance=False) is verdict
    assert bool(verdict) is (verdict == "usable")


def test_exercise_and_real_life_do_not_mix(staff: SimpleNamespace, public_key: MakeKey) -> None:
    rehearsal = replace(ENTRY, name="Exercise office", exercise=True)
    with pytest.raises(errors.ExerciseMismatch):
        services.register_authority(entry=rehearsal, actor=staff.ada.actor, at=AT, exercise_instance=False)
    with pytest.raises(errors.ExerciseMismatch):
        services.register_authority(entry=ENTRY, actor=staff.ada.actor, at=AT, exercise_instance=True)
    office = services.register_authority(
        entry=rehearsal, actor=staff.ada.actor, at=AT, exercise_instance=True
    )
    with pytest.raises(errors.ExerciseMismatch):
        _add(office, staff, public_key()[1], exercise_instance=False)
    with pytest.raises(errors.ExerciseMismatch):
        _add(office, staff, public_key()[1], exercise_instance=True, key_id="plain name")
    key = _add(office, staff, public_key()[1], exercise_instance=True)
    assert key.key_id.startswith("exercise-")
    found: KeyFacts | None = queries.authority_key(key.key_id)
    assert found is not None
    assert services.key_usable(found, AT, exercise_instance=True)
    assert services.key_usable(found, AT, exercise_instance=False) is KeyVerdict.EXERCISE_KEY
    real = replace(found, exercise=False)
    assert services.key_usable(real, AT, exercise_instance=True) is KeyVerdict.NOT_AN_EXERCISE_KEY


def test_a_real_key_may_not_be_called_an_exercise(
    office: Authority, staff: SimpleNamespace, public_key: MakeKey
) -> None:
    with pytest.raises(errors.ExerciseMismatch):
        _add(office, staff, public_key()[1], key_id="EXERCISE-1")


def test_the_nature_of_the_instance_is_the_default(
    staff: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "is_exercise", lambda: True)
    with pytest.raises(errors.ExerciseMismatch):
        services.register_authority(entry=ENTRY, actor=staff.ada.actor, at=AT)


def _certificate() -> str:
    private = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Seal of the office")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    built = built.public_key(private.public_key()).serial_number(x509.random_serial_number())
    built = built.not_valid_before(AT).not_valid_after(AT + timedelta(days=365))
    return built.sign(private, None).public_bytes(Encoding.PEM).decode()


def test_a_certificate_is_trusted_until_it_is_removed(
    office: Authority, staff: SimpleNamespace, changes: list[RegisterChange]
) -> None:
    pem = _certificate()
    given: dict[str, Any] = {"authority_id": office.pk, "actor": staff.ada.actor, "at": AT}
    held = services.add_authority_certificate(**given, pem=pem, purpose="seal")
    (found,) = queries.certificates_of(office.pk, at=AT)
    assert (found.subject, found.fingerprint) == ("CN=Seal of the office", held.fingerprint)
    assert queries.trusted_certificates(at=AT) == {office.pk: [found]}
    assert queries.certificates_of(office.pk, at=AT + timedelta(days=366)) == []
    with pytest.raises(errors.KeyTaken):
        services.add_authority_certificate(**given, pem=pem, purpose="signature")
    services.remove_authority_certificate(certificate_id=held.pk, actor=staff.ada.actor, at=AT)
    assert queries.certificates_of(office.pk, at=AT) == []
    assert [change.kind for change in changes[-2:]] == ["certificate_registered", "certificate_removed"]
    with pytest.raises(ChangedMeanwhile):
        services.remove_authority_certificate(certificate_id=held.pk, actor=staff.ada.actor, at=AT)
    with pytest.raises(errors.UnknownKey):
        services.remove_authority_certificate(certificate_id=uuid4(), actor=staff.ada.actor, at=AT)


def test_what_is_no_certificate_is_refused(office: Authority, staff: SimpleNamespace) -> None:
    given: dict[str, Any] = {"authority_id": office.pk, "actor": staff.ada.actor, "at": AT}
    for text in ("", "nonsense", _certificate() + _certificate()):
        with pytest.raises(errors.CertificateNotReadable):
            services.add_authority_certificate(**given, pem=text, purpose="seal")
    with pytest.raises(errors.InvalidEntry):
        services.add_authority_certificate(**given, pem=_certificate(), purpose="love")
