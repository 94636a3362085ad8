"""Whether an instrument binds this host: computed first, because what does not bind has no countdown (design rule 3).

Three questions: is the regime in force and fit (design rule 13), may this issuer use it, does it reach this host? A fact
nobody knows is named and counts as "not binding", so that a person fills it in; nothing here ever raises for it.

Whether the issuer *is* who it says is another matter, authenticity, which is a state of its own: an issuer that is not in
our register is taken at its word here (its state and kind), and what it sent waits for verification there. So a forged
order in perfect form may well "bind" until it is refuted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from entente.core.law.clocks import aware
from entente.core.law.orders.order_types import FLOOR_NAMES, OrderType, Reach
from entente.core.law.territories import territory
from entente.core.law.texts import Said


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What the host's profile says. None (or an empty set for ``offers_in``) means not known.

    Countries are ISO 3166-1 alpha-2. ``disseminates_to_public`` is false for a purely private messaging service.
    ``exercise`` is true on an instance that plays an exercise.
    """

    established_in: str | None = None
    represented_in: str | None = None
    offers_in: frozenset[str] = field(default_factory=frozenset)
    disseminates_to_public: bool | None = True
    exercise: bool = False


@dataclass(frozen=True, slots=True)
class IssuerFacts:
    """What is known of the issuer: from our register if it is there, else from its own form.

    ``competences`` are ids of order types and are read only if ``registered``. ``kind`` is one of
    ``order_types.AuthorityKind`` or None.
    """

    country: str | None = None
    kind: str | None = None
    registered: bool = False
    competences: frozenset[str] = field(default_factory=frozenset)
    active: bool = True
    exercise: bool = False


class Weight(StrEnum):
    """Whether a reason speaks for binding, against it, or names a fact that is missing."""

    FOR = "for"
    AGAINST = "against"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Reason(Said):
    """One reason for or against; ``missing`` names the fact to fill in where there is one."""

    weight: Weight
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Bindingness:
    """The answer with all its reasons, those in favour too."""

    binding: bool
    reasons: tuple[Reason, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts that nobody has filled in."""
        return tuple(reason.missing for reason in self.reasons if reason.missing)

    @property
    def against(self) -> tuple[Reason, ...]:
        """The reasons why it does not bind, unknown facts included."""
        return tuple(reason for reason in self.reasons if reason.weight is not Weight.FOR)

    @property
    def is_open(self) -> bool:
        """Whether only facts that nobody knows stand against it: filled in, it may well bind."""
        return bool(self.against) and all(reason.weight is Weight.UNKNOWN for reason in self.against)


MESSAGES = {
    "regime.in_force": "%(instrument)s is in force since %(since)s.",
    "regime.not_yet": "%(instrument)s applies only from %(since)s.",
    "regime.ended": "%(instrument)s applied until %(until)s.",
    "regime.request": "%(instrument)s lets the authority ask; it does not oblige.",
    "floor.met": "The regime gives the safeguards without which nothing is executed here.",
    "floor.missing": "The regime does not give this safeguard: %(safeguard)s (%(by)s).",
    "issuer.state_unknown": "The state of the issuing authority is not known.",
    "issuer.state_outside": "An authority of %(country)s cannot issue under %(instrument)s.",
    "issuer.state_within": "Authorities of %(country)s can issue under %(instrument)s.",
    "issuer.kind_outside": "An authority of the kind %(kind)s cannot issue under %(instrument)s.",
    "issuer.competent": "Our register holds this authority as competent.",
    "issuer.not_competent": "Our register does not hold this authority as competent for %(title)s.",
    "issuer.inactive": "Our register holds this authority as no longer active.",
    "issuer.unregistered": "The authority is not in our register; its own words are taken here, its authenticity is examined apart.",
    "issuer.exercise": "The issuer exists in exercises only.",
    "host.unknown": "The host's profile does not say where it is established, represented, or offers its services.",
    "host.within": "The host is reached by %(instrument)s (%(tie)s: %(countries)s).",
    "host.outside": "%(instrument)s does not reach this host.",
    "host.private": "%(instrument)s concerns services that disseminate to the public; this one does not.",
    "host.public_unknown": "The host's profile does not say whether the service disseminates to the public.",
}
SAFEGUARD_NAMES = {
    "defined_ground": "a defined ground",
    "named_authority": "a named authority",
    "independent_review": "independent review",
    "redress_host": "redress for the host",
    "redress_person": "redress for the person affected",
    "notice": "notice to the person affected",
    "end": "an end",
}
TIE_NAMES = {
    Reach.ESTABLISHED: "established there",
    Reach.REPRESENTED: "represented there",
    Reach.OFFERS: "offers services there",
}


def _reason(code: str, weight: Weight, missing: str | None = None, **params: str) -> Reason:
    return Reason(code=code, message=MESSAGES[code], params=params, weight=weight, missing=missing)


def _regime(order: OrderType, at: datetime) -> Iterator[Reason]:
    today = aware(at).date()
    since = order.in_force_from.isoformat()
    if today < order.in_force_from:
        yield _reason("regime.not_yet", Weight.AGAINST, instrument=order.instrument, since=since)
    elif order.in_force_to and today > order.in_force_to:
        until = order.in_force_to.isoformat()
        yield _reason("regime.ended", Weight.AGAINST, instrument=order.instrument, until=until)
    else:
        yield _reason("regime.in_force", Weight.FOR, instrument=order.instrument, since=since)
    if not order.binding:
        yield _reason("regime.request", Weight.AGAINST, instrument=order.instrument)


def _floor(order: OrderType) -> Iterator[Reason]:
    if order.floor.is_met:
        yield _reason("floor.met", Weight.FOR)
        return
    for name in FLOOR_NAMES:
        safeguard = getattr(order.floor, name)
        if not safeguard.met:
            yield _reason("floor.missing", Weight.AGAINST, safeguard=SAFEGUARD_NAMES[name], by=safeguard.by)


def _issuer_state(order: OrderType, issuer: IssuerFacts, *, exercise: bool) -> Iterator[Reason]:
    if issuer.country is None:
        yield _reason("issuer.state_unknown", Weight.UNKNOWN, "issuer.country")
        return
    may = issuer.country in territory(order.issuing_states).members(exercise=exercise)
    code, weight = ("issuer.state_within", Weight.FOR) if may else ("issuer.state_outside", Weight.AGAINST)
    yield _reason(code, weight, country=issuer.country, instrument=order.instrument)


def _issuer(order: OrderType, issuer: IssuerFacts, *, exercise: bool) -> Iterator[Reason]:
    yield from _issuer_state(order, issuer, exercise=exercise)
    if issuer.kind is not None and issuer.kind not in order.issuing_kinds:
        yield _reason("issuer.kind_outside", Weight.AGAINST, kind=issuer.kind, instrument=order.instrument)
    if issuer.exercise and not exercise:
        yield _reason("issuer.exercise", Weight.AGAINST)
    if not issuer.registered:
        yield _reason("issuer.unregistered", Weight.FOR)
    elif not issuer.active:
        yield _reason("issuer.inactive", Weight.AGAINST)
    elif order.id in issuer.competences:
        yield _reason("issuer.competent", Weight.FOR)
    else:
        yield _reason("issuer.not_competent", Weight.AGAINST, title=order.title)


def _host(order: OrderType, host: HostFacts) -> Iterator[Reason]:
    if order.public_dissemination_only and host.disseminates_to_public is None:
        yield _reason("host.public_unknown", Weight.UNKNOWN, "host.disseminates_to_public")
    elif order.public_dissemination_only and not host.disseminates_to_public:
        yield _reason("host.private", Weight.AGAINST, instrument=order.instrument)
    ties = {
        Reach.ESTABLISHED: _known(host.established_in),
        Reach.REPRESENTED: _known(host.represented_in),
        Reach.OFFERS: host.offers_in,
    }
    if not any(ties.values()):
        yield _reason("host.unknown", Weight.UNKNOWN, "host.established_in")
        return
    members = order.territories(exercise=host.exercise)
    for tie in order.reach:
        reached = ties[tie] & members
        if reached:
            countries = ", ".join(sorted(reached))
            yield _reason(
                "host.within",
                Weight.FOR,
                instrument=order.instrument,
                tie=TIE_NAMES[tie],
                countries=countries,
            )
            return
    yield _reason("host.outside", Weight.AGAINST, instrument=order.instrument)


def _known(country: str | None) -> frozenset[str]:
    return frozenset({country} if country else ())


def binds(profile: HostFacts, order_type: OrderType, issuer: IssuerFacts, at: datetime) -> Bindingness:
    """Say whether an order of this type from this issuer binds this host at an instant, with every reason.

    Invented member states count on an instance that plays an exercise only. Raises NaiveTime for ``at`` without an
    offset and nothing else: a fact that is missing is a reason against, named in ``Bindingness.missing``.
    """
    reasons = (
        *_regime(order_type, at),
        *_floor(order_type),
        *_issuer(order_type, issuer, exercise=profile.exercise),
        *_host(order_type, profile),
    )
    return Bindingness(all(reason.weight is Weight.FOR for reason in reasons), reasons)
