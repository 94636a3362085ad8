"""Machine clients, the register of authorities, the host's profile, as screens."""

import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import reverse

from entente.apps.kernel import clock
from entente.apps.kernel.config import PlatformAdapter
from entente.apps.parties import queries
from entente.apps.parties.models import ApiClient, Authority, AuthorityCertificate, AuthorityKey
from entente.web.accounts import host_views
from tests.web.accounts.conftest import SignIn

AUTHORITY = {
    "name": "Office of Digital Affairs",
    "country": "fr",
    "kind": "competent_authority",
    "competences": ["issue_orders"],
    "languages": "fr, en",
    "callback_phone": "+33 1 00 00 00 00",
    "contact_mail": "orders@digital-affairs.example",
    "mail_domains": "digital-affairs.example\norders.example",
    "callback_url": "https://orders.digital-affairs.example/",
    "source_note": "Published list",
}


@pytest.fixture
def browser(staff: SimpleNamespace, sign_in: SignIn) -> Client:
    """Return the administrator's browser."""
    return sign_in(staff.ada)


@pytest.fixture
def office(browser: Client) -> Authority:
    """Return an authority written through the form."""
    answer = browser.post(reverse("register:add"), AUTHORITY)
    office = Authority.objects.get()
    assert answer["Location"] == reverse("register:detail", args=[office.pk])
    return office


def _pem() -> str:
    public = Ed25519PrivateKey.generate().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _certificate() -> str:
    private = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Seal of the office")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    built = built.public_key(private.public_key()).serial_number(x509.random_serial_number())
    built = built.not_valid_before(clock.now() - timedelta(days=9)).not_valid_after(clock.now())
    return built.sign(private, None).public_bytes(Encoding.PEM).decode()


def test_a_token_is_shown_once(browser: Client) -> None:
    assert "No program speaks" in browser.get(reverse("clients:list")).content.decode()
    assert browser.post(reverse("clients:add"), {"name": "Agora"}).status_code == 422
    page = browser.post(
        reverse("clients:add"), {"name": "Agora", "kind": "platform", "scopes": ["actions:write"]}
    )
    token = page.context["token"]
    assert token in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert queries.api_client_for_token(token) is not None
    assert token not in browser.get(reverse("clients:list")).content.decode()
    client = ApiClient.objects.get()
    revoke = reverse("clients:revoke", args=[client.pk])
    browser.post(revoke)
    assert queries.api_client_for_token(token) is None
    assert "already been revoked" in browser.post(revoke, follow=True).content.decode()


def test_a_name_of_spaces_is_refused_by_the_service(browser: Client) -> None:
    facts = {"name": "x", "kind": "spy", "scopes": ["actions:write"]}
    assert browser.post(reverse("clients:add"), facts).status_code == 422


def domains_of(authority: Authority) -> list[str]:
    return sorted(authority.mail_domains.values_list("domain", flat=True))


def test_an_authority_is_written_and_changed(browser: Client, office: Authority) -> None:
    facts = queries.authority(office.pk)
    assert facts.languages == ("fr", "en")
    assert domains_of(office) == ["digital-affairs.example", "orders.example"]
    assert "Office of Digital Affairs" in browser.get(reverse("register:list")).content.decode()
    edit = reverse("register:edit", args=[office.pk])
    form = browser.get(edit).content.decode()
    assert "digital-affairs.example\norders.example" in form
    page = browser.post(edit, {**AUTHORITY, "mail_domains": "gouv.fr"})
    assert page.status_code == 422
    assert "belongs to many" in page.content.decode()
    assert browser.post(edit, {**AUTHORITY, "mail_domains": ""}).status_code == 302
    assert domains_of(office) == []
    page = browser.post(reverse("register:add"), AUTHORITY)
    assert "already in the register" in page.content.decode()


def test_a_standing_is_changed_with_a_reason(browser: Client, office: Authority) -> None:
    address = reverse("register:set_status", args=[office.pk])
    assert browser.post(address, {"status": "suspended", "reason": ""}).status_code == 422
    assert browser.post(address, {"status": "suspended", "reason": "ceremony"}).status_code == 302
    page = browser.get(reverse("register:detail", args=[office.pk])).content.decode()
    assert "Suspended" in page
    assert "ceremony" in page


def test_a_key_is_registered_replaced_and_revoked(browser: Client, office: Authority) -> None:
    add, detail = (reverse(f"register:{name}", args=[office.pk]) for name in ("add_key", "detail"))
    assert browser.get(add).status_code == 200
    assert browser.post(add, {"public_key": "x", "valid_from": "2026-01-01T00:00"}).status_code == 422
    assert browser.post(add, {"public_key": _pem(), "valid_from": "2026-01-01T00:00"}).status_code == 302
    old = AuthorityKey.objects.get()
    page = browser.get(detail).content.decode()
    assert f"{old.fingerprint[:4]} {old.fingerprint[4:8]}" in page
    newer = {"public_key": _pem(), "valid_from": "2026-06-01T00:00", "replaces": str(old.pk), "key_id": "new"}
    assert browser.post(add, newer).status_code == 302
    revoke = reverse("register:revoke_key", args=[AuthorityKey.objects.get(key_id="new").pk])
    assert browser.get(revoke).status_code == 200
    assert browser.post(revoke, {"reason": ""}).status_code == 422
    assert browser.post(revoke, {"reason": "stolen"})["Location"] == detail
    assert browser.post(revoke, {"reason": "stolen"}).status_code == 422
    page = browser.get(detail).content.decode()
    assert "Revoked" in page
    assert "Expired" in page
    assert browser.get(reverse("register:revoke_key", args=[uuid4()])).status_code == 404


def test_a_certificate_is_trusted_and_removed(browser: Client, office: Authority) -> None:
    add, detail = (reverse(f"register:{name}", args=[office.pk]) for name in ("add_certificate", "detail"))
    assert browser.post(add, {"pem": "x", "purpose": "seal"}).status_code == 422
    assert browser.post(add, {"pem": _certificate(), "purpose": "seal"})["Location"] == detail
    held = AuthorityCertificate.objects.get()
    assert "Seal of the office" in browser.get(detail).content.decode()
    remove = reverse("register:remove_certificate", args=[office.pk, held.pk])
    browser.post(remove)
    assert AuthorityCertificate.objects.get().removed_at is not None
    assert "already been removed" in browser.post(remove, follow=True).content.decode()


def test_the_register_may_be_read_without_editing(
    office: Authority, staff: SimpleNamespace, sign_in: SignIn
) -> None:
    page = sign_in(staff.rui).get(reverse("register:detail", args=[office.pk])).content.decode()
    assert "+33 1 00 00 00 00" in page
    assert "Add a key" not in page


def test_the_host_is_written(browser: Client) -> None:
    show, edit = reverse("host:profile"), reverse("host:edit")
    assert "not complete" in browser.get(show).content.decode()
    assert browser.get(edit).context["form"].initial == {}
    facts = {
        "name": "Agora",
        "established_in": "ie",
        "offers_in": "FR, DE",
        "service_hosts": "agora.example",
        "contact_point_mail": "orders@agora.example",
        "size_class": "small",
        "disseminates_to_public": "False",
    }
    unsaid = {name: value for name, value in facts.items() if name != "disseminates_to_public"}
    assert "disseminates_to_public" in browser.post(edit, unsaid).context["form"].errors
    assert browser.post(edit, {**facts, "service_hosts": "https://agora.example"}).status_code == 422
    assert browser.post(edit, facts)["Location"] == show
    assert "not complete" not in browser.get(show).content.decode()
    assert browser.get(edit).context["form"].initial["offers_in"] == ["DE", "FR"]
    assert "adapter" not in browser.get(edit).context["form"].fields
    assert browser.get(edit).context["form"].initial["disseminates_to_public"] is False
    chosen = re.findall(
        r'<input[^>]*name="disseminates_to_public"[^>]*checked[^>]*>', browser.get(edit).content.decode()
    )
    assert len(chosen) == 1
    assert 'value="False"' in chosen[0]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("manual", "By e-mail to a person who confirms. It goes to <bdi>orders@agora.example</bdi>."),
        ("webhook", "By signed webhook."),
    ],
)
def test_the_profile_shows_the_configured_way_to_the_service(
    browser: Client, monkeypatch: pytest.MonkeyPatch, kind: str, words: str
) -> None:
    """The configuration decides it, so the page offers no choice that would change nothing."""
    platform = PlatformAdapter.model_construct(kind=kind, manual_mail="orders@agora.example")
    monkeypatch.setattr(host_views, "config", lambda: SimpleNamespace(platform=platform))
    page = browser.get(reverse("host:profile")).content.decode()
    assert words in " ".join(page.split())
    assert "[platform]" in page
