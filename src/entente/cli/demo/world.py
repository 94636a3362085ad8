"""The invented world of the exercise: people, authorities, a host, its content. Nobody here exists."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from entente.apps.content import services as content
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM
from entente.apps.oversight import services as oversight
from entente.apps.parties import queries, services
from entente.apps.parties.services.register import AuthorityEntry
from entente.apps.parties.types import PersonFacts
from entente.cli.demo.stage import Plan

PEOPLE: tuple[tuple[str, str, str, str], ...] = (
    ("Nadia Brook", "reviewer", "en", "Europe/Brussels"),
    ("Émile Vannier", "senior_reviewer", "fr", "Europe/Paris"),
    ("Tomas Reed", "on_call", "en", "Europe/Brussels"),
    ("Wren Calloway", "on_call", "en", "America/Halifax"),
    ("Leïla Amrani", "legal", "fr", "Europe/Paris"),
    ("Judge Orla Fenwick", "overseer", "en", "Europe/Dublin"),
    ("Priya Holt", "administrator", "en", "Europe/Berlin"),
    ("Karim Saleh", "reviewer", "en", "Europe/Berlin"),
    ("Ines Duarte", "auditor", "es", "Europe/Madrid"),
)
"""Name, role, language, time zone."""

AUTHORITIES: tuple[dict[str, Any], ...] = (
    {
        "slug": "belmara",
        "name": "Belmara Office against Incitement Online (EXERCISE)",
        "country": "XB",
        "kind": "competent_authority",
        "competences": ["issue_orders"],
        "mail": "desk@obio.example",
        "domain": "obio.example",
        "phone": "+99 20 000 000",
    },
    {
        "slug": "arvenia",
        "name": "Arvenia Media Council (EXERCISE)",
        "country": "XA",
        "kind": "regulator",
        "competences": ["scrutinise"],
        "mail": "scrutiny@council.example",
        "domain": "council.example",
        "phone": "+99 10 000 000",
    },
    {
        "slug": "corvina",
        "name": "Corvina Referral Unit (EXERCISE)",
        "country": "XC",
        "kind": "referral_unit",
        "competences": ["refer"],
        "mail": "referrals@unit.example",
        "domain": "unit.example",
        "phone": "+99 30 000 000",
    },
)

PROTECTED = (
    ("agora.example/p/ember-archive", "archive", "The archive keeps sources for scholars."),
    ("courier.example", "press", "A newspaper of the invented town."),
)


def mail_of(name: str) -> str:
    """Return the invented mail address of an invented person."""
    plain = name.lower().replace("é", "e").replace("ï", "i").replace(" ", ".")
    return f"{plain}@entente.example"


def create(plan: Plan) -> None:
    """Fill an empty instance."""
    at = clock.now()
    for name, role, language, zone in PEOPLE:
        made = services.create_person(
            email=mail_of(name), name=name, language=language, timezone=zone, actor=SYSTEM, at=at
        )
        services.grant_role(person_id=made.id, role=role, actor=SYSTEM, at=at)
    services.set_host_profile(
        name="Agora Hosting (EXERCISE)",
        contact_point_mail="orders@agora.example",
        established_in="XA",
        offers_in=["XA", "XB", "XC"],
        disseminates_to_public=True,
        service_hosts=["agora.example"],
        languages=["en", "fr"],
        actor=SYSTEM,
        at=at,
    )
    for entry in AUTHORITIES:
        _register(plan, entry)
    _client, token = services.create_api_client(
        name="agora",
        scopes=["notices:write", "snapshots:write", "actions:write", "checks:ask"],
        actor=SYSTEM,
        at=at,
    )
    plan.keep_secret("agora-token", token)
    for pattern, kind, note in PROTECTED:
        content.add_protected_source(pattern=pattern, kind=kind, note=note, actor=SYSTEM, at=at)
    _put_on_call()
    oversight.appoint_overseer(
        person_id=person("overseer").id,
        body="platform",
        ground="EXERCISE: an invented appointment for the visitor",
        actor=person("administrator").actor,
        at=at,
    )
    subprocess.run(
        [sys.executable, "-m", "examples.agora.seed", "--data", str(plan.agora_dir)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _register(plan: Plan, entry: dict[str, Any]) -> None:
    at = clock.now() - timedelta(minutes=1)
    authority = services.register_authority(
        entry=AuthorityEntry(
            name=entry["name"],
            country=entry["country"],
            kind=entry["kind"],
            competences=entry["competences"],
            mail_domains=[entry["domain"]],
            callback_phone=entry["phone"],
            contact_mail=entry["mail"],
            languages=["en"],
            source_note="EXERCISE",
            exercise=True,
        ),
        actor=SYSTEM,
        at=at,
    )
    key = Ed25519PrivateKey.generate()
    row = services.add_authority_key(
        authority_id=authority.id,
        public_key=key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        valid_from=at,
        actor=SYSTEM,
        at=at,
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    plan.keep_secret(f"{entry['slug']}.pem", private)
    plan.keep_secret(f"{entry['slug']}.keyid", row.key_id)


def _put_on_call() -> None:
    at = clock.now()
    for position, who in enumerate(queries.people_with_role("on_call")[:2]):
        deadlines.add_shift(
            person_id=who.id,
            starts_at=at - timedelta(hours=1),
            ends_at=at + timedelta(days=365),
            position=position,
            actor=person("administrator").actor,
            at=at,
        )


def person(role: str) -> PersonFacts:
    """Return the invented person who holds a role."""
    return queries.people_with_role(role)[0]
