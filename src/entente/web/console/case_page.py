"""What the case page shows, joined from the rooms' queries: one dataclass per block, one function per tab."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from entente.apps.arrivals import queries as arrivals
from entente.apps.audit import queries as audit
from entente.apps.cases import decided
from entente.apps.cases import queries as cases
from entente.apps.cases.services import own_road, telling
from entente.apps.complaints import queries as complaints
from entente.apps.content import queries as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import queries as deliveries
from entente.apps.kernel.paging import Mark
from entente.apps.matching import queries as matching
from entente.apps.notices import queries as notices
from entente.apps.orders import queries as orders
from entente.apps.parties import queries as parties
from entente.core.law.orders import RemovalOrderForm
from entente.web.console import fact_words, next_steps, order_words, route_acts, words
from entente.web.console.law_rows import ReasonRow, findings, reasons
from entente.web.console.pages import PAGE, older
from entente.web.console.threat_words import threat_view

if TYPE_CHECKING:
    from entente.apps.cases.models import Assessment, Case, Departure, OutsideLook
    from entente.apps.content.queries import PreviewData
    from entente.apps.notices.models import Notice
    from entente.apps.orders.models import RemovalOrder
    from entente.apps.parties.models import Person
    from entente.web.console.threat_words import ThreatView
    from entente.web.permissions import May

ITEMS: Final = 50
_SHORT: Final = timedelta(hours=2)

TABS: Final[tuple[tuple[str, Promise, str], ...]] = (
    ("now", gettext_lazy("Now"), "1"),
    ("form", gettext_lazy("What was sent"), "2"),
    ("content", gettext_lazy("Content"), "3"),
    ("people", gettext_lazy("People told"), "4"),
    ("history", gettext_lazy("History"), "5"),
)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One address with its decision, its measure, its copy and what was seen from outside."""

    item: cases.ItemView
    copy: "PreviewData | None"
    look: "OutsideLook | None"


@dataclass(frozen=True, slots=True)
class Head:
    """What every tab shows: the case, where it comes from, its clocks, the next step."""

    case: "Case"
    order: "RemovalOrder | None"
    notice: "Notice | None"
    clock: deadlines.DeadlineLine | None
    clocks: list[deadlines.DeadlineLine]
    step: next_steps.Step
    beside: next_steps.Step | None
    choices: list[next_steps.Choice]
    reasons: list[ReasonRow]
    silence: Any
    is_mine: bool
    departure: "Departure | None"
    threat: "ThreatView | None"

    @property
    def steps(self) -> list[int]:
        """The moments the clock speaks, in seconds after its start."""
        if self.clock is None:
            return []
        return [int((at - self.clock.starts_at).total_seconds()) for at in self.clock.announce_at]

    @property
    def has_clock(self) -> bool:
        """Whether time is shown: always while the case is open, and after it left while its route waits."""
        return self.case.state == "open" or (self.departure is not None and self.clock is not None)

    @property
    def was_filed(self) -> bool:
        """Whether a person, and no computation, said that the order does not bind."""
        is_filed = self.order is not None and not self.order.is_binding
        return is_filed and all(row.weight == "for" for row in self.reasons)

    @property
    def is_hour(self) -> bool:
        """Whether the clock is a short one, drawn as a ruler."""
        return self.clock is not None and self.clock.due_at - self.clock.starts_at <= _SHORT


def _foremost(
    running: list[deadlines.DeadlineLine], overdue: list[deadlines.DeadlineLine]
) -> deadlines.DeadlineLine | None:
    """Return the clock of the head: the nearest duty that runs, else one that stands still, else one unmet."""
    duties = sorted(
        (line for line in running if line.is_duty), key=lambda line: line.suspended_at is not None
    )
    return next(iter([*duties, *overdue]), None)


def head(case: "Case", person: "Person", may: "May") -> Head:
    """Read what stands on every tab of a case."""
    order = orders.of_case(case.pk) if case.intake_kind == "removal_order" else None
    notice = notices.of_case(case.pk) if case.intake_kind == "notice" else None
    running = deadlines.running_for_case(case.pk)
    overdue = [] if any(line.is_duty for line in running) else _overdue(case.pk)
    silence = cases.silence_of(case.pk) if order is not None else None
    facts = next_steps.Facts(
        case=case,
        order=order,
        silence=silence,
        assessments=_assessments(case, order),
        open_item_id=_open_item(case, order),
        person_id=person.pk,
        has_second_look=any(line.rule_id == "house.second_look" for line in running),
        departure=cases.departure_of(case.pk),
        has_own_road=own_road.has_own_road(case),
        may_offer=decided.has_disabled(case.pk),
        threat=threat_view(case.pk),
    )
    return Head(
        case=case,
        order=order,
        notice=notice,
        clock=_foremost(running, overdue),
        clocks=[*overdue, *running],
        step=next_steps.next_step(facts, may),
        beside=next_steps.own_step(facts, may) if next_steps.comes_first(facts) else None,
        choices=next_steps.offered(facts, may),
        reasons=reasons(order.binding_reasons) if order is not None else [],
        silence=silence,
        is_mine=case.assigned_to_id == person.pk,
        departure=facts.departure,
        threat=facts.threat,
    )


def _overdue(case_id: UUID) -> list[deadlines.DeadlineLine]:
    return [line for line in deadlines.all_for_case(case_id) if line.state == "expired" and line.is_duty]


def _open_item(case: "Case", order: "RemovalOrder | None") -> UUID | None:
    """Return the address the assessment is about: the next undecided one, for an order the first."""
    if case.stage != "assess":
        return None
    if order is not None:
        return next((row.id for row in cases.items_of(case.pk, limit=1)), None)
    undecided = next((row.pk for row in cases.undecided_items(case.pk, limit=1)), None)
    # Where all are decided and it is assessed again, the question is the first of them.
    return undecided or next((row.id for row in cases.items_of(case.pk, limit=1)), None)


def _assessments(case: "Case", order: "RemovalOrder | None") -> "list[Assessment]":
    if case.stage != "assess":
        return []
    return cases.assessments_of(case.pk) if order is not None else decided.newer_assessments(case.pk)


def item_rows(case: "Case", page: int = 1) -> list[ItemRow]:
    """Return one page of the addresses of a case."""
    start = (max(1, page) - 1) * ITEMS
    rows = cases.items_of(case.pk, limit=start + ITEMS)[start:]
    copies = {
        copy.content_item_id: copy
        for copy in content.previews_of_case(case.pk, content_item_ids=[row.content_item_id for row in rows])
    }
    looks = cases.last_looks([row.action.pk for row in rows if row.action is not None])
    return [
        ItemRow(
            item=row,
            copy=copies.get(row.content_item_id),
            look=looks.get(row.action.pk) if row.action is not None else None,
        )
        for row in rows
    ]


def now_tab(shown: Head, page: int) -> dict[str, Any]:
    """Read the first tab: authenticity, what is wrong, the addresses, what is related."""
    order = shown.order
    rows = item_rows(shown.case, page)
    return {
        "findings": findings(order) if order is not None else [],
        "authority": parties.authority(order.authority_id) if order and order.authority_id else None,
        "rows": rows,
        "states": cases.item_states(shown.case.pk) if shown.case.item_count > ITEMS else None,
        "restoring": orders.restoring(order) if order is not None else None,
        "pages": _pages(shown.case.item_count, page),
        "related_orders": orders.related_of(order) if order is not None else [],
        "others": cases.others_about(rows[0].item.content_item_id, but=shown.case.pk) if rows else [],
        "routes": route_acts.routes_of(shown.case, shown.departure),
        "unwritten": content.closings_left(shown.case.pk) if shown.departure is not None else 0,
        "recognitions": matching.of_case(shown.case.pk) if shown.case.intake_kind == "match" else [],
        "threat": shown.threat,
        "signature": _signature(order),
    }


def _signature(order: "RemovalOrder | None") -> dict[str, Any]:
    """Return what was checked of the signature that verified an order; empty where another road did."""
    if order is None or order.authenticity_method != "qualified_signature":
        return {}
    arrival = arrivals.of_case(order.case_id)
    return arrival.signature if arrival is not None else {}


def _pages(count: int, page: int) -> dict[str, Any]:
    last = max(1, -(-count // ITEMS))
    return {"page": page, "last": last, "before": page - 1, "after": page + 1 if page < last else 0}


def form_tab(shown: Head) -> dict[str, Any]:
    """Read the second tab: Annex I, the notice, or the message as it came."""
    order, arrival = shown.order, arrivals.of_case(shown.case.pk)
    return {
        "sections": order_words.sections(orders.form_of(order)) if order is not None else [],
        "arrival": arrival,
        "original": arrivals.original_of(arrival) if arrival is not None else None,
        "versions": _versions(order) if order is not None else [],
        "corrections": orders.corrections_of(order.pk) if order is not None else [],
        "checks": orders.checks_of(order.pk) if order is not None else [],
    }


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One time the boxes of an order changed: why, by whom, and how they read before and after."""

    why: str
    who: str
    at: datetime
    differences: list[order_words.Difference]


def _versions(order: "RemovalOrder") -> list[VersionRow]:
    """Return every change of an order's form, oldest first; each version is compared with the one that followed."""
    kept = orders.form_versions_of(order.pk)
    forms = [RemovalOrderForm.from_json(one.form) for one in kept] + [orders.form_of(order)]
    return [
        VersionRow(
            why=one.get_why_display(),
            who=one.replaced_by_name,
            at=one.replaced_at,
            differences=order_words.differences(before, after),
        )
        for one, before, after in zip(kept, forms, forms[1:], strict=False)
    ]


def people_tab(shown: Head) -> dict[str, Any]:
    """Read the fourth tab: letters, complaints, answers sent."""
    order = shown.order
    sent = orders.answers_of(order.pk) if order is not None else []
    statements = cases.statements_of(shown.case.pk)
    lines = {line.id: line for line in deliveries.deliveries(case_id=shown.case.pk, limit=200)}
    return {
        "statements": statements,
        "by_hand": telling.to_tell_by_hand(statements),
        "complaints": complaints.of_case(shown.case.pk),
        "answers": [
            (
                one,
                words.ANSWERS.get(one.kind, one.kind),
                lines.get(one.delivery_id) if one.delivery_id else None,
            )
            for one in sent
        ],
    }


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history."""

    at: datetime
    title: str
    who: str
    text: str
    icon: str
    tone: str = ""


def history_tab(shown: Head, after: Mark | None = None) -> dict[str, Any]:
    """Read the fifth tab: what happened, what was sent, every clock; `after` marks the last event already shown."""
    trail = audit.trail_of_case(shown.case.pk, after=after, limit=PAGE + 1)
    has_more, trail = len(trail) > PAGE, trail[:PAGE]
    sent = deliveries.deliveries(case_id=shown.case.pk, limit=PAGE + 1)
    return {
        "later": older(trail[-1].at, trail[-1].id) if has_more else "",
        "is_first": after is None,
        "events": [
            Event(
                at=line.at,
                title=words.event_title(line.kind),
                who=line.actor_name,
                text=fact_words.line(line.facts),
                icon=words.event_icon(line.kind),
            )
            for line in trail
        ],
        "all_clocks": deadlines.all_for_case(shown.case.pk),
        "deliveries": sent[:PAGE],
        "has_more_deliveries": len(sent) > PAGE,
        "order_events": orders.events_of(shown.order.pk) if shown.order is not None else [],
        "decisions": cases.decisions_of(shown.case.pk),
    }
