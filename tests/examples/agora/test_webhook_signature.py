"""Only Entente, and only now: Standard Webhooks verification."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import pytest
from werkzeug.datastructures import Headers

from examples.agora import webhooks

from .conftest import BASE, SECRET, action, sign

if TYPE_CHECKING:
    from .conftest import Agora


def test_known_answer_of_the_signature() -> None:
    # Computed once with `openssl dgst -sha256 -hmac key -binary | base64` over "msg_1.1700000000.{}".
    headers = Headers(
        {
            "webhook-id": "msg_1",
            "webhook-timestamp": "1700000000",
            "webhook-signature": "v1,XaXLFEFQ69Q4+demDWPEv5ydXczDW2mM5crCUEFcFBA=",
        }
    )
    secret = "whsec_" + base64.b64encode(b"key").decode()
    assert webhooks.verify(headers, b"{}", secret, 1700000000.0) == "msg_1"


def test_a_good_signature_gives_the_id() -> None:
    headers = Headers(sign(b"{}", "msg_9", 1000.0))
    assert webhooks.verify(headers, b"{}", SECRET, 1299.0) == "msg_9"


def test_one_good_signature_among_several_is_enough() -> None:
    headers = Headers(sign(b"{}", "msg_9", 1000.0))
    headers["webhook-signature"] = f"v2,AAAA v1,AAAA {headers['webhook-signature']}"
    assert webhooks.verify(headers, b"{}", SECRET, 1000.0) == "msg_9"


def test_while_a_secret_is_changed_both_are_good() -> None:
    new = "whsec_" + base64.b64encode(b"the next secret").decode()
    headers = Headers(sign(b"{}", "msg_9", 1000.0, new))
    assert webhooks.verify(headers, b"{}", f"{SECRET} {new}", 1000.0) == "msg_9"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-signature", ""),
        ("webhook-signature", "v1,AAAA"),
        ("webhook-signature", "v1,é"),
        ("webhook-id", "msg_8"),
        ("webhook-id", ""),
        ("webhook-timestamp", "1001"),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", "-1000"),
        ("webhook-timestamp", "²"),
    ],
)
def test_a_changed_header_is_refused(name: str, value: str) -> None:
    headers = Headers(sign(b"{}", "msg_9", 1000.0))
    headers[name] = value
    with pytest.raises(webhooks.BadSignatureError):
        webhooks.verify(headers, b"{}", SECRET, 1000.0)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(webhooks.BadSignatureError):
        webhooks.verify(Headers(sign(b"{}", "msg_9", 1000.0)), b"{ }", SECRET, 1000.0)


@pytest.mark.parametrize("off_s", [-301, 301])
def test_a_stale_or_future_message_is_refused(off_s: int) -> None:
    with pytest.raises(webhooks.BadSignatureError, match="five minutes"):
        webhooks.verify(Headers(sign(b"{}", "msg_9", 1000.0)), b"{}", SECRET, 1000.0 + off_s)


@pytest.mark.parametrize("secret", ["", "whsec_not base64!"])
def test_without_a_usable_secret_nothing_is_believed(secret: str) -> None:
    with pytest.raises(webhooks.BadSignatureError):
        webhooks.verify(Headers(sign(b"{}", "msg_9", 1000.0)), b"{}", secret, 1000.0)


def test_over_http_a_bad_signature_is_401_and_changes_nothing(agora: Agora) -> None:
    other = "whsec_" + base64.b64encode(b"somebody else").decode()
    answer = agora.tell("action.apply", action(), secret=other)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert agora.see("/p/first").status_code == 200
    assert agora.rows("SELECT * FROM webhooks") == []


def test_over_http_a_stale_message_is_401(agora: Agora) -> None:
    assert agora.tell("action.apply", action(), sent_at=time.time() - 600).status_code == 401


def test_a_repeated_id_gets_the_first_answer_and_is_not_done_twice(agora: Agora) -> None:
    letter = {
        "url": f"{BASE}/p/first",
        "letter_url": "https://entente.example/l/1",
        "language": "en",
        "subject": "S",
        "text": "T",
    }
    first = agora.tell("person.inform", letter, message_id="msg_same")
    again = agora.tell("person.inform", letter, message_id="msg_same", sent_at=time.time() - 200)
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert len(agora.rows("SELECT * FROM messages")) == 1


def test_an_oversized_message_is_413(agora: Agora) -> None:
    body = b" " * (webhooks.MAX_BODY_BYTES + 1)
    answer = agora.client.post("/entente/webhook", data=body, headers=sign(body, "msg_big"))
    assert answer.status_code == 413
