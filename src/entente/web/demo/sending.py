"""Further orders of the exercise: signed by an invented authority as a real one would, sent through the front door.

The private keys of invented authorities lie beside the data directory, in `secrets`, where `entente demo` put them.
The order goes over HTTP to this instance's own signed interface, so that nothing here is easier than in earnest.
"""

import http.client
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils.translation import gettext as _
from typing_extensions import override

from entente.apps.kernel import clock
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import Unavailable
from entente.apps.parties import queries as parties
from entente.apps.parties.types import AuthorityFacts

_LIMIT_BYTES: Final = 1_000_000
_TIMEOUT_SECONDS: Final = 10.0


class SendingFailed(Unavailable):
    """The invented authority could not send; the message says what was seen."""

    code = "sending_failed"
    title = "The order could not be sent"


@dataclass(frozen=True, slots=True)
class Sender:
    """An invented authority whose key lies in the exercise's folder."""

    slug: str
    key_id: str
    authority: AuthorityFacts

    @property
    def may_order(self) -> bool:
        """Say whether our register lets it issue orders."""
        return "issue_orders" in self.authority.competences


@dataclass(frozen=True, slots=True)
class Post:
    """One post of the exercise's hosting service."""

    key: str
    title: str
    author: str
    language: str
    url: str


@dataclass
class _Message:
    """A request as the signing library writes into it."""

    method: str
    url: str
    headers: dict[str, str]


def secrets_folder() -> Path:
    """Return where the exercise keeps the keys of invented authorities."""
    return config().data_dir.parent / "secrets"


def senders() -> list[Sender]:
    """Return the invented authorities that can sign here; none outside `entente demo`."""
    found = []
    for path in sorted(secrets_folder().glob("*.keyid")):
        key = parties.authority_key(path.read_text(encoding="ascii").strip())
        if key is not None and path.with_suffix(".pem").exists():
            found.append(Sender(slug=path.stem, key_id=key.key_id, authority=key.authority))
    return found


def agora_address() -> str:
    """Return where the exercise's hosting service answers, from the webhook it gave us; empty without one."""
    parts = urlsplit(config().platform.webhook_url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def posts() -> list[Post]:
    """Ask the hosting service for its invented posts; none when it does not answer."""
    parts = urlsplit(agora_address())
    if not parts.hostname:
        return []
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=3)
    try:
        connection.request("GET", "/exercise/posts.json")
        answer = connection.getresponse()
        rows = json.loads(answer.read(_LIMIT_BYTES)) if answer.status == http.HTTPStatus.OK else []
    except (OSError, ValueError):
        return []
    finally:
        connection.close()
    return [Post(row["id"], row["title"], row["author"], row["language"], row["url"]) for row in rows]


def send_order(sender: Sender, *, url: str, kind: str, reasons: str, is_silent: bool) -> dict[str, Any]:
    """Sign an order and send it to this instance; return its answer. Raises SendingFailed."""
    from http_message_signatures import HTTPMessageSigner, algorithms

    body = json.dumps(_form(sender, url=url, kind=kind, reasons=reasons, is_silent=is_silent)).encode()
    message = _Message(
        "POST", f"{config().base_url.rstrip('/')}/api/v1/orders", {"Content-Type": "application/json"}
    )
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_resolver(sender))
    signer.sign(
        message,
        key_id=sender.key_id,
        created=clock.now(),
        nonce=secrets.token_hex(8),
        covered_component_ids=("@method", "@target-uri", "content-type"),
        body=body,
    )
    return _post(message, body)


def _resolver(sender: Sender) -> Any:
    from http_message_signatures import HTTPSignatureKeyResolver

    pem = (secrets_folder() / f"{sender.slug}.pem").read_bytes()

    class Resolver(HTTPSignatureKeyResolver):
        """Knows the one key of the sender."""

        @override
        def resolve_private_key(self, key_id: str) -> Any:
            return load_pem_private_key(pem, password=None)

    return Resolver()


def _post(message: _Message, body: bytes) -> dict[str, Any]:
    parts = urlsplit(config().base_url)
    server = config().server
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("POST", "/api/v1/orders", body, {**message.headers, "Host": parts.netloc})
        answer = connection.getresponse()
        written = json.loads(answer.read(_LIMIT_BYTES))
    except (OSError, ValueError) as error:
        raise SendingFailed(_("This instance did not answer itself: %(error)s") % {"error": error}) from error
    finally:
        connection.close()
    if answer.status not in {http.HTTPStatus.OK, http.HTTPStatus.CREATED}:
        raise SendingFailed(
            f"{answer.status}: {written.get('title', '')} {written.get('detail', '')}".strip()
        )
    return dict(written)


def _form(sender: Sender, *, url: str, kind: str, reasons: str, is_silent: bool) -> dict[str, Any]:
    """Return a complete Annex I; every part of it says that it is an exercise."""
    issuer, host = sender.authority, parties.host_facts()
    issued = clock.now() - timedelta(seconds=20)
    reference = f"EX-{secrets.token_hex(3).upper()}"
    return {
        "exercise": True,
        "legal_basis": "Regulation (EU) 2021/784, Article 3 (EXERCISE)",
        "language": host.languages[0] if host.languages else "en",
        "section_a": {
            "issuing_state": issuer.country,
            "addressee": host.name,
            "contact_point": host.contact_point_mail,
            "host_state": host.established_in,
            "issued_at": issued.isoformat(timespec="seconds"),
            "reference": reference,
        },
        "section_b": {"contents": [{"url": url}], "reasons": reasons, "types": [kind]},
        "section_c": {"non_disclosure": is_silent},
        "section_d": {"other_state": issuer.country != host.established_in, "copy_sent": True},
        "section_e": {
            "authority_type": "other",
            "authority_name": issuer.name,
            "representative_name": "M. Invented",
            "representative_post": "Head of desk",
            "file_number": reference,
            "address": "1 Exercise Square",
            "telephone": issuer.callback_phone,
            "email": issuer.contact_mail,
            "date": issued.date().isoformat(),
            "authenticated_channel": True,
        },
        "section_f": {
            "feedback_contact": issuer.contact_mail,
            "establishment_authority_contact": "scrutiny@council.example",
        },
        "section_g": {
            "body": "Administrative Court (EXERCISE)",
            "deadline": "one month from notification",
            "legislation_link": "https://law.example/exercise",
        },
    }
