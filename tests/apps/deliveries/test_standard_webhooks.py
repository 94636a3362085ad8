"""Signatures of webhooks: the published example, and everything that must not pass."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entente.apps.deliveries.standard_webhooks import (
    BadSecret,
    BadSignature,
    ed25519_signer,
    hmac_signer,
    secret_bytes,
    signed_headers,
    verify,
)

# The worked example that libraries of the Standard Webhooks project test against.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def headers(**changes: str) -> dict[str, str]:
    made = signed_headers(message_id=ID, at=AT, body=BODY, signer=hmac_signer(SECRET))
    return made | {name.replace("_", "-"): value for name, value in changes.items()}


def test_the_published_example_comes_out() -> None:
    assert headers() == {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_a_receiver_can_check_it() -> None:
    assert verify(headers=headers(), body=BODY, secret=SECRET, at=AT) == ID


def test_one_good_signature_among_several_is_enough() -> None:
    several = headers(webhook_signature=f"v1,AAAA v1a,BBBB {SIGNATURE}")
    assert verify(headers=several, body=BODY, secret=SECRET, at=AT) == ID


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_id": "other"},
        {"webhook_timestamp": "1614265331"},
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": "é"},
        {"webhook_timestamp": "soon"},
    ],
)
def test_any_change_is_found(changes: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify(headers=headers(**changes), body=BODY, secret=SECRET, at=AT)


def test_a_changed_body_is_found() -> None:
    with pytest.raises(BadSignature, match="wrong"):
        verify(headers=headers(), body=BODY + b" ", secret=SECRET, at=AT)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named_a_bad_signature(name: str) -> None:
    incomplete = headers()
    del incomplete[name]
    with pytest.raises(BadSignature, match="missing"):
        verify(headers=incomplete, body=BODY, secret=SECRET, at=AT)


@pytest.mark.parametrize("offset", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_an_old_or_future_webhook_is_refused(offset: timedelta) -> None:
    with pytest.raises(BadSignature, match="too old"):
        verify(headers=headers(), body=BODY, secret=SECRET, at=AT + offset)


@pytest.mark.parametrize(
    "secret", ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%", "whsec_c2hvcnQ=", "whsec_" + "QUFB" * 30]
)
def test_a_bad_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(BadSecret) as refusal:
        secret_bytes(secret)
    assert secret.removeprefix("whsec_") not in str(refusal.value)


def test_an_instance_key_signs_as_v1a() -> None:
    import base64

    key = Ed25519PrivateKey.generate()
    made = signed_headers(message_id=ID, at=AT, body=BODY, signer=ed25519_signer(key.sign))
    version, _comma, signature = made["webhook-signature"].partition(",")
    assert version == "v1a"
    key.public_key().verify(base64.b64decode(signature), f"{ID}.1614265330.".encode() + BODY)
