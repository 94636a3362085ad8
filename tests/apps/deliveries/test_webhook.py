"""Webhooks against a real server that answers well, slowly, wrongly, twice, too much or never."""

import base64
import hmac
import json
import logging
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from entente.apps.deliveries import queries, registries, services
from entente.apps.deliveries.errors import MalformedDelivery
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.standard_webhooks import verify
from entente.apps.deliveries.transports.webhook import LARGEST_RESPONSE, TRANSPORT, _deadline
from entente.apps.deliveries.types import Parcel
from entente.apps.kernel import clock, keys
from entente.apps.kernel.ids import new_id
from entente.apps.parties.types import AuthorityFacts
from tests.apps.deliveries.conftest import AT, SECRET, FakeTransport, Platform, enqueue

pytestmark = pytest.mark.django_db
Configure = Callable[..., None]
Answers = list[tuple[UUID, dict[str, Any]]]


@pytest.fixture(autouse=True)
def configured(configure: Configure, platform: Platform, fake: FakeTransport) -> None:
    """Point the instance at the test's platform."""
    configure(
        platform__kind="webhook",
        platform__webhook_url=platform.url,
        platform__webhook_secret=SECRET,
        platform__timeout_seconds="30",
    )


def apply(**changes: Any) -> Delivery:
    return enqueue(
        **({"transport": "webhook", "payload": {"type": "action.apply", "data": {"é": 1}}} | changes)
    )


def only_attempt(delivery: Delivery) -> queries.AttemptLine:
    (attempt,) = queries.attempts_of(delivery.id)
    return attempt


def test_the_platform_gets_a_signed_post_it_can_check(platform: Platform) -> None:
    delivery = apply(headers={"x-entente": "1", "Host": "elsewhere.example"})
    services.attempt_due(at=AT)
    ((headers, body),) = platform.requests
    assert verify(headers=headers, body=body, secret=SECRET, at=AT) == str(delivery.id)
    assert json.loads(body) == {"type": "action.apply", "data": {"é": 1}}
    assert headers["content-type"] == "application/json"
    assert headers["x-entente"] == "1"
    assert headers["host"] != "elsewhere.example"
    assert "entente-exercise" not in headers
    assert queries.delivery(delivery.id).state == "delivered"


def test_the_signature_is_what_the_specification_says_of_the_bytes_that_were_sent(platform: Platform) -> None:
    """Worked out here from the text of Standard Webhooks 1.0.0, "Signature scheme", with nothing of ours.

    The signed content is `id.timestamp.body`; the key is the base64 after `whsec_`; each signature in the list is a
    version, a comma, and the base64 of HMAC-SHA256; the timestamp is in whole seconds.
    """
    platform.respond = platform.plain(503)
    apply(payload={"type": "action.apply", "data": {"b": 'é \u2028 \\ "', "a": [1.5, None], "\u0627": "."}})
    services.attempt_due(at=AT)
    services.attempt_due(at=AT + timedelta(minutes=5))
    assert len(platform.requests) == 2
    for headers, body in platform.requests:
        content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
        digest = hmac.digest(base64.b64decode(SECRET.split("_", 1)[1]), content, "sha256")
        assert headers["webhook-signature"].split(" ") == ["v1," + base64.b64encode(digest).decode()]
        assert headers["webhook-timestamp"].isdecimal()
        assert "." not in headers["webhook-id"]
        assert int(headers["content-length"]) == len(body)
    stamps = [int(headers["webhook-timestamp"]) for headers, _body in platform.requests]
    assert stamps == [int(AT.timestamp()), int(AT.timestamp()) + 300]


def test_an_exercise_says_so(platform: Platform, configure: Configure) -> None:
    configure(demo="true")
    apply()
    services.attempt_due(at=AT)
    assert platform.requests[0][0]["entente-exercise"] == "EXERCISE"


def test_an_exercise_whose_clock_was_moved_stamps_with_the_clock_of_the_receiver(
    platform: Platform, configure: Configure
) -> None:
    configure(demo="true")
    clock.shift(timedelta(days=1))
    apply()
    services.attempt_due(at=AT + timedelta(days=1))
    ((headers, body),) = platform.requests
    assert verify(headers=headers, body=body, secret=SECRET, at=AT)


def test_an_effect_in_the_response_is_the_acknowledgement(platform: Platform, answers: Answers) -> None:
    body = json.dumps({"effect": {"applied": True, "at": "2026-03-02T09:30:01Z"}}).encode()
    platform.respond = platform.plain(200, body)
    delivery = apply()
    services.attempt_due(at=AT)
    assert queries.delivery(delivery.id).state == "acknowledged"
    assert answers == [(delivery.id, {"applied": True, "at": "2026-03-02T09:30:01+00:00", "reason": ""})]


@pytest.mark.parametrize("status", [200, 409, 422])
def test_a_refusal_is_an_answer_in_2xx_and_4xx(platform: Platform, answers: Answers, status: int) -> None:
    platform.respond = platform.plain(status, b'{"effect": {"applied": false, "reason": "unknown item"}}')
    delivery = apply()
    services.attempt_due(at=AT)
    assert queries.delivery(delivery.id).refusal == "unknown item"
    assert answers[0][1]["applied"] is False


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"effect": {"applied": true}}'),
        (500, b'{"effect": {"applied": false}}'),
        (404, b'{"effect": {"applied": true}}'),
        (401, b"no"),
        (429, b""),
        (302, b""),
    ],
)
def test_anything_else_is_tried_again(platform: Platform, answers: Answers, status: int, body: bytes) -> None:
    platform.respond = platform.plain(status, body, {"location": platform.url})
    delivery = apply()
    services.attempt_due(at=AT)
    assert queries.delivery(delivery.id).state == "pending"
    assert only_attempt(delivery).status_code == status
    assert len(platform.requests) == 1  # redirects are not followed
    assert not answers


def test_the_same_delivery_twice_carries_the_same_id(platform: Platform) -> None:
    platform.respond = platform.plain(503)
    apply()
    services.attempt_due(at=AT)
    services.attempt_due(at=AT + timedelta(minutes=5))
    first, second = (headers["webhook-id"] for headers, _body in platform.requests)
    assert first == second
    stamps = {headers["webhook-timestamp"] for headers, _body in platform.requests}
    assert len(stamps) == 2


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [("30", 30, 50), ("3600", 60, 80), ("-1", 1, 20), ("soon", 1, 20), ("9999999", 1, 20), ("²", 1, 20)],
)
def test_retry_after_is_honoured_within_reason(
    platform: Platform, header: str, least: float, most: float
) -> None:
    platform.respond = platform.plain(503, b"", {"retry-after": header})
    delivery = apply()
    services.attempt_due(at=AT)
    planned = queries.delivery(delivery.id).next_attempt_at
    assert planned is not None
    assert least <= (planned - AT).total_seconds() <= most


def test_a_huge_response_is_not_read(platform: Platform, answers: Answers) -> None:
    padding = b" " * LARGEST_RESPONSE
    platform.respond = platform.plain(200, padding + b'{"effect": {"applied": true}}')
    delivery = apply()
    services.attempt_due(at=AT)
    assert only_attempt(delivery).detail == "the response was too large to read"
    assert queries.delivery(delivery.id).state == "delivered"
    assert not answers


def test_a_response_that_is_not_http_is_tried_again(platform: Platform) -> None:
    def nonsense(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"nonsense\r\n\r\n")
        handler.close_connection = True

    platform.respond = nonsense
    delivery = apply()
    services.attempt_due(at=AT)
    assert only_attempt(delivery).detail == "RemoteProtocolError"


def test_a_body_that_claims_to_be_compressed_and_is_not_is_tried_again(platform: Platform) -> None:
    platform.respond = platform.plain(200, b"not gzip", {"content-encoding": "gzip"})
    delivery = apply()
    services.attempt_due(at=AT)
    assert only_attempt(delivery).detail == "DecodingError"


def test_a_platform_that_never_answers_costs_one_time_limit(platform: Platform, configure: Configure) -> None:
    configure(platform__timeout_seconds="0.5")
    platform.respond = lambda _handler: time.sleep(20)
    delivery = apply()
    started = time.monotonic()
    services.attempt_due(at=AT)
    assert time.monotonic() - started < 15
    assert only_attempt(delivery).detail == "the other side took too long"
    assert queries.delivery(delivery.id).state == "pending"


def test_a_platform_that_drips_is_cut_off(platform: Platform, configure: Configure) -> None:
    configure(platform__timeout_seconds="0.5")

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        for _ in range(100):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return
            time.sleep(0.2)

    platform.respond = drip
    delivery = apply()
    started = time.monotonic()
    services.attempt_due(at=AT)
    assert time.monotonic() - started < 15
    assert only_attempt(delivery).detail == "the other side took too long"


def test_a_connection_that_opens_when_time_is_up_is_shut_at_once() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, _deadline(60) as watch:
        watch._expire()
        opened = SimpleNamespace(get_extra_info=lambda _name: ours)
        watch.trace("connection.connect_tcp.started", {})
        watch.trace("connection.connect_tcp.complete", {"return_value": opened})
        assert theirs.recv(1) == b""


def test_a_platform_that_is_down_is_tried_again(configure: Configure) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configure(platform__webhook_url=f"http://127.0.0.1:{port}/")
    delivery = apply()
    services.attempt_due(at=AT)
    assert only_attempt(delivery).detail == "ConnectError"


@pytest.mark.parametrize(
    "url", ["http://[broken", "http://127.0.0.1:99999/", "gopher://127.0.0.1/", "http://127.0.0.1:x/"]
)
def test_an_unusable_address_is_tried_again_and_not_repeated(configure: Configure, url: str) -> None:
    configure(platform__webhook_url=url)
    delivery = apply(destination="platform")
    services.attempt_due(at=AT)
    attempt = only_attempt(delivery)
    assert attempt.outcome == "retry"
    assert "127.0.0.1" not in attempt.detail


def test_no_secret_and_no_address_is_kept_or_logged(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="entente")
    platform.respond = platform.plain(500, SECRET.encode())
    delivery = apply()
    services.attempt_due(at=AT)
    row = Delivery.objects.values().get(pk=delivery.pk)
    attempt = only_attempt(delivery)
    assert SECRET not in f"{row} {attempt} {caplog.text}"
    assert platform.url not in f"{row} {attempt} {caplog.text}"
    assert SECRET not in repr(registries.webhook_endpoints.get("platform")(""))


def test_the_configured_address_is_kept_under_its_name(platform: Platform) -> None:
    assert apply(destination=platform.url).destination == "platform"


@pytest.mark.parametrize("destination", ["http://127.0.0.1:1/", "https://elsewhere.example/", "x", ""])
def test_the_outbox_posts_to_nobody_it_does_not_know(destination: str) -> None:
    with pytest.raises(MalformedDelivery):
        apply(destination=destination)


def test_a_payload_says_its_type() -> None:
    with pytest.raises(MalformedDelivery):
        apply(payload={"data": 1})


def test_without_a_webhook_or_with_a_bad_secret_the_platform_is_unreachable(configure: Configure) -> None:
    first, second = apply(destination="platform"), apply(destination="platform")
    configure(platform__webhook_secret="whsec_short")
    services.attempt_due(at=AT, limit=1)
    configure(platform__kind="manual")
    services.attempt_due(at=AT, limit=1)
    details = [only_attempt(delivery).detail for delivery in (first, second)]
    assert details == [
        "a webhook secret is base64 after its prefix",
        "no webhook is configured for the platform",
    ]


def test_a_transport_given_no_endpoint_is_a_fault_of_ours() -> None:
    parcel = Parcel(
        delivery_id=new_id(),
        purpose="x",
        destination="platform",
        address=None,
        headers={},
        payload={},
        created_at=AT,
        sent_at=AT,
    )
    with pytest.raises(TypeError):
        TRANSPORT.send(parcel)


def authority(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> AuthorityFacts:
    """Put one institution in the register."""
    values: dict[str, Any] = {
        "id": new_id(),
        "name": "Referral Unit of Arcadia",
        "country": "XA",
        "kind": "competent_authority",
        "competences": frozenset(),
        "callback_phone": "",
        "contact_mail": "",
        "callback_url": "",
        "languages": (),
        "status": "registered",
        "exercise": False,
    }
    entry = AuthorityFacts(**(values | changes))

    def find(authority_id: UUID) -> AuthorityFacts:
        if authority_id != entry.id:
            from entente.apps.kernel.errors import Missing

            raise Missing
        return entry

    monkeypatch.setattr("entente.apps.parties.queries.authority", find)
    monkeypatch.setattr("entente.apps.parties.queries.authorities", lambda: [entry])
    return entry


def test_an_institution_of_the_register_gets_posts_signed_by_this_instance(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = authority(monkeypatch, callback_url=platform.url + "/authority")
    delivery = apply(destination=entry.callback_url)
    assert delivery.destination == f"authority:{entry.id}"
    services.attempt_due(at=AT)
    ((headers, body),) = platform.requests
    signature = base64.b64decode(headers["webhook-signature"].removeprefix("v1a,"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    public = keys.instance_public_key()
    public.verify(signature, signed)


@pytest.mark.parametrize(
    "changes", [{"callback_url": ""}, {"callback_url": "https://a.example/", "status": "suspended"}]
)
def test_an_institution_without_a_callback_in_force_is_unreachable(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    entry = authority(monkeypatch, **changes)
    delivery = apply(destination=f"authority:{entry.id}")
    services.attempt_due(at=AT)
    assert only_attempt(delivery).detail == "the authority has no callback address in force"


@pytest.mark.parametrize("rest", ["nobody", "018f0000-0000-7000-8000-000000000000"])
def test_a_name_that_is_not_in_the_register_is_unreachable(
    monkeypatch: pytest.MonkeyPatch, rest: str
) -> None:
    authority(monkeypatch)
    delivery = apply(destination=f"authority:{rest}")
    services.attempt_due(at=AT)
    assert only_attempt(delivery).detail == "this names no authority of the register"
