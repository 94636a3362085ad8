"""The invented world the suite plays in: one host, its people, authorities with exercise keys, complete forms.

Everything is under `.example`, every state is invented, nothing here is anyone's real name.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.orders import services as orders
from entente.apps.orders.services.checking import FiveAnswers
from entente.apps.parties import queries as parties
from entente.apps.parties import services as party_services
from entente.apps.parties.services.register import AuthorityEntry
from entente.apps.parties.types import AuthorityFacts, PersonFacts
from entente.core.law.orders import RemovalOrderForm

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOST = "agora.example"


def person(name: str = "Ada Example", *roles: str, at: datetime = NOW) -> PersonFacts:
    """Make a person with roles."""
    mail = f"{name.lower().replace(' ', '.')}.{uuid4().hex[:6]}@agora.example"
    made = party_services.create_person(email=mail, name=name, actor=SYSTEM, at=at)
    for role in roles:
        party_services.grant_role(person_id=made.id, role=role, actor=SYSTEM, at=at)
    return parties.person(made.id)


def host(at: datetime = NOW, **changes: Any) -> None:
    """Write the host's profile: established in Arvenia, one service."""
    values: dict[str, Any] = {
        "name": "Agora Hosting",
        "contact_point_mail": "contact@agora.example",
        "established_in": "FR",
        "offers_in": ["FR", "DE"],
        "disseminates_to_public": True,
        "service_hosts": [HOST],
        "languages": ["en", "fr"],
    }
    party_services.set_host_profile(**{**values, **changes}, actor=SYSTEM, at=at)


@dataclass
class Office:
    """An authority of the register with the private half of its key."""

    facts: AuthorityFacts
    key: Ed25519PrivateKey = field(repr=False)
    key_id: str


def office(
    name: str = "Office for Exercises", country: str = "DE", at: datetime = NOW, **changes: Any
) -> Office:
    """Register an authority that may issue orders, with a key."""
    values: dict[str, Any] = {
        "kind": "competent_authority",
        "competences": ["issue_orders"],
        "mail_domains": ["office.example"],
        "callback_phone": "+49 30 000000",
        "contact_mail": "desk@office.example",
        "languages": ["en"],
    }
    entry = AuthorityEntry(name=name, country=country, **{**values, **changes})
    made = party_services.register_authority(entry=entry, actor=SYSTEM, at=at - timedelta(days=1))
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    row = party_services.add_authority_key(
        authority_id=made.id,
        public_key=public,
        valid_from=at - timedelta(days=1),
        actor=SYSTEM,
        at=at - timedelta(days=1),
    )
    return Office(facts=parties.authority(made.id), key=key, key_id=row.key_id)


def order_form(*urls: str, reference: str = "EX-2026-1", **sections: dict[str, Any]) -> dict[str, Any]:
    """Return a complete Annex I as JSON."""
    form: dict[str, Any] = {
        "legal_basis": "Regulation (EU) 2021/784, Article 3",
        "language": "en",
        "section_a": {
            "issuing_state": "DE",
            "addressee": "Agora Hosting",
            "contact_point": "contact@agora.example",
            "host_state": "FR",
            "issued_at": (NOW - timedelta(minutes=5)).isoformat(),
            "reference": reference,
        },
        "section_b": {
            "contents": [{"url": url} for url in urls or (f"https://{HOST}/p/1",)],
            "reasons": "The text calls for attacks in the name of an invented movement.",
            "types": ["a_incites"],
        },
        "section_c": {"non_disclosure": False},
        "section_d": {"other_state": True, "copy_sent": True},
        "section_e": {
            "authority_type": "other",
            "authority_name": "Office for Exercises",
            "representative_name": "R. Example",
            "representative_post": "Head of desk",
            "file_number": reference,
            "address": "1 Example Street",
            "telephone": "+49 30 000000",
            "email": "desk@office.example",
            "date": NOW.date().isoformat(),
            "authenticated_channel": True,
        },
        "section_f": {
            "feedback_contact": "desk@office.example",
            "establishment_authority_contact": "watch@state.example",
        },
        "section_g": {
            "body": "Court of Examples",
            "deadline": "one month",
            "legislation_link": "https://law.example/1",
        },
    }
    for name, values in sections.items():
        form[name] = {**form[name], **values}
    return form


def receive(
    *urls: str,
    by: Office | None = None,
    at: datetime = NOW,
    form: dict[str, Any] | None = None,
    **changes: Any,
) -> orders.Received:
    """Receive an order, verified by a registered key unless told otherwise."""
    written = form or order_form(*urls, reference=changes.pop("reference", "EX-2026-1"))
    values: dict[str, Any] = {
        "door": "api",
        "received_at": at,
        "authority": by.facts if by else None,
        "authenticity": "verified" if by else "unverified",
        "authenticity_method": "registered_key" if by else "",
        "matches_register": by is not None,
        "receipt_proof": "test",
        "raw": repr(written).encode(),
    }
    draft = orders.OrderDraft(form=RemovalOrderForm.from_json(written), **{**values, **changes})
    return orders.receive_removal_order(draft=draft, actor=by.facts.actor if by else SYSTEM, at=at)


ALL_YES = FiveAnswers(
    is_authentic=True, is_addressed_to_us=True, is_complete=True, is_ours=True, is_free_of_manifest_error=True
)


def actor(*roles: str, name: str = "Ada Example") -> Actor:
    """Return a person as an actor."""
    return person(name, *roles).actor
