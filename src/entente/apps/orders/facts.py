"""What an order's form says, and the facts the law engine asks for."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.core.law import orders as law
from entente.core.law.texts import Said

if TYPE_CHECKING:
    from entente.apps.orders.models import RemovalOrder
    from entente.apps.parties.types import AuthorityFacts, HostFacts

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
        disseminates_to_public=host.disseminates_to_public,
        exercise=config().demo,
    )


def issuer_facts(form: law.RemovalOrderForm, authority: "AuthorityFacts | None") -> law.IssuerFacts:
    """Return the issuer as the law engine reads it; without a register entry its own words are taken."""
    if authority is None:
        return law.IssuerFacts(country=issuer_country(form, None) or None)
    return law.IssuerFacts(
        country=authority.country,
        kind=_KINDS.get(authority.kind),
        registered=True,
        competences=law.order_types_for(authority.competences),
        active=authority.status == "registered",
        exercise=authority.exercise,
    )


@dataclass(frozen=True, slots=True)
class Examined:
    """What the law engine says of an order, as it is kept: sentences with code, English template and parameters.

    `is_open`: only facts that nobody has filled in stand against its binding.
    """

    is_binding: bool
    is_open: bool
    binding_reasons: list[dict[str, Any]]
    findings: list[dict[str, Any]]


def examined(
    form: law.RemovalOrderForm,
    authority: "AuthorityFacts | None",
    order_type: law.OrderType,
    received_at: datetime,
) -> Examined:
    """Compute with today's profile and register whether an order binds here, and what its form lacks."""
    host = parties.host_facts()
    binding = law.binds(law_facts_of(host), order_type, issuer_facts(form, authority), received_at)
    findings = law.examine(
        form,
        order_type=order_type,
        received_at=received_at,
        our_hosts=frozenset(host.service_hosts),
        languages=frozenset(host.languages),
    )
    return Examined(
        is_binding=binding.binding,
        is_open=binding.is_open,
        binding_reasons=[as_json(reason) for reason in binding.reasons],
        findings=[as_json(finding) for finding in findings],
    )


def as_json(said: Said) -> dict[str, Any]:
    """Return a sentence of the law engine as it is kept: code, English template, parameters, and its own fields."""
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(said).items()}


def is_filled(form: law.RemovalOrderForm) -> bool:
    """Say whether any box of a form is filled in besides its addresses and its mark of an exercise."""
    bare = replace(form, section_b=replace(form.section_b, contents=()), unread=())
    return bare != law.RemovalOrderForm(exercise=form.exercise)


def matches_register(
    form: law.RemovalOrderForm, authority: "AuthorityFacts | None", sender_mail: str
) -> bool:
    """Say whether domain and form of a message fit an authority we know: then it is executed and verified after.

    That somebody here says which authority it claims to be is no match: a fax line carries no domain, and anybody
    can write a name. Such an order waits for the call-back to our number.
    """
    domain = sender_mail.rpartition("@")[2]
    if authority is None or not domain or not is_filled(form):
        return False
    return authority.id in {found.id for found in parties.authorities_for_mail_domain(domain)}


def title(order: "RemovalOrder") -> str:
    """Return what a case is called after its order: issuer and reference, as far as they are known."""
    return ", ".join(part for part in (order.issuer_name, order.reference) if part)


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
