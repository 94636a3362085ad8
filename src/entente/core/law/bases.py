"""Legal bases of a measure and the grounds it rests on: what may be done, where, with which notice and which redress.

The road of redress follows the basis: against the host's own decision a complaint (DSA Art. 20), against an order a
challenge (TCO Arts 4 and 9), because a host may not restore on its own complaint desk what an order holds down.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from entente.core.law.errors import LawError, UnknownBasis, UnknownGround, UnknownInLaw
from entente.core.law.orders.removal_form import ContentType
from entente.core.law.reading import Problems, Provenance, Record, read_data, unique
from entente.core.law.rules import deadline_rules
from entente.core.law.scopes import Bound, Scope, ScopeFacts, ScopeKind, check_limits, scope_at
from entente.core.law.territories import territory

__all__ = [
    "Basis",
    "BasisKind",
    "Bound",
    "Ground",
    "GroundKind",
    "Measure",
    "MeasureOutside",
    "NoticeForm",
    "RedressRoute",
    "Requirement",
    "Scope",
    "ScopeKind",
    "bases",
    "basis",
    "check_measure",
    "check_scope",
    "default_scope",
    "ground",
    "grounds",
]


class BasisKind(StrEnum):
    """What a measure rests on."""

    ORDER = "order"
    LAW = "law"
    TERMS = "terms"
    PROVISIONAL = "provisional"
    KEEP = "keep"


class Measure(StrEnum):
    """What a decision may do to content."""

    DISABLE = "disable"
    RESTRICT_BY_COUNTRY = "restrict_by_country"
    WARNING_LABEL = "warning_label"
    KEEP = "keep"


class RedressRoute(StrEnum):
    """Against the host's own decision, or against an order."""

    COMPLAINT = "complaint"
    CHALLENGE = "challenge"


class NoticeForm(StrEnum):
    """Which article shapes the letter: to the person (TCO 11, DSA 17, DSA 9(5)) or to the notifier (DSA 16(5))."""

    TCO11 = "tco11"
    DSA17 = "dsa17"
    DSA9 = "dsa9"
    DSA16 = "dsa16"


class Requirement(StrEnum):
    """What must exist before a measure may rest on the basis."""

    ORDER = "order"
    ASSESSMENT = "assessment"
    CONFIRMED_SIGNAL = "confirmed_signal"


class GroundKind(StrEnum):
    """A type of TCO Art. 2(7), another unlawfulness, or the host's terms."""

    TCO_TYPE = "tco_type"
    ILLEGAL = "illegal"
    TERMS = "terms"


class MeasureOutside(LawError):
    """A measure that the basis does not allow."""

    code = "measure.outside"
    message = "%(basis)s does not allow the measure %(measure)s."

    def __init__(self, basis: "Basis", measure: Measure) -> None:
        self.params = {"basis": basis.title, "measure": str(measure)}
        super().__init__(self.message % self.params)


@dataclass(frozen=True, slots=True)
class Basis:
    """One legal basis. ``deadline_rules`` are the clocks that a measure on it may start."""

    id: str
    title: str
    kind: BasisKind
    jurisdiction: str
    article: str
    smallest_scope: Bound
    default_scope: Bound
    largest_scope: Bound
    measures: tuple[Measure, ...]
    redress_road: RedressRoute
    notice_form: NoticeForm
    preservation_ground: str
    deadline_rules: tuple[str, ...]
    requires: Requirement
    ground_kinds: tuple[GroundKind, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Ground:
    """What content is held to be. ``needs_danger`` is the danger element of Art. 2(7)(a)."""

    id: str
    title: str
    kind: GroundKind
    jurisdiction: str
    article: str
    tco_type: ContentType | None
    needs_danger: bool
    exercise: bool
    provenance: Provenance

    def illegal_in(self, *, exercise: bool = False) -> frozenset[str]:
        """Return where the content is unlawful on this ground; nowhere for a ground of the host's terms."""
        if self.kind is GroundKind.TERMS:
            return frozenset()
        return territory(self.jurisdiction).members(exercise=exercise)


@dataclass(frozen=True, slots=True)
class Bases:
    """Every basis and ground by id."""

    bases: Mapping[str, Basis]
    grounds: Mapping[str, Ground]


def _read_jurisdiction(record: Record) -> str:
    identifier = record.text("jurisdiction")
    try:
        territory(identifier)
    except UnknownInLaw as unknown:
        record.note(str(unknown))
    return identifier


def _read_basis(record: Record) -> Basis:
    clocks = record.texts("deadline_rules", required=True)
    for identifier in clocks:
        if identifier not in deadline_rules():
            record.note(f"deadline_rules names {identifier!r}, which is no deadline rule")
    found = Basis(
        id=record.text("id"),
        title=record.text("title"),
        kind=record.choice("kind", BasisKind),
        jurisdiction=_read_jurisdiction(record),
        article=record.text("article"),
        smallest_scope=record.choice("smallest_scope", Bound),
        default_scope=record.choice("default_scope", Bound),
        largest_scope=record.choice("largest_scope", Bound),
        measures=record.choices("measures", Measure),
        redress_road=record.choice("redress_road", RedressRoute),
        notice_form=record.choice("notice_form", NoticeForm),
        preservation_ground=record.text("preservation_ground"),
        deadline_rules=clocks,
        requires=record.choice("requires", Requirement),
        ground_kinds=record.choices("grounds", GroundKind),
        provenance=record.provenance(),
    )
    record.done()
    return found


def _read_ground(record: Record) -> Ground:
    kind = record.choice("kind", GroundKind)
    tco_type = record.choice("tco_type", ContentType) if record.has("tco_type") else None
    if (kind is GroundKind.TCO_TYPE) != (tco_type is not None):
        record.note("tco_type belongs to grounds of the kind tco_type, and to all of them")
    found = Ground(
        id=record.text("id"),
        title=record.text("title"),
        kind=kind,
        jurisdiction=_read_jurisdiction(record),
        article=record.text("article"),
        tco_type=tco_type,
        needs_danger=record.flag("needs_danger", default=False),
        exercise=record.flag("exercise", default=False),
        provenance=record.provenance(),
    )
    record.done()
    return found


def read_bases(table: Mapping[str, object]) -> Bases:
    """Validate a parsed file of bases and grounds. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "bases", problems)
    basis_records, ground_records = file.records("basis"), file.records("ground")
    found_bases = [_read_basis(record) for record in basis_records]
    found_grounds = [_read_ground(record) for record in ground_records]
    unique(basis_records, [found.id for found in found_bases])
    unique(ground_records, [found.id for found in found_grounds])
    file.done()
    problems.raise_if_any()
    return Bases({found.id: found for found in found_bases}, {found.id: found for found in found_grounds})


@cache
def _bases() -> Bases:
    return read_bases(read_data("bases.toml"))


def bases() -> Mapping[str, Basis]:
    """Return every legal basis by id. Raises LawDataError if the file is wrong."""
    return _bases().bases


def basis(identifier: str) -> Basis:
    """Return one legal basis, for example ``terms.terrorism``. Raises UnknownBasis."""
    try:
        return bases()[identifier]
    except KeyError:
        raise UnknownBasis(identifier) from None


def grounds(*, exercise: bool = False) -> Mapping[str, Ground]:
    """Return the grounds by id; those of invented states in an exercise only."""
    return {key: found for key, found in _bases().grounds.items() if exercise or not found.exercise}


def ground(identifier: str, *, exercise: bool = False) -> Ground:
    """Return one ground, for example ``tco.a_incites``. Raises UnknownGround."""
    try:
        return grounds(exercise=exercise)[identifier]
    except KeyError:
        raise UnknownGround(identifier) from None


def _facts(basis: Basis, ground: Ground | None, issuing_state: str | None, *, exercise: bool) -> ScopeFacts:
    illegal_in = ground.illegal_in(exercise=exercise) if ground else frozenset()
    return ScopeFacts(basis.jurisdiction, issuing_state, illegal_in, exercise)


def check_scope(
    basis: Basis,
    scope: Scope,
    *,
    ground: Ground | None = None,
    issuing_state: str | None = None,
    exercise: bool = False,
) -> None:
    """Refuse a scope smaller or larger than the basis allows.

    ``ground`` is needed where the limit is "where the content is unlawful", ``issuing_state`` where it is the issuer's
    state. Raises ScopeOutside with a message that says the limits.
    """
    facts = _facts(basis, ground, issuing_state, exercise=exercise)
    check_limits(scope, basis.smallest_scope, basis.largest_scope, facts)


def default_scope(
    basis: Basis, *, ground: Ground | None = None, issuing_state: str | None = None, exercise: bool = False
) -> Scope:
    """Return the scope the basis has when nobody names one. Raises ScopeOutside if a fact is missing."""
    return scope_at(basis.default_scope, _facts(basis, ground, issuing_state, exercise=exercise))


def check_measure(basis: Basis, measure: Measure) -> None:
    """Refuse a measure that the basis does not allow. Raises MeasureOutside."""
    if measure not in basis.measures:
        raise MeasureOutside(basis, measure)
