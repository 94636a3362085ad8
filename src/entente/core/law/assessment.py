"""The full assessment and the execution check: what they must contain, and what is still missing.

A notice, a referral or a match is assessed in full before anything happens; an order is executed first and assessed after,
within the window in which scrutiny can still be asked. The assessment names what the content is held to be, whether
Art. 1(3) exempts it and what its true purpose is, the danger where the type demands one (Art. 2(7)(a)), the three-part
test of ICCPR Art. 19(3), the six factors of the Rabat Plan of Action, the territory, and who understood its language.
Keeping content asks for less: nobody must show that a restriction would be necessary in order not to restrict.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from entente.core.law.bases import GroundKind, grounds
from entente.core.law.orders.findings import ImpossibilityGround
from entente.core.law.reading import Problems, Record, read_data, unique
from entente.core.law.scopes import Scope
from entente.core.law.texts import Said


class Road(StrEnum):
    """On which of the two roads the assessment stands."""

    NOTICE = "notice"
    ORDER = "order"


class NoticeOutcome(StrEnum):
    """What an assessment on the notice road proposes."""

    DISABLE = "disable"
    RESTRICT_BY_COUNTRY = "restrict_by_country"
    WARNING_LABEL = "warning_label"
    KEEP = "keep"


class OrderOutcome(StrEnum):
    """What the host does about an order it has executed."""

    ACCEPT = "accept"
    SCRUTINY = "ask_for_scrutiny"
    COURT = "go_to_court"
    WITHDRAWAL = "ask_to_withdraw"


class Understanding(StrEnum):
    """Who understood the language of the content."""

    REVIEWER = "reviewer"
    LINGUIST = "linguist"
    MACHINE_TRANSLATION = "machine_translation"


NO_EXEMPT_PURPOSE = "none"
_CHALLENGES = frozenset({OrderOutcome.SCRUTINY, OrderOutcome.COURT, OrderOutcome.WITHDRAWAL})


@dataclass(frozen=True, kw_only=True)
class AssessmentForm:
    """A full assessment as far as it has been filled in.

    ``ground`` is the id of a ground of `bases`. ``purposes_considered`` and ``true_purpose`` hold ids of `purposes`;
    ``true_purpose`` is ``none`` where no exempt purpose is the true one. ``polemic`` says whether it is polemic or
    controversial in public debate (Art. 1(3)). ``test`` and ``factors`` map ids of `three_part_test` and `rabat_factors` to
    reasons. ``linguist`` names who read it with the reviewer; ``understood_by_note`` says more about that, or which translation
    it was and its limits.
    """

    ground: str = ""
    purposes_considered: frozenset[str] = frozenset()
    true_purpose: str = ""
    polemic: bool | None = None
    exemption_reasoning: str = ""
    danger: str = ""
    test: Mapping[str, str] = field(default_factory=dict)
    factors: Mapping[str, str] = field(default_factory=dict)
    scope: Scope | None = None
    scope_reasoning: str = ""
    language: str = ""
    understood_by: Understanding | None = None
    linguist: str = ""
    understood_by_note: str = ""
    outcome: str = ""
    reasoning: str = ""
    exercise: bool = False


@dataclass(frozen=True, kw_only=True)
class Gap(Said):
    """One thing that is still missing or contradictory; nothing may be decided while there is one."""

    field: str


@dataclass(frozen=True, slots=True)
class Item:
    """One purpose, part of the test or factor: id, title, and a help text."""

    id: str
    title: str
    help: str


@dataclass(frozen=True, slots=True)
class ExecutionCheckQuestion:
    """One of the five questions. ``if_no`` is ``impossible`` (with its Annex III ground) or ``file_as_information``."""

    id: str
    question: str
    help: str
    if_no: str
    if_no_text: str
    annex3_ground: ImpossibilityGround | None


@dataclass(frozen=True, slots=True)
class AssessmentParts:
    """What assessments and execution checks consist of, in order."""

    purposes: Mapping[str, Item]
    test: Mapping[str, Item]
    factors: Mapping[str, Item]
    questions: tuple[ExecutionCheckQuestion, ...]


MESSAGES = {
    "ground.missing": "Say what the content is held to be.",
    "ground.unknown": "%(ground)s is no ground the law data know.",
    "exemption.none_considered": "Consider the purposes of Art. 1(3): none is marked as considered.",
    "exemption.purpose_unknown": "%(purpose)s is no purpose of Art. 1(3).",
    "exemption.true_purpose_missing": "Say what the true purpose of the publication is.",
    "exemption.true_purpose_not_considered": "The true purpose %(purpose)s is not among those considered.",
    "exemption.polemic_missing": "Say whether it is polemic or controversial in public debate.",
    "exemption.reasoning_missing": "Say why the exemption of Art. 1(3) applies or not.",
    "exemption.contradicts": "The true purpose is exempt (%(purpose)s), so the content is not terrorist content, and cannot be restricted as such.",
    "exemption.contradicts_order": "The true purpose is exempt (%(purpose)s), so the order is to be challenged, not accepted.",
    "danger.missing": "This ground needs a danger that an offence may be committed: say which, and why.",
    "test.missing": "The three-part test lacks: %(part)s.",
    "factor.missing": "A Rabat factor is not assessed: %(factor)s.",
    "scope.missing": "Say where the measure holds.",
    "scope.reasoning_missing": "Say why the measure holds there and not in fewer places.",
    "language.missing": "Say in which language the content is.",
    "language.understood_missing": "Say who understood the language of the content.",
    "language.linguist_missing": "Choose the linguist among the people from elsewhere who were invited.",
    "language.note_missing": "Name the translation and its limits.",
    "outcome.missing": "Choose an outcome.",
    "outcome.unknown": "%(outcome)s is no outcome here.",
    "reasoning.missing": "Give the reasons in words.",
}


def _read_items(file: Record, key: str) -> Mapping[str, Item]:
    records = file.records(key)
    found = []
    for record in records:
        found.append(
            Item(id=record.text("id"), title=record.text("title"), help=record.text("help", default=""))
        )
        record.done()
    unique(records, [item.id for item in found])
    return {item.id: item for item in found}


def _read_question(record: Record) -> ExecutionCheckQuestion:
    has_ground = record.has("annex3_ground")
    question = ExecutionCheckQuestion(
        id=record.text("id"),
        question=record.text("question"),
        help=record.text("help"),
        if_no=record.text("if_no"),
        if_no_text=record.text("if_no_text"),
        annex3_ground=record.choice("annex3_ground", ImpossibilityGround) if has_ground else None,
    )
    if question.if_no not in ("impossible", "file_as_information"):
        record.note("if_no must be impossible or file_as_information")
    if (question.if_no == "impossible") != has_ground:
        record.note("annex3_ground belongs to impossible, and always")
    record.done()
    return question


def read_assessment(table: Mapping[str, object]) -> AssessmentParts:
    """Validate a parsed assessment file. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "assessment", problems)
    file.provenance()
    records = file.records("question")
    questions = tuple(_read_question(record) for record in records)
    unique(records, [question.id for question in questions])
    parts = AssessmentParts(
        purposes=_read_items(file, "purpose"),
        test=_read_items(file, "test"),
        factors=_read_items(file, "factor"),
        questions=questions,
    )
    file.done()
    problems.raise_if_any()
    return parts


@cache
def assessment_parts() -> AssessmentParts:
    """Return what assessments consist of. Raises LawDataError if the file is wrong."""
    return read_assessment(read_data("assessment.toml"))


def purposes() -> Mapping[str, Item]:
    """Return the exempt purposes of TCO Art. 1(3) by id."""
    return assessment_parts().purposes


def three_part_test() -> Mapping[str, Item]:
    """Return the parts of the test of ICCPR Art. 19(3) by id."""
    return assessment_parts().test


def rabat_factors() -> Mapping[str, Item]:
    """Return the six factors of the Rabat Plan of Action by id."""
    return assessment_parts().factors


def execution_check() -> tuple[ExecutionCheckQuestion, ...]:
    """Return the five questions before an order is executed, in the order they are asked."""
    return assessment_parts().questions


Raised = tuple[str, str, dict[str, str]]


def _restricts(form: AssessmentForm, road: Road) -> bool:
    """Whether the outcome lets a restriction stand, so that its necessity must be shown."""
    if road is Road.NOTICE:
        return form.outcome != NoticeOutcome.KEEP
    return form.outcome not in _CHALLENGES


def _ground(form: AssessmentForm, road: Road) -> Iterator[Raised]:
    if not form.ground:
        yield "ground.missing", "ground", {}
        return
    found = grounds(exercise=form.exercise).get(form.ground)
    if found is None:
        yield "ground.unknown", "ground", {"ground": form.ground}
    elif found.needs_danger and _restricts(form, road) and not form.danger.strip():
        yield "danger.missing", "danger", {}


def _exemption(form: AssessmentForm, road: Road) -> Iterator[Raised]:
    if not form.purposes_considered:
        yield "exemption.none_considered", "purposes_considered", {}
    for purpose in sorted(form.purposes_considered - set(purposes())):
        yield "exemption.purpose_unknown", "purposes_considered", {"purpose": purpose}
    if form.polemic is None:
        yield "exemption.polemic_missing", "polemic", {}
    if not form.exemption_reasoning.strip():
        yield "exemption.reasoning_missing", "exemption_reasoning", {}
    yield from _true_purpose(form, road)


def _true_purpose(form: AssessmentForm, road: Road) -> Iterator[Raised]:
    purpose = form.true_purpose
    if not purpose:
        yield "exemption.true_purpose_missing", "true_purpose", {}
    elif purpose != NO_EXEMPT_PURPOSE and purpose not in purposes():
        yield "exemption.purpose_unknown", "true_purpose", {"purpose": purpose}
    elif purpose != NO_EXEMPT_PURPOSE:
        if purpose not in form.purposes_considered:
            yield "exemption.true_purpose_not_considered", "true_purpose", {"purpose": purpose}
        found = grounds(exercise=form.exercise).get(form.ground)
        if (
            found is not None
            and found.kind is GroundKind.TCO_TYPE
            and form.outcome
            and _restricts(form, road)
        ):
            code = "exemption.contradicts" if road is Road.NOTICE else "exemption.contradicts_order"
            yield code, "outcome", {"purpose": purpose}


def _necessity(form: AssessmentForm, road: Road) -> Iterator[Raised]:
    if not _restricts(form, road):
        return
    for part in three_part_test().values():
        if not form.test.get(part.id, "").strip():
            yield "test.missing", f"test.{part.id}", {"part": part.title}
    for factor in rabat_factors().values():
        if not form.factors.get(factor.id, "").strip():
            yield "factor.missing", f"factors.{factor.id}", {"factor": factor.title}


def _scope(form: AssessmentForm, road: Road) -> Iterator[Raised]:
    """Yield what lacks about the territory; an order brings its own."""
    if road is Road.ORDER or not _restricts(form, road):
        return
    if form.scope is None:
        yield "scope.missing", "scope", {}
    if not form.scope_reasoning.strip():
        yield "scope.reasoning_missing", "scope_reasoning", {}


def _language(form: AssessmentForm, road: Road) -> Iterator[Raised]:
    del road  # the content must have been understood on both
    if not form.language.strip():
        yield "language.missing", "language", {}
    if form.understood_by is None:
        yield "language.understood_missing", "understood_by", {}
    elif form.understood_by is Understanding.LINGUIST and not form.linguist.strip():
        yield "language.linguist_missing", "linguist_id", {}
    elif form.understood_by is Understanding.MACHINE_TRANSLATION and not form.understood_by_note.strip():
        yield "language.note_missing", "understood_by_note", {}


def _outcome(form: AssessmentForm, road: Road) -> Iterator[Raised]:
    allowed: set[str] = set(NoticeOutcome) if road is Road.NOTICE else set(OrderOutcome)
    if not form.outcome:
        yield "outcome.missing", "outcome", {}
    elif form.outcome not in allowed:
        yield "outcome.unknown", "outcome", {"outcome": form.outcome}
    if not form.reasoning.strip():
        yield "reasoning.missing", "reasoning", {}


_CHECKS: tuple[Callable[[AssessmentForm, Road], Iterator[Raised]], ...] = (
    _ground,
    _exemption,
    _necessity,
    _scope,
    _language,
    _outcome,
)


def gaps(form: AssessmentForm, *, road: Road | str) -> tuple[Gap, ...]:
    """Name everything that is missing or contradictory; nothing may be decided while the answer is not empty.

    ``road`` is ``notice`` or ``order``. Raises ValueError for another road.
    """
    on = Road(road)
    return tuple(
        Gap(code=code, message=MESSAGES[code], params=params, field=where)
        for check in _CHECKS
        for code, where, params in check(form, on)
    )
