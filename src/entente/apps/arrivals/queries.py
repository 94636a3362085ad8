"""Reading arrivals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F

from entente.apps.arrivals.models import Arrival
from entente.apps.evidence import queries as evidence
from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.apps.parties.errors import UnknownAuthority
from entente.apps.parties.types import AuthorityFacts
from entente.core.law.orders import RemovalOrderForm


def unsettled(*, limit: int = 100) -> list[Arrival]:
    """Return the messages nobody has settled: those whose presumed hour ends first, then the oldest receipt."""
    waiting = Arrival.objects.filter(settled_at__isnull=True)
    return list(waiting.order_by(F("due_at").asc(nulls_last=True), "received_at", "id")[:limit])


def arrival(arrival_id: UUID) -> Arrival:
    """Return one message."""
    return Arrival.objects.select_related("authority").get(pk=arrival_id)


def of_case(case_id: UUID) -> Arrival | None:
    """Return the message a case grew out of, where it came through this desk."""
    return Arrival.objects.select_related("authority").filter(case_id=case_id).order_by("settled_at").first()


def root_of(found: Arrival) -> UUID:
    """Return the message that came: a part's whole, and itself for any other."""
    return found.part_of_id or found.id


def original_of(found: Arrival) -> evidence.ItemLine | None:
    """Return the file a message came as, or None where there was none or it is no longer kept."""
    lines = evidence.items_of("arrival", root_of(found))
    return next((line for line in lines if line.state == "sealed"), None)


def form_addresses(found: Arrival) -> list[Any]:
    """Return the entries of section B as they were written, whatever their shape."""
    section = (found.form or {}).get("section_b")
    contents = section.get("contents") if isinstance(section, dict) else None
    return contents if isinstance(contents, list) else []


def count_addresses(found: Arrival) -> int:
    """Return how many addresses a message would bring into an order."""
    return len(form_addresses(found)) or len(found.urls)


def is_too_long(found: Arrival) -> bool:
    """Say whether a message names more addresses than one order may have."""
    return count_addresses(found) > config().limits.order_addresses


@dataclass(frozen=True, slots=True)
class IssuerProposal:
    """An authority of our register a message may come from; `why` is signature, domain, form or name.

    All but the signature are hints of who writes, never proofs.
    """

    authority: AuthorityFacts
    why: str


def proposed_issuers(
    *,
    sender: str = "",
    sender_mail: str = "",
    form: Mapping[str, Any] | None = None,
    signature: Mapping[str, Any] | None = None,
) -> list[IssuerProposal]:
    """Return which authorities a message may come from, the best hint first, each once."""
    written = RemovalOrderForm.from_json(form or {})
    domain = sender_mail.rpartition("@")[2]
    hints = [("signature", _signer(signature or {}))]
    hints += [("domain", found) for found in (parties.authorities_for_mail_domain(domain) if domain else ())]
    name, state = written.section_e.authority_name, written.section_a.issuing_state
    hints.append(("form", _named(name, state) or _named(name)))
    hints.append(("name", _named(sender)))
    found: dict[UUID, IssuerProposal] = {}
    for why, authority in hints:
        if authority is not None:
            found.setdefault(authority.id, IssuerProposal(authority, why))
    return list(found.values())


def issuers_of(found: Arrival) -> list[IssuerProposal]:
    """Return which authorities a recorded message may come from."""
    return proposed_issuers(
        sender=found.sender, sender_mail=found.sender_mail, form=found.form, signature=found.signature
    )


def _signer(signature: Mapping[str, Any]) -> AuthorityFacts | None:
    if not (signature.get("valid") and signature.get("authority_id")):
        return None
    try:
        return parties.authority(UUID(str(signature["authority_id"])))
    except (UnknownAuthority, ValueError):
        return None


def _named(name: str, state: str = "") -> AuthorityFacts | None:
    return parties.authority_named(name, state) if name.strip() else None
