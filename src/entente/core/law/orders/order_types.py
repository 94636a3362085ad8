"""Order types: what each instrument demands, from whom it may come, how far it reaches and what it safeguards.

Data, not code: ``data/order_types.toml``. Another state's instrument is another row.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from entente.core.law.errors import UnknownInLaw, UnknownOrderType
from entente.core.law.reading import Problems, Provenance, Record, read_data, unique
from entente.core.law.rules import deadline_rules
from entente.core.law.scopes import Bound, Scope, ScopeFacts, check_limits, scope_at
from entente.core.law.territories import territory


class Reach(StrEnum):
    """By which tie a regime reaches a host."""

    ESTABLISHED = "established"
    REPRESENTED = "represented"
    OFFERS = "offers"


class AuthorityKind(StrEnum):
    """What an issuing authority is (Annex I, section E of the TCO Regulation, widened for other instruments)."""

    JUDICIAL = "judicial"
    LAW_ENFORCEMENT = "law_enforcement"
    ADMINISTRATIVE = "administrative"
    OTHER = "other"


class Competence(StrEnum):
    """What our register must say an authority may do before an instrument of it counts (TCO Art. 12(1)(a), and the rest).

    Nobody is competent for everything: whoever may issue other orders may not therefore order removal within the hour.
    """

    ISSUE_ORDERS = "issue_orders"
    OTHER_ORDERS = "other_orders"


class Redressed(StrEnum):
    """Who may take a road of redress."""

    HOST = "host"
    PERSON = "person"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One safeguard of the floor: whether the regime's text gives it, and by what."""

    met: bool
    by: str


@dataclass(frozen=True, slots=True)
class Floor:
    """Design rule 13: without all of these a regime is read and compared, and nothing else."""

    defined_ground: Safeguard
    named_authority: Safeguard
    independent_review: Safeguard
    redress_host: Safeguard
    redress_person: Safeguard
    notice: Safeguard
    end: Safeguard

    @property
    def missing(self) -> tuple[str, ...]:
        """The safeguards the regime does not give."""
        return tuple(name for name in FLOOR_NAMES if not getattr(self, name).met)

    @property
    def is_met(self) -> bool:
        """Whether every safeguard is given."""
        return not self.missing


FLOOR_NAMES = (
    "defined_ground",
    "named_authority",
    "independent_review",
    "redress_host",
    "redress_person",
    "notice",
    "end",
)


@dataclass(frozen=True, slots=True)
class RedressRoad:
    """A road open against an order; ``rule`` is its deadline where the data know one.

    ``national_rules`` maps the issuing state to its own deadline, where the road runs under the law of that state.
    """

    id: str
    who: Redressed
    title: str
    article: str
    rule: str | None
    cross_border_only: bool
    national_rules: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OrderType:
    """One instrument under which content can be ordered (or, with ``binding`` false, asked) to go.

    ``required_elements`` maps each element an order must have to the article that asks for it. ``execute_rule``,
    ``feedback_rule``, ``impossibility_rule``, ``scrutiny_rule`` and ``non_disclosure_rule`` name deadline rules. ``issuing_kinds`` and
    ``issuing_states`` say who may issue, ``competence`` what our register must hold an authority competent for.
    """

    id: str
    title: str
    jurisdiction: str
    instrument: str
    binding: bool
    in_force_from: date
    in_force_to: date | None
    execute_rule: str
    restart_rules: tuple[str, ...]
    feedback_rule: str | None
    impossibility_rule: str | None
    scrutiny_rule: str | None
    non_disclosure_rule: str | None
    required_elements: Mapping[str, str]
    form: str
    min_scope: Bound
    default_scope: Bound
    max_scope: Bound
    reach: tuple[Reach, ...]
    public_dissemination_only: bool
    issuing_states: str
    issuing_kinds: tuple[AuthorityKind, ...]
    competence: Competence
    redress: tuple[RedressRoad, ...]
    preservation_ground: str
    person_notice: str
    floor: Floor
    provenance: Provenance

    def territories(self, *, exercise: bool = False) -> frozenset[str]:
        """Return the countries where the instrument applies; with ``exercise`` the invented members too."""
        return territory(self.jurisdiction).members(exercise=exercise)

    def scope_facts(self, *, issuing_state: str | None = None, exercise: bool = False) -> ScopeFacts:
        """Return what this instrument's limits are counted from."""
        return ScopeFacts(territory=self.jurisdiction, issuing_state=issuing_state, exercise=exercise)

    def usual_scope(self, *, issuing_state: str | None = None, exercise: bool = False) -> Scope:
        """Return the scope an order of this type has when it names none. Raises ScopeOutside if a fact is missing."""
        return scope_at(self.default_scope, self.scope_facts(issuing_state=issuing_state, exercise=exercise))

    def check_scope(self, scope: Scope, *, issuing_state: str | None = None, exercise: bool = False) -> None:
        """Refuse a scope outside the limits of the instrument. Raises ScopeOutside."""
        facts = self.scope_facts(issuing_state=issuing_state, exercise=exercise)
        check_limits(scope, self.min_scope, self.max_scope, facts)

    def court_rule(self, issuing_state: str) -> str | None:
        """Return the deadline for going to court in the issuing state, or None where the data know none."""
        found = (road.national_rules.get(issuing_state) for road in self.redress)
        return next((rule for rule in found if rule is not None), None)

    def may_be_scrutinised(self, *, issuing_state: str, host_states: Collection[str]) -> bool:
        """Whether the host's own state may scrutinise an order of this type, as TCO Art. 4 has it: across a border.

        ``host_states`` are those of its establishment and representation. Where the issuing state is not known the
        road stays open: who asks in vain loses less than who is not told.
        """
        roads = [road for road in self.redress if road.rule is not None and road.rule == self.scrutiny_rule]
        crosses_border = issuing_state not in host_states
        return any(crosses_border or not road.cross_border_only for road in roads)


ELEMENTS = (
    "issuer",
    "authentication",
    "reasons",
    "type",
    "address",
    "legal_basis",
    "issue_time",
    "signature",
    "redress",
    "silence",
    "addressee",
    "language",
    "cross_border",
    "feedback_contact",
    "reference",
)


def _read_floor(record: Record) -> Floor:
    floor = record.record("floor")
    safeguards = {}
    for name in FLOOR_NAMES:
        table = floor.record(name)
        safeguards[name] = Safeguard(met=table.flag("met"), by=table.text("by"))
        table.done()
    floor.done()
    return Floor(**safeguards)


def _read_road(record: Record) -> RedressRoad:
    road = RedressRoad(
        id=record.text("id"),
        who=record.choice("who", Redressed),
        title=record.text("title"),
        article=record.text("article"),
        rule=_rule(record, "rule"),
        cross_border_only=record.flag("cross_border_only", default=False),
        national_rules=dict(
            _read_national_rule(national) for national in record.records("national", required=False)
        ),
    )
    record.done()
    return road


def _read_national_rule(record: Record) -> tuple[str, str]:
    """Return an issuing state and the deadline of this road there."""
    found = record.text("state"), _rule(record, "rule") or ""
    record.done()
    return found


def _rule(record: Record, key: str) -> str | None:
    """Return an optional deadline rule that must exist."""
    identifier = record.text(key, default="") or None
    if identifier is not None and identifier not in deadline_rules():
        record.note(f"{key} names {identifier!r}, which is no deadline rule")
    return identifier


def _read_elements(record: Record) -> Mapping[str, str]:
    elements = {}
    for element in record.records("required_elements"):
        name = element.text("id")
        if name not in ELEMENTS:
            element.note(f"{name!r} is no element; the elements are {', '.join(ELEMENTS)}")
        elements[name] = element.text("article")
        element.done()
    return elements


def _read_territory(record: Record, key: str) -> str:
    identifier = record.text(key)
    try:
        territory(identifier)
    except UnknownInLaw as unknown:
        record.note(f"{key}: {unknown}")
    return identifier


def _read_order_type(record: Record) -> OrderType:
    begins = record.day("in_force_from")
    if begins is None:
        record.note("in_force_from is missing")
    restarts = record.texts("restart_rules", required=True)
    for identifier in restarts:
        if identifier not in deadline_rules():
            record.note(f"restart_rules names {identifier!r}, which is no deadline rule")
    found = OrderType(
        id=record.text("id"),
        title=record.text("title"),
        jurisdiction=_read_territory(record, "jurisdiction"),
        instrument=record.text("instrument"),
        binding=record.flag("binding"),
        in_force_from=begins or date.max,
        in_force_to=record.day("in_force_to"),
        execute_rule=_rule(record, "execute_rule") or "",
        restart_rules=restarts,
        feedback_rule=_rule(record, "feedback_rule"),
        impossibility_rule=_rule(record, "impossibility_rule"),
        scrutiny_rule=_rule(record, "scrutiny_rule"),
        non_disclosure_rule=_rule(record, "non_disclosure_rule"),
        required_elements=_read_elements(record),
        form=record.text("form"),
        min_scope=record.choice("smallest_scope", Bound),
        default_scope=record.choice("default_scope", Bound),
        max_scope=record.choice("largest_scope", Bound),
        reach=record.choices("reach", Reach),
        public_dissemination_only=record.flag("public_dissemination_only"),
        issuing_states=_read_territory(record, "issuing_states"),
        issuing_kinds=record.choices("issuing_kinds", AuthorityKind),
        competence=record.choice("competence", Competence),
        redress=tuple(_read_road(road) for road in record.records("redress")),
        preservation_ground=record.text("preservation_ground"),
        person_notice=record.text("person_notice"),
        floor=_read_floor(record),
        provenance=record.provenance(),
    )
    if not found.execute_rule:
        record.note("execute_rule is missing")
    record.done()
    return found


def read_order_types(table: Mapping[str, object]) -> Mapping[str, OrderType]:
    """Validate a parsed order-type file. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "order_types", problems)
    records = file.records("order_type")
    found = [_read_order_type(record) for record in records]
    unique(records, [order.id for order in found])
    file.done()
    problems.raise_if_any()
    return {order.id: order for order in found}


@cache
def order_types() -> Mapping[str, OrderType]:
    """Return every order type by id. Raises LawDataError if the file is wrong."""
    return read_order_types(read_data("order_types.toml"))


def order_type(identifier: str) -> OrderType:
    """Return one order type, for example ``eu.tco.removal_order``. Raises UnknownOrderType."""
    try:
        return order_types()[identifier]
    except KeyError:
        raise UnknownOrderType(identifier) from None


def order_types_for(competences: Collection[str]) -> frozenset[str]:
    """Return the ids of the order types that an authority with these competences of the register may issue."""
    return frozenset(found.id for found in order_types().values() if found.competence in competences)
