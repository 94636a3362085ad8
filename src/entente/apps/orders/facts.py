"""What an order's form says, and the facts the law engine asks for."""

from datetime import datetime
from typing import TYPE_CHECKING

from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.core.law import orders as law

if TYPE_CHECKING:
    from entente.apps.orders.models import RemovalOrder
    from entente.apps.parties.types import AuthorityFacts, HostFacts

_COMPETENCES = {"issue_orders": "eu.tco.removal_order", "other_orders": ""}
_KINDS = {
    "court": "judicial",
    "prosecutor": "judicial",
    "police": "law_enforcement",
    "competent_authority": "administrative",
    "regulator": "administrative",
    "referral_unit": "law_enforcement",
}


def addresses(form: law.RemovalOrderForm) -> list[str]:
    """Return the addresses of section B as they were written."""
    return [content.url.strip() for content in form.section_b.contents if content.url.strip()]


def reference(form: law.RemovalOrderForm) -> str:
    """Return the authority's reference: the file number of section E, else the number of section A."""
    return (form.section_a.reference or form.section_e.file_number).strip()[:200]


def issuer_name(form: law.RemovalOrderForm, authority: "AuthorityFacts | None") -> str:
    """Return the issuing authority by our register's name where we know it, else as it names itself."""
    return (authority.name if authority else form.section_e.authority_name).strip()[:300]


def issued_at(form: law.RemovalOrderForm) -> datetime | None:
    """Return when the order says it was issued, or None where that cannot be read."""
    return form.section_a.issued_at_time


def issuer_country(form: law.RemovalOrderForm, authority: "AuthorityFacts | None") -> str:
    """Return the issuer's state by our register, else as the form claims."""
    return (authority.country if authority else form.section_a.issuing_state).strip().upper()[:2]


def law_facts_of(host: "HostFacts") -> law.HostFacts:
    """Return this host as the law engine reads it."""
    return law.HostFacts(
        established_in=host.established_in or None,
        represented_in=host.represented_in or None,
        offers_in=frozenset(host.offers_in),
        disseminates_to_public=True,
        exercise=config().demo,
    )


def issuer_facts(
    form: law.RemovalOrderForm, authority: "AuthorityFacts | None", order_type_id: str
) -> law.IssuerFacts:
    """Return the issuer as the law engine reads it; without a register entry its own words are taken."""
    if authority is None:
        return law.IssuerFacts(country=issuer_country(form, None) or None)
    competences = {
        order_type_id if name == "other_orders" else _COMPETENCES.get(name, "")
        for name in authority.competences
    }
    return law.IssuerFacts(
        country=authority.country,
        kind=_KINDS.get(authority.kind),
        registered=True,
        competences=frozenset(competences - {""}),
        active=authority.status == "registered",
        exercise=authority.exercise,
    )


def may_be_scrutinised(order: "RemovalOrder") -> bool:
    """Say whether the host and the person affected may ask the host's own state to scrutinise an order (TCO 4(4))."""
    host = parties.host_facts()
    return law.order_type(order.order_type_id).may_be_scrutinised(
        issuing_state=order.issuer_country,
        host_states={host.established_in, host.represented_in} - {""},
    )


def scrutiny_authority() -> "AuthorityFacts | None":
    """Return the authority of the host's own state that scrutinises orders (TCO 4, 12(1)(b)), from our register."""
    host = parties.host_facts()
    states = [state for state in (host.established_in, host.represented_in) if state]
    for authority in parties.authorities():
        if authority.country in states and "scrutinise" in authority.competences:
            return authority
    return None
