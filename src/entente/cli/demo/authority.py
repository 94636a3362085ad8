"""An invented authority that signs its orders as a real one would: RFC 9421 over an RFC 9530 digest."""

import http.client
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms
from typing_extensions import override

from entente.apps.kernel import clock
from entente.cli.demo.stage import PUBLIC_BASE, Plan
from entente.cli.demo.world import AUTHORITIES


class _Key(HTTPSignatureKeyResolver):
    def __init__(self, pem: str) -> None:
        self._key = load_pem_private_key(pem.encode(), password=None)

    @override
    def resolve_private_key(self, key_id: str) -> Any:
        return self._key


@dataclass
class Letter:
    """A request as the signing library writes into it."""

    method: str
    url: str
    headers: dict[str, str]


def order_form(
    slug: str, post: str, *, reference: str, kind: str, reasons: str, silent: bool = False
) -> dict[str, Any]:
    """Return a complete Annex I about one post of agora; every page of it says EXERCISE."""
    entry = next(item for item in AUTHORITIES if item["slug"] == slug)
    issued = clock.now() - timedelta(minutes=1)
    return {
        "exercise": True,
        "legal_basis": "Regulation (EU) 2021/784, Article 3 (EXERCISE)",
        "language": "en",
        "section_a": {
            "issuing_state": entry["country"],
            "addressee": "Agora Hosting (EXERCISE)",
            "contact_point": "orders@agora.example",
            "host_state": "XA",
            "issued_at": issued.isoformat(timespec="seconds"),
            "reference": reference,
        },
        "section_b": {"contents": [{"url": f"{PUBLIC_BASE}/p/{post}"}], "reasons": reasons, "types": [kind]},
        "section_c": {"non_disclosure": silent},
        "section_d": {"other_state": True, "copy_sent": True},
        "section_e": {
            "authority_type": "other",
            "authority_name": entry["name"],
            "representative_name": "M. Invented",
            "representative_post": "Head of desk",
            "file_number": reference,
            "address": "1 Exercise Square, Belmara",
            "telephone": entry["phone"],
            "email": entry["mail"],
            "date": issued.date().isoformat(),
            "authenticated_channel": True,
        },
        "section_f": {
            "feedback_contact": entry["mail"],
            "establishment_authority_contact": "scrutiny@council.example",
        },
        "section_g": {
            "body": "Administrative Court of Belmara (EXERCISE)",
            "deadline": "one month from notification",
            "legislation_link": "https://law.example/belmara",
        },
    }


def send(
    plan: Plan, slug: str, form: dict[str, Any], *, created: datetime | None = None
) -> tuple[int, dict[str, Any]]:
    """Sign and send an order; return status and answer."""
    body = json.dumps(form).encode()
    url = f"{plan.entente}/api/v1/orders"
    letter = Letter("POST", url, {"Content-Type": "application/json"})
    signer = HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519, key_resolver=_Key(plan.secret(f"{slug}.pem"))
    )
    signer.sign(
        letter,
        key_id=plan.secret(f"{slug}.keyid"),
        created=created,
        nonce=secrets.token_hex(8),
        covered_component_ids=("@method", "@target-uri", "content-type"),
        body=body,
    )
    connection = http.client.HTTPConnection("127.0.0.1", plan.port, timeout=30)
    try:
        connection.request(
            "POST", "/api/v1/orders", body, {**letter.headers, "Host": f"127.0.0.1:{plan.port}"}
        )
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()
