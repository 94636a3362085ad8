"""Reading the spine: the inbox, one case, one letter, one person's settings."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import Prefetch, Q

from entente.apps.cases.decided import NOBODY_DECIDED
from entente.apps.cases.errors import CaseMissing
from entente.apps.cases.models import (
    Action,
    Assessment,
    Case,
    CaseItem,
    Decision,
    Departure,
    Handover,
    OutsideLook,
    RouteHandover,
    Silence,
    StatementOfReasons,
)
from entente.apps.cases.models.case import CaseKind, CaseStage, CaseState
from entente.apps.cases.models.decision import ActionState, Outcome
from entente.apps.content import queries as content

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from entente.apps.parties.models import Person

PAGE = 50
HEAVY_WEIGHS = timedelta(days=1)
"""How long a heavy case is remembered when the next one is chosen."""

LOOK_AHEAD = 500
"""How many waiting cases are searched for one without the kinds of media that a person declined."""


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What the person asked the inbox to show."""

    text: str = ""
    kind: str = ""
    stage: str = ""
    mine: "Person | None" = None
    unassigned: bool = False
    state: str = CaseState.OPEN
    reader: "Person | None" = None


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One line of the inbox."""

    id: UUID
    reference: str
    kind: str
    kind_label: str
    stage: str
    stage_label: str
    title: str
    sender: str
    language: str
    is_binding: bool
    is_heavy: bool
    legal_due_at: datetime | None
    legal_rule_id: str
    assigned_name: str
    opened_at: datetime
    item_count: int


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page of the inbox; counting 100,000 rows is not worth a reviewer's time, so the total is bounded."""

    rows: list[InboxRow]
    has_more: bool
    page: int


def visible_to(person: "Person") -> Q:
    """Return which cases somebody may see: all, or for a person from elsewhere those that lie in their hands."""
    return Q(assigned_to=person) if person.from_outside else Q()


def may_see(person: "Person", case_id: UUID) -> bool:
    """Say whether somebody may see a case at all; what they may do with it is for the table of permissions."""
    return not person.from_outside or Case.objects.filter(visible_to(person), pk=case_id).exists()


def inbox(wanted: InboxFilter, *, page: int = 1) -> InboxPage:
    """Return open cases by legal time left; those without a clock come last, oldest first."""
    cases = _filtered(wanted)
    start = (max(1, page) - 1) * PAGE
    found = list(cases.select_related("assigned_to")[start : start + PAGE + 1])
    return InboxPage(
        rows=[_row(case) for case in found[:PAGE]], has_more=len(found) > PAGE, page=max(1, page)
    )


def _filtered(wanted: InboxFilter) -> "QuerySet[Case]":
    cases = Case.objects.filter(state=wanted.state)
    if wanted.reader is not None:
        cases = cases.filter(visible_to(wanted.reader))
    if wanted.kind:
        cases = cases.filter(kind=wanted.kind)
    if wanted.stage:
        cases = cases.filter(stage=wanted.stage)
    if wanted.mine is not None:
        cases = cases.filter(assigned_to=wanted.mine)
    elif wanted.unassigned:
        cases = cases.filter(assigned_to=None)
    text = wanted.text.strip()
    if text:
        by_address = CaseItem.objects.filter(url__icontains=text).values("case_id")
        cases = cases.filter(
            Q(reference__istartswith=text)
            | Q(title__icontains=text)
            | Q(sender__icontains=text)
            | Q(pk__in=by_address)
        )
    if wanted.state == CaseState.OPEN:
        return cases.order_by("sort_at", "opened_at")
    return cases.order_by("-closed_at")


def _row(case: Case) -> InboxRow:
    return InboxRow(
        id=case.id,
        reference=case.reference,
        kind=case.kind,
        kind_label=str(CaseKind(case.kind).label),
        stage=case.stage,
        stage_label=str(CaseStage(case.stage).label),
        title=case.title,
        sender=case.sender,
        language=case.language,
        is_binding=case.is_binding,
        is_heavy=case.is_heavy,
        legal_due_at=case.legal_due_at,
        legal_rule_id=case.legal_rule_id,
        assigned_name=case.assigned_to.name if case.assigned_to else "",
        opened_at=case.opened_at,
        item_count=case.item_count,
    )


def next_case_for(person: "Person", *, after_heavy: bool, declined_kinds: Iterable[str] = ()) -> UUID | None:
    """Return the next case to offer: the least legal time left, a lighter one after a heavy one, none with media declined.

    A binding clock under an hour always comes first: nobody's comfort may cost somebody's right, and its five
    questions open nothing.
    """
    cases = Case.objects.filter(state=CaseState.OPEN).filter(Q(assigned_to=None) | Q(assigned_to=person))
    order = ("sort_at", "opened_at")
    urgent = (
        cases.filter(is_binding=True, stage="check").order_by(*order).values_list("pk", flat=True).first()
    )
    if urgent is not None:
        return urgent
    declined = frozenset(declined_kinds)
    lighter = cases.filter(is_heavy=False)
    if after_heavy or "heavy" in declined:
        found = _first_without(lighter.order_by(*order), declined)
        if found is not None or "heavy" in declined:
            return found
    return _first_without(cases.order_by(*order), declined)


def last_was_heavy(person: "Person", at: datetime) -> bool:
    """Say whether the case somebody held, assessed or decided last, within a day, is hard to look at."""
    since = at - HEAVY_WEIGHS
    hands = Handover.objects.filter(Q(to_person=person) | Q(from_person=person), at__gte=since)
    assessed = Assessment.objects.filter(assessed_by=person, completed_at__gte=since)
    decided = Decision.objects.filter(decided_by_id_text=str(person.pk), decided_at__gte=since)
    turns = [
        turn
        for turn in (
            hands.order_by("-at", "-id").values_list("at", "case__is_heavy").first(),
            assessed.order_by("-completed_at").values_list("completed_at", "case__is_heavy").first(),
            decided.order_by("-decided_at").values_list("decided_at", "case__is_heavy").first(),
        )
        if turn is not None
    ]
    return bool(turns) and max(turns)[1]


def _first_without(cases: "QuerySet[Case]", declined: frozenset[str]) -> UUID | None:
    """Return the first case whose copies hold nothing of the declined kinds, as far as one looks ahead."""
    line = cases.values_list("pk", flat=True)
    if not declined - {"heavy"}:
        return line.first()
    for start in range(0, LOOK_AHEAD, PAGE):
        chunk = list(line[start : start + PAGE])
        kinds = content.media_kinds_of_cases(chunk)
        for case_id in chunk:
            if not declined & kinds.get(case_id, frozenset()):
                return case_id
    return None


@dataclass(frozen=True, slots=True)
class ItemView:
    """One address of a case with its decision and measure."""

    id: UUID
    url: str
    content_item_id: UUID
    position: int
    impossible_ground: str
    decision: Decision | None
    action: Action | None

    @property
    def action_state(self) -> str:
        """Return the state of the measure, or an empty text."""
        return self.action.state if self.action else ""


def case_by_id(case_id: UUID) -> Case:
    """Return a case. Raises CaseMissing."""
    case = Case.objects.select_related("assigned_to").filter(pk=case_id).first()
    if case is None:
        raise CaseMissing
    return case


def case_by_reference(reference: str) -> Case:
    """Return a case by the reference people read aloud. Raises CaseMissing."""
    case = Case.objects.select_related("assigned_to").filter(reference=reference.upper().strip()).first()
    if case is None:
        raise CaseMissing
    return case


def items_of(case_id: UUID, *, limit: int | None = None) -> list[ItemView]:
    """Return the addresses of a case in their order, each with the measure it is about.

    That is the measure of the decision in force; of a restoration, the one it takes back.
    """
    items = CaseItem.objects.filter(case_id=case_id).select_related("decision").order_by("position", "id")
    found = list(items[:limit] if limit else items)
    sources = {item.pk: _source_of_measure(item.decision) for item in found if item.decision}
    measures = Action.objects.filter(decision_id__in=list(sources.values()))
    actions = {action.decision_id: action for action in measures}
    return [
        ItemView(
            id=item.id,
            url=item.url,
            content_item_id=item.content_item_id,
            position=item.position,
            impossible_ground=item.impossible_ground,
            decision=item.decision,
            action=actions.get(sources[item.pk]) if item.pk in sources else None,
        )
        for item in found
    ]


def _source_of_measure(decision: Decision) -> UUID:
    if decision.outcome == Outcome.RESTORE and decision.supersedes_id:
        return decision.supersedes_id
    return decision.pk


def addresses_of(case_id: UUID) -> list[str]:
    """Return the addresses of a case in their order, and nothing else of them."""
    items = CaseItem.objects.filter(case_id=case_id).order_by("position", "id")
    return list(items.values_list("url", flat=True))


def contents_of(case_id: UUID) -> list[UUID]:
    """Return the ids of the content a case is about."""
    return list(CaseItem.objects.filter(case_id=case_id).values_list("content_item_id", flat=True))


def undecided_items(case_id: UUID, *, limit: int) -> list[CaseItem]:
    """Return the next addresses that no person decided about, and that were not reported as impossible."""
    items = CaseItem.objects.filter(NOBODY_DECIDED, case_id=case_id, impossible_ground="")
    return list(items.select_related("content_item").order_by("position", "id")[:limit])


def has_decisions(case_id: UUID) -> bool:
    """Say whether anything was ever decided in a case."""
    return Decision.objects.filter(case_id=case_id).exists()


def items_to_restore(case_id: UUID, *, limit: int) -> list[tuple[CaseItem, Decision]]:
    """Return the next addresses with a decision in force that is no restoration, and that decision."""
    items = _to_restore(case_id).select_related("decision", "content_item").order_by("position", "id")
    return [(item, item.decision) for item in items[:limit] if item.decision is not None]


def restorations_untold(case_id: UUID, *, limit: int) -> list[Decision]:
    """Return the next restorations of a case about which no letter was written yet."""
    untold = Decision.objects.filter(case_id=case_id, outcome=Outcome.RESTORE, statement=None)
    return list(untold.select_related("case", "item__content_item").order_by("decided_at", "id")[:limit])


def restored_of(case_id: UUID) -> tuple[int, int]:
    """Return how many addresses of a case are restored, and of how many with a decision."""
    decided = CaseItem.objects.filter(case_id=case_id).exclude(decision=None).count()
    return decided - _to_restore(case_id).count(), decided


def _to_restore(case_id: UUID) -> "QuerySet[CaseItem]":
    decided = CaseItem.objects.filter(case_id=case_id).exclude(decision=None)
    return decided.exclude(decision__outcome=Outcome.RESTORE)


def item(item_id: UUID) -> CaseItem:
    """Return one address of a case."""
    return CaseItem.objects.select_related("case", "content_item", "decision").get(pk=item_id)


def cases_with_undecided_items(intake_kind: str) -> "QuerySet[CaseItem, UUID]":
    """Return the ids of open cases of one intake that still have undecided addresses."""
    return (
        CaseItem.objects.filter(
            decision=None,
            impossible_ground="",
            case__state=CaseState.OPEN,
            case__stage="effect",
            case__intake_kind=intake_kind,
        )
        .values_list("case_id", flat=True)
        .distinct()
    )


@dataclass(frozen=True, slots=True)
class ItemStates:
    """How far the addresses of one case are."""

    undecided: int
    waiting: int
    failed: int
    applied: int
    impossible: int
    last_effect_at: datetime | None


def item_states(case_id: UUID) -> ItemStates:
    """Count the addresses of a case by what became of them, in one row: an order may name 1,000, and it is polled."""
    became = models.Case(
        models.When(decision__actions__state=ActionState.APPLIED, then=models.Value("applied")),
        models.When(~Q(impossible_ground=""), then=models.Value("impossible")),
        models.When(decision=None, then=models.Value("undecided")),
        models.When(decision__actions__state=ActionState.FAILED, then=models.Value("failed")),
        default=models.Value("waiting"),
    )
    counts = {
        name: models.Count("pk", filter=Q(became=name))
        for name in ("undecided", "waiting", "failed", "applied", "impossible")
    }
    last = models.Max("decision__actions__effect_at", filter=Q(became="applied"))
    items = CaseItem.objects.filter(case_id=case_id).annotate(became=became)
    return ItemStates(**items.aggregate(**counts, last_effect_at=last))


def has_live_measures(case_id: UUID) -> bool:
    """Say whether a measure of the case is in effect or on its way, in either direction."""
    live = [ActionState.PENDING, ActionState.APPLIED, ActionState.UNDOING]
    return Action.objects.filter(decision__case_id=case_id, state__in=live).exists()


def decisions_of(case_id: UUID) -> list[Decision]:
    """Return every decision of a case, newest first."""
    return list(
        Decision.objects.filter(case_id=case_id).select_related("item").order_by("-decided_at", "-id")
    )


def decision(decision_id: UUID) -> Decision:
    """Return one decision with its case, address and content."""
    return Decision.objects.select_related("case", "item", "item__content_item").get(pk=decision_id)


def assessments_of(case_id: UUID) -> list[Assessment]:
    """Return the assessments of a case, newest first, drafts included."""
    found = Assessment.objects.filter(case_id=case_id).select_related("assessed_by", "item")
    return list(found.order_by("-started_at", "-id"))


def action(action_id: UUID) -> Action | None:
    """Return one measure with its decision and case."""
    return (
        Action.objects.select_related("decision__case", "decision__item__content_item")
        .filter(pk=action_id)
        .first()
    )


def action_by_token(token: str) -> Action | None:
    """Return the measure behind a confirmation link."""
    return (
        Action.objects.select_related("decision__case", "decision__item__content_item")
        .filter(confirm_token=token)
        .first()
    )


def statement_by_token(token: str) -> StatementOfReasons | None:
    """Return the letter behind a link; a letter held back by law is not there for anybody (rule 14)."""
    return (
        StatementOfReasons.objects.exclude(state="withheld")
        .select_related("decision__item__content_item", "decision__case", "case")
        .filter(token=token)
        .first()
    )


def statement(statement_id: UUID) -> StatementOfReasons | None:
    """Return one letter with its decision and case."""
    rows = StatementOfReasons.objects.select_related("decision__item", "case")
    return rows.filter(pk=statement_id).first()


def statements_of(case_id: UUID) -> list[StatementOfReasons]:
    """Return the letters of a case."""
    return list(
        StatementOfReasons.objects.filter(case_id=case_id).select_related("decision").order_by("written_at")
    )


def departure_of(case_id: UUID) -> Departure | None:
    """Return the route a case took by the suspected-child-abuse key, with what was handed over, oldest first."""
    handed = Prefetch("hand_overs", RouteHandover.objects.order_by("handed_over_at", "id"))
    return Departure.objects.prefetch_related(handed).filter(case_id=case_id).first()


def silence_of(case_id: UUID) -> Silence | None:
    """Return the silence of a case, running or ended."""
    return Silence.objects.filter(case_id=case_id).first()


def is_silent(case_id: UUID) -> bool:
    """Say whether a lawful silence runs on a case; the one switch of rule 14."""
    return Silence.objects.filter(case_id=case_id, ended_at__isnull=True).exists()


@dataclass(frozen=True, slots=True)
class Counts:
    """How much work there is, by the next thing to do."""

    by_stage: dict[str, int] = field(default_factory=dict)
    overdue: int = 0


def open_counts(*, at: datetime) -> Counts:
    """Count open cases by stage, and those past their time."""
    from django.db.models import Count

    rows = Case.objects.filter(state=CaseState.OPEN).values_list("stage").annotate(n=Count("pk"))
    overdue = Case.objects.filter(state=CaseState.OPEN, legal_due_at__lt=at).count()
    return Counts(by_stage=dict(rows), overdue=overdue)


def others_about(content_item_id: UUID, *, but: UUID) -> list[Case]:
    """Return other cases about the same address, newest first."""
    ids = CaseItem.objects.filter(content_item_id=content_item_id).exclude(case_id=but).values("case_id")
    return list(Case.objects.filter(pk__in=ids).order_by("-opened_at")[:20])


def action_of_decision(decision_id: UUID) -> Action | None:
    """Return the measure asked for because of one decision, superseded or not; letters speak about it."""
    return Action.objects.filter(decision_id=decision_id).first()


def looks_of(action_id: UUID) -> list[OutsideLook]:
    """Return the looks from outside at the address of a measure, planned ones included, oldest first."""
    return list(OutsideLook.objects.filter(action_id=action_id).order_by("due_at", "id"))


def last_looks(action_ids: Iterable[UUID]) -> dict[UUID, OutsideLook]:
    """Return the newest look from outside that was made at each of these measures."""
    rows = OutsideLook.objects.filter(action_id__in=list(action_ids), looked_at__isnull=False)
    return {look.action_id: look for look in rows.order_by("looked_at", "id")}
