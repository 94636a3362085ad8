"""POST /api/v1/orders: signed, once, within limits, with a receipt."""

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db.models import QuerySet
from django.test import Client
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms
from typing_extensions import override

from entente.apps.audit import queries as audit
from entente.apps.cases.models import Case
from entente.apps.kernel import keys
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries, services
from entente.apps.orders.errors import OrderMissing, OrderTooLarge
from entente.apps.orders.models import RemovalOrder
from entente.apps.parties import services as parties
from entente.core.law.orders import RemovalOrderForm
from entente.core.tlog.receipts import verify_receipt
from tests import world
from tests.world import Office

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:8700/api/v1/orders"


class Letter:
    def __init__(self, method: str, url: str) -> None:
        self.method, self.url = method, url
        self.headers: dict[str, str] = {"Content-Type": "application/json"}


def signed_headers(
    office: Office,
    body: bytes | None,
    *,
    key: Ed25519PrivateKey | None = None,
    key_id: str = "",
    created: datetime | None = None,
    method: str = "POST",
    url: str = URL,
    covered: tuple[str, ...] = ("@method", "@target-uri"),
) -> dict[str, str]:
    class Key(HTTPSignatureKeyResolver):
        @override
        def resolve_private_key(self, _key_id: str) -> Any:
            return key or office.key

    letter = Letter(method, url)
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Key()).sign(
        letter,
        key_id=key_id or office.key_id,
        created=created,
        nonce=secrets.token_hex(8),
        covered_component_ids=covered,
        body=body,
    )
    return letter.headers


@pytest.fixture
def office() -> Office:
    now = datetime.now(UTC)
    world.host(at=now)
    return world.office(at=now)


def post(client: Client, body: bytes, headers: dict[str, str]) -> Any:
    return client.post("/api/v1/orders", data=body, content_type="application/json", headers=headers)


def send(client: Client, office: Office, form: dict[str, Any] | None = None, **changes: Any) -> Any:
    body = json.dumps(form or world.order_form()).encode()
    return post(client, body, signed_headers(office, body, **changes))


def test_a_signed_order_is_received_with_a_receipt_that_verifies(client: Client, office: Office) -> None:
    response = send(client, office)
    assert response.status_code == 201, response.content
    answer = response.json()
    order = RemovalOrder.objects.get()
    assert answer["id"] == str(order.id)
    assert (order.authenticity, order.authenticity_method, order.door) == (
        "verified",
        "registered_key",
        "api",
    )
    assert answer["receipt"]["leaf_hash"] == order.leaf_hash
    verify_receipt(answer["receipt"], keys.instance_public_key().public_bytes_raw())


def test_the_same_order_signed_anew_gets_the_first_receipt(client: Client, office: Office) -> None:
    first = send(client, office).json()
    second = send(client, office)
    assert second.status_code == 200
    assert second.json()["duplicate"] is True
    assert second.json()["receipt"] == first["receipt"]
    assert Case.objects.count() == 1


def refused(response: Any, code: str, status: int = 401) -> dict[str, Any]:
    problem: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, problem["code"]) == (status, code), problem
    assert response["Content-Type"] == "application/problem+json"
    assert problem["title"]
    assert not RemovalOrder.objects.exists()
    return problem


def test_unsigned(client: Client, office: Office) -> None:
    refused(post(client, json.dumps(world.order_form()).encode(), {}), "signature_refused")


def test_signed_by_a_key_that_is_not_in_the_register(client: Client, office: Office) -> None:
    refused(send(client, office, key=Ed25519PrivateKey.generate()), "signature_refused")
    refused(send(client, office, key_id="nobody"), "signature_refused")


def test_body_changed_after_signing(client: Client, office: Office) -> None:
    body = json.dumps(world.order_form()).encode()
    headers = signed_headers(office, body)
    other = json.dumps(world.order_form("https://agora.example/p/2")).encode()
    refused(post(client, other, headers), "signature_refused")


def test_signature_that_does_not_cover_the_body(client: Client, office: Office) -> None:
    body = json.dumps(world.order_form()).encode()
    headers = signed_headers(office, body, covered=("@method",))
    refused(post(client, body, headers), "signature_refused")


def test_expired_signature(client: Client, office: Office) -> None:
    refused(send(client, office, created=datetime.now(UTC) - timedelta(minutes=20)), "signature_refused")


def test_signature_from_the_future(client: Client, office: Office) -> None:
    refused(send(client, office, created=datetime.now(UTC) + timedelta(minutes=20)), "signature_refused")


def test_for_another_address(client: Client, office: Office) -> None:
    refused(send(client, office, url="https://other.example/api/v1/orders"), "signature_refused")


def test_revoked_key(client: Client, office: Office) -> None:
    from entente.apps.parties.queries import authority_key

    found = authority_key(office.key_id)
    assert found is not None
    parties.revoke_authority_key(
        key_id=found.id, reason="lost", actor=world.actor("administrator"), at=datetime.now(UTC)
    )
    assert "revoked" in refused(send(client, office), "signature_refused")["detail"]


def test_a_replay_is_refused_and_leaves_one_order(client: Client, office: Office) -> None:
    body = json.dumps(world.order_form()).encode()
    headers = signed_headers(office, body)
    assert post(client, body, headers).status_code == 201
    replay = post(client, body, headers)
    assert (replay.status_code, json.loads(replay.content)["code"]) == (401, "signature_refused")
    assert RemovalOrder.objects.count() == 1


def renamed(headers: dict[str, str]) -> dict[str, str]:
    """Give the signature another label: labels are not signed."""
    label = headers["Signature"].partition("=")[0]
    changed = {
        name: headers[name].replace(f"{label}=", "other=", 1) for name in ("Signature", "Signature-Input")
    }
    return {**headers, **changed}


def rewritten(headers: dict[str, str]) -> dict[str, str]:
    """Write the signature's last four bits anew: base64 of 64 bytes leaves them free, and a tolerant reader drops them."""
    start, encoded, end = (
        headers["Signature"].rpartition("==")[0],
        "==",
        headers["Signature"].rpartition("==")[2],
    )
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = letters[letters.index(start[-1]) + 1]
    return {**headers, "Signature": f"{start[:-1]}{other}{encoded}{end}"}


@pytest.mark.parametrize("reference", ["EX-2026-1", ""])
@pytest.mark.parametrize(
    "change",
    [
        renamed,
        rewritten,
        lambda headers: {**headers, "Signature": headers["Signature"] + " "},
        lambda headers: {**headers, "Signature": headers["Signature"] + ";note=1"},
        lambda headers: {**headers, "Signature": headers["Signature"].replace("==:", ":")},
        lambda headers: {**headers, "Signature-Input": headers["Signature-Input"].replace(";", "; ")},
    ],
    ids=["label", "free bits", "blank", "parameter", "padding", "blanks in the input"],
)
def test_a_replay_in_other_clothes_is_refused_too(
    client: Client, office: Office, change: Any, reference: str
) -> None:
    """What is not signed can be changed by whoever copied the request; it stays the same signature."""
    form = world.order_form(reference=reference, section_e={"file_number": reference})
    body = json.dumps(form).encode()
    headers = signed_headers(office, body)
    assert post(client, body, headers).status_code == 201
    dressed = change(headers)
    assert dressed != headers
    replay = post(client, body, dressed)
    assert (replay.status_code, json.loads(replay.content)["code"]) == (401, "signature_refused")
    assert RemovalOrder.objects.count() == 1


def test_a_retry_with_an_idempotency_key_gets_the_first_answer(client: Client, office: Office) -> None:
    body = json.dumps(world.order_form()).encode()
    headers = {**signed_headers(office, body), "Idempotency-Key": "k1"}
    first = post(client, body, headers)
    again = post(client, body, headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = json.dumps(world.order_form(reference="EX-9")).encode()
    clash = post(client, other, {**signed_headers(office, other), "Idempotency-Key": "k1"})
    assert (clash.status_code, json.loads(clash.content)["code"]) == (409, "idempotency_key_reused")


def test_not_json(client: Client, office: Office) -> None:
    body = b"\xff{"
    refused(post(client, body, signed_headers(office, body)), "order_malformed", 422)


def test_a_list_is_no_form(client: Client, office: Office) -> None:
    body = b"[1]"
    refused(post(client, body, signed_headers(office, body)), "order_malformed", 422)


def test_no_address(client: Client, office: Office) -> None:
    refused(send(client, office, world.order_form(section_b={"contents": []})), "order_malformed", 422)


def test_too_many_addresses(client: Client, office: Office) -> None:
    form = world.order_form(*[f"https://agora.example/p/{number}" for number in range(1001)])
    problem = refused(send(client, office, form), "too_many_addresses", 413)
    assert (problem["limit"], problem["count"]) == (1000, 1001)


def test_too_many_addresses_are_shown_to_who_works_the_inbox_once(client: Client, office: Office) -> None:
    form = world.order_form(*[f"https://agora.example/p/{number}" for number in range(1001)])
    for _retry in range(3):
        refused(send(client, office, form), "too_many_addresses", 413)
    (row,) = queries.refused()
    assert (row.authority_id, row.reference, row.addresses, row.limit, row.times) == (
        office.facts.id,
        "EX-2026-1",
        1001,
        1000,
        3,
    )
    kinds = [line.kind for line in audit.latest()]
    assert kinds.count("orders:removal_order:refused_too_many") == 1
    services.mark_refusal_seen(refused_id=row.id, actor=world.actor("legal"), at=datetime.now(UTC))
    services.mark_refusal_seen(refused_id=row.id, actor=world.actor("on_call"), at=datetime.now(UTC))
    assert queries.refused() == []
    row.refresh_from_db()
    assert row.seen_by_name == "Ada Example"
    with pytest.raises(OrderMissing):
        services.mark_refusal_seen(refused_id=uuid4(), actor=SYSTEM, at=datetime.now(UTC))


def test_an_oversized_order_has_an_error_of_its_own_and_is_on_record(client: Client, office: Office) -> None:
    form = world.order_form(section_b={"reasons": "x" * 2_100_000})
    problem = refused(send(client, office, form), "order_too_large", 413)
    assert (problem["limit"], problem["count"] > 2_100_000) == (2_000_000, True)
    (row,) = queries.refused()
    assert (row.authority_id, row.size_bytes, row.limit) == (office.facts.id, problem["count"], 2_000_000)
    assert audit.latest()[0].kind == "orders:removal_order:refused_too_large"


@pytest.mark.parametrize("size", [2_100_000, 40_000_000])
def test_what_nobody_we_know_signed_fills_no_record(
    client: Client, office: Office, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(audit.latest())
    refused(post(client, b"x" * size, {}), "order_too_large", 413)
    refused(post(client, b"x" * size, signed_headers(office, b"other")), "order_too_large", 413)
    assert queries.refused() == []
    assert len(audit.latest()) == before
    assert "was refused" in caplog.text


def test_the_same_refusal_at_the_same_moment_is_counted_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(moment: datetime) -> None:
        with pytest.raises(OrderTooLarge):
            services.refuse_too_large(
                size_bytes=9, authority=office.facts, actor=office.facts.actor, at=moment
            )

    now = datetime.now(UTC)
    refuse(now)
    looks: list[int] = []
    look = QuerySet.update

    def too_early(rows: Any, **changes: Any) -> int:
        looks.append(1)
        return 0 if len(looks) == 1 else look(rows, **changes)

    monkeypatch.setattr(QuerySet, "update", too_early)
    refuse(now + timedelta(seconds=1))
    (row,) = queries.refused()
    assert row.times == 2


def test_an_unreadable_address_stays_in_the_order_and_is_named(client: Client, office: Office) -> None:
    response = send(client, office, world.order_form("http://[broken"))
    assert response.status_code == 201, response.content
    assert RemovalOrder.objects.get().findings


def test_the_issuer_may_ask_and_nobody_else(client: Client, office: Office) -> None:
    order_id = send(client, office).json()["id"]
    url = f"{URL}/{order_id}"
    answer = client.get(
        f"/api/v1/orders/{order_id}", headers=signed_headers(office, b"", method="GET", url=url)
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["execution"] == "awaiting"
    other = world.office("Other Office", at=datetime.now(UTC), mail_domains=["other.example"])
    answer = client.get(
        f"/api/v1/orders/{order_id}", headers=signed_headers(other, b"", method="GET", url=url)
    )
    assert answer.status_code == 404


def ask(
    client: Client, office: Office, *, body: bytes | None = None, sent: bytes = b"", **changes: Any
) -> Any:
    """Ask for the only order; `body` is what the digest is over (None: no digest), `sent` what is really sent."""
    path = f"/api/v1/orders/{RemovalOrder.objects.get().id}"
    values: dict[str, Any] = {"method": "GET", "url": f"http://127.0.0.1:8700{path}"}
    headers = signed_headers(office, body, **{**values, **changes})
    return client.generic("GET", path, sent, headers=headers)


def turned_away(response: Any) -> None:
    assert (response.status_code, response.json()["code"]) == (401, "signature_refused")


def test_a_question_without_content_needs_no_digest(client: Client, office: Office) -> None:
    send(client, office)
    answer = ask(client, office)
    assert answer.status_code == 200, answer.content
    assert ask(client, office, body=b"").status_code == 200


def test_a_question_may_be_asked_again_while_its_signature_is_young(client: Client, office: Office) -> None:
    path = f"/api/v1/orders/{send(client, office).json()['id']}"
    headers = signed_headers(office, None, method="GET", url=f"http://127.0.0.1:8700{path}")
    assert [client.get(path, headers=headers).status_code for _twice in range(2)] == [200, 200]
    turned_away(ask(client, office, created=datetime.now(UTC) - timedelta(minutes=20)))


@pytest.mark.parametrize(
    "changes",
    [
        {"covered": ("@method",)},
        {"covered": ("@target-uri",)},
        {"method": "POST"},
        {"sent": b"{}"},
        {"sent": b"{}", "body": b""},
        {"body": b"{}"},
    ],
    ids=["no address", "no method", "another method", "content", "content of another digest", "wrong digest"],
)
def test_a_question_covers_method_address_and_whatever_it_carries(
    client: Client, office: Office, changes: dict[str, Any]
) -> None:
    send(client, office)
    turned_away(ask(client, office, **changes))


def test_a_digest_that_is_sent_is_covered(client: Client, office: Office) -> None:
    path = f"/api/v1/orders/{send(client, office).json()['id']}"
    headers = signed_headers(office, None, method="GET", url=f"http://127.0.0.1:8700{path}")
    digest = signed_headers(office, b"", method="GET", url="http://x.example/")["Content-Digest"]
    turned_away(client.get(path, headers={**headers, "Content-Digest": digest}))


def test_an_order_without_a_digest_is_refused(client: Client, office: Office) -> None:
    refused(post(client, b"", signed_headers(office, None)), "signature_refused")


def test_the_instance_publishes_its_key(client: Client) -> None:
    published = client.get("/.well-known/entente").json()
    assert len(base64.b64decode(published["keys"][0]["public_key"])) == 32
    assert published["keys"][0]["id"] == keys.instance_key_id()


def test_openapi_describes_every_door(client: Client) -> None:
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {"/api/v1/orders", "/api/v1/notices", "/api/v1/snapshots/{snapshot_id}"} <= set(schema["paths"])


def test_openapi_shows_annex_i_with_an_example_that_is_taken_in(client: Client, office: Office) -> None:
    schema = client.get("/api/v1/openapi.json").json()
    door = schema["paths"]["/api/v1/orders"]["post"]
    body = door["requestBody"]["content"]["application/json"]
    boxes = RemovalOrderForm().to_json()
    assert set(body["schema"]["properties"]) == {*boxes, "order_type"}
    for section in (name for name in boxes if name.startswith("section_")):
        assert set(body["schema"]["properties"][section]["properties"]) == set(boxes[section])
    assert "$ref" not in json.dumps(door)
    assert "eu.dsa.art9_order" in body["schema"]["properties"]["order_type"]["enum"]
    assert set(door["responses"]) == {"200", "201", "401", "409", "413", "422", "503"}
    assert {one["name"] for one in door["parameters"] if one["required"]} == {
        "Content-Digest",
        "Signature",
        "Signature-Input",
    }
    (example,) = body["examples"].values()
    form = RemovalOrderForm.from_json(example["value"])
    assert (form.unread, form.to_json() != RemovalOrderForm().to_json()) == ((), True)
    answer = send(client, office, example["value"])
    assert answer.status_code == 201, answer.content
    told = door["responses"]["201"]["content"]["application/json"]["schema"]
    assert set(answer.json()) == set(told["properties"])
    codes = {finding["code"] for finding in RemovalOrder.objects.get().findings}
    assert codes <= {"issue_time.old", "issue_time.future"}


def test_an_exercise_form_is_no_order_on_a_real_instance(client: Client, office: Office) -> None:
    refused(send(client, office, world.order_form() | {"exercise": True}), "order_malformed", 422)


def test_an_unknown_kind_of_order_is_named(client: Client, office: Office) -> None:
    refused(send(client, office, world.order_form() | {"order_type": "xx.unknown"}), "order_malformed", 422)
