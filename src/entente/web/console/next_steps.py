"""What a person can do about a case now: the one next step first, then everything else the case allows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from entente.apps.orders import queries as orders
from entente.web.console import (
    case_acts,
    clarify_acts,
    complaint_acts,
    offer_acts,
    order_acts,
    own_initiative_acts,
    paper_acts,
    plain_acts,
    route_acts,
)

if TYPE_CHECKING:
    from entente.apps.cases.models import Assessment, Case, Departure, Silence
    from entente.apps.orders.models import RemovalOrder
    from entente.web.console.threat_words import ThreatView
    from entente.web.permissions import May

Words = str | Promise
_ALL: Final = {
    act.name: act
    for acts in (
        case_acts.ACTS,
        route_acts.ACTS,
        order_acts.ACTS,
        clarify_acts.ACTS,
        own_initiative_acts.ACTS,
        paper_acts.ACTS,
        complaint_acts.ACTS,
        offer_acts.ACTS,
        plain_acts.ACTS,
    )
    for act in acts
}
ENDED: Final = ("withdrawn", "ceased", "annulled")


@dataclass(frozen=True, slots=True)
class Step:
    """The next step: what it is and why; `url` where the person may do it, else `text` says who does."""

    title: Words
    text: Words
    url: str = ""
    label: Words = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One act on offer."""

    name: str
    label: Words
    url: str
    tone: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the next step depends on."""

    case: "Case"
    order: "RemovalOrder | None"
    silence: "Silence | None"
    assessments: "list[Assessment]"
    open_item_id: UUID | None
    person_id: UUID
    has_second_look: bool
    departure: "Departure | None" = None
    has_own_road: bool = False
    may_offer: bool = False
    threat: "ThreatView | None" = None


def offered(facts: Facts, may: "May") -> list[Choice]:
    """Return the acts this case allows now and this person may do, beside the next step."""
    found = []
    for name in _names(facts):
        act = _ALL[name]
        if may[act.permission.replace(".", "_", 1)]:
            url = reverse(f"console:{name}", args=[facts.case.pk])
            found.append(Choice(name, act.title, url, act.tone))
    return found


def _names(facts: Facts) -> list[str]:
    names = ["route_handed_over"] if facts.departure is not None else []
    if facts.order is not None:
        names += _order_names(facts.order, is_open=facts.case.state == "open")
    elif facts.case.state == "open" and _may_be_concluded(facts):
        names.append("case_conclude")
    if facts.case.intake_kind == "arrival" and facts.case.state == "open":
        names.append("settle_again")
    if facts.silence is not None and facts.silence.ended_at is None:
        names += ["end_silence"] if facts.silence.extended_at else ["extend_silence", "end_silence"]
    if facts.has_own_road:
        names.append("own_initiative")
    if facts.may_offer:
        names.append("offer_signals")
    if facts.has_second_look:
        names.append("second_look")
    return names


def _may_be_concluded(facts: Facts) -> bool:
    """Say whether nothing stands against closing a plain case: a threat waits until whom the law names was told."""
    if facts.case.kind == "threat":
        return facts.threat is not None and not facts.threat.untold
    return facts.case.kind in {"data_request", "unclear"}


def _order_names(order: "RemovalOrder", *, is_open: bool) -> list[str]:
    has_ended = order.fate in ENDED
    names: list[str] = []
    if order.execution in {"awaiting", "executing"} and not has_ended:
        names.append("impossible")
    if order.execution == "awaiting" and not has_ended:
        names.append("file_as_information")
    if order.execution in {"awaiting", "impossible"} and not has_ended and order.authenticity != "refuted":
        names.append("clarify")
    if order.execution == "impossible" and not has_ended:
        names.append("resume")
    if order.execution == "not_binding" and is_open:
        names.append("answer_not_binding")
    names += _paper_names(order)
    if order.authenticity == "unverified":
        names.append("verify")
    if order.authenticity != "refuted" and order.is_binding and not has_ended:
        names.append("refute")
    if order.is_binding and not has_ended:
        names += ["correct_receipt", "end_order"]
        names += ["mark_final"] if order.fate == "in_force" and order.execution == "executed" else []
    return names


def _paper_names(order: "RemovalOrder") -> list[str]:
    """Return what can still be said of an order that nobody signed, or that was computed not to bind."""
    allowed = {
        "identify_issuer": orders.may_be_identified(order),
        "complete_form": orders.may_be_completed(order),
        "examine_again": orders.may_be_examined_again(order),
    }
    return [name for name, is_allowed in allowed.items() if is_allowed]


def next_step(facts: Facts, may: "May") -> Step:
    """Return the one thing to do next about a case: whoever is in danger comes before everything else."""
    if comes_first(facts):
        return _warn(facts, may)
    return own_step(facts, may)


def comes_first(facts: Facts) -> bool:
    """Say whether somebody has still to be told of a threat to life."""
    return facts.threat is not None and bool(facts.threat.untold)


def own_step(facts: Facts, may: "May") -> Step:
    """Return what is next on the case's own road, whatever is warned about beside it."""
    if facts.case.state == "left":
        return _left(facts, may)
    if facts.has_second_look and (facts.case.state != "open" or facts.case.stage == "follow"):
        return Step(
            _("A second person looks at it"),
            _("One person did this at once. Somebody else looks at it within a working day."),
            reverse("console:second_look", args=[facts.case.pk]) if may["cases_work"] else "",
            _("Look again"),
            "e",
        )
    if facts.case.state != "open":
        return Step(_("Nothing left to do"), _("The case is closed. Something new may open it again."))
    return _BY_STAGE[facts.case.stage](facts, may)


def _warn(facts: Facts, may: "May") -> Step:
    return Step(
        _("Tell whom the law names, and record it"),
        _("Somebody saw a threat to life. Call at once; everything else on this case goes on beside it."),
        reverse("console:threat_warned", args=[facts.case.pk]) if may["cases_warn"] else "",
        _("Tell them"),
        "e",
    )


def _left(facts: Facts, may: "May") -> Step:
    if facts.departure is None or facts.departure.hand_overs.all():
        return Step(
            _("The case has left"), _("Its preview is closed for everybody, and whom the route names has it.")
        )
    if not may["cases_hand_to_route"]:
        return Step(
            _("The case has left"),
            _("Its preview is closed for everybody. Legal tells whom the route names, and records it."),
        )
    return Step(
        _("Tell whom the route names, then record it"),
        _("The case has left and its preview is closed for everybody. You need not look at anything."),
        reverse("console:route_handed_over", args=[facts.case.pk]),
        _("Record the hand-over"),
        "e",
    )


def _settle(facts: Facts, _may: "May") -> Step:
    return Step(
        _("Say what this is"),
        _("Nobody could tell yet. Ask the sender, then settle it again, or answer and close."),
        reverse("console:settle_again", args=[facts.case.pk]),
        _("Settle it again"),
        "e",
    )


def _check(facts: Facts, may: "May") -> Step:
    if not may["orders_check"]:
        return Step(_("Execution check"), _("Somebody on call answers the five questions."))
    return Step(
        _("Answer the five questions, then execute"),
        _("Two minutes, without opening the media. The order is executed first and assessed after."),
        reverse("console:check", args=[facts.case.pk]),
        _("Execution check"),
        "e",
    )


def _effect(_facts: Facts, _may: "May") -> Step:
    return Step(
        _("Waiting for the effect"),
        _("The platform has been asked. As soon as it answers, the rest follows by itself."),
    )


def _assess(facts: Facts, may: "May") -> Step:
    if facts.order is not None:
        return _assess_order(facts, facts.order, may)
    done = [one for one in facts.assessments if one.is_complete and facts.open_item_id]
    if not may["cases_assess"] or facts.open_item_id is None:
        return Step(_("Full assessment"), _("A reviewer assesses it before anything happens."))
    ready = next((one for one in done if one.item_id == facts.open_item_id), None)
    if ready is not None:
        return Step(
            _("Decide"),
            _("The assessment is complete. The decision follows it, with reasons for the person."),
            reverse("console:decide", args=[facts.case.pk, facts.open_item_id]),
            _("Decide"),
            "e",
        )
    return Step(
        _("Assess it in full"),
        _("Nothing happens to the content before every part of the assessment is filled in."),
        reverse("console:assess", args=[facts.case.pk, facts.open_item_id]),
        _("Assess"),
        "e",
    )


def _assess_order(facts: Facts, order: "RemovalOrder", may: "May") -> Step:
    if not may["orders_assess"]:
        return Step(
            _("Full assessment"), _("A senior or legal person who was not on call assesses the order.")
        )
    if order.executed_by_id_text == str(facts.person_id):
        return Step(
            _("Somebody else assesses it"), _("You executed this order, so another person assesses it.")
        )
    done = next((one for one in facts.assessments if one.is_complete and one.road == "order"), None)
    if done is not None:
        return Step(
            _("Choose the course"),
            _("The assessment is complete. Now accept the order, or challenge it."),
            reverse("console:course", args=[facts.case.pk]),
            _("Choose the course"),
            "e",
        )
    if facts.open_item_id is None:
        return Step(_("Full assessment"), _("There is no address to assess."))
    return Step(
        _("Assess the executed order in full"),
        _("It was executed first. Now judge it in full, in time to ask for scrutiny."),
        reverse("console:assess", args=[facts.case.pk, facts.open_item_id]),
        _("Assess"),
        "e",
    )


def _follow(facts: Facts, may: "May") -> Step:
    if facts.order is not None and facts.order.execution == "impossible":
        return Step(
            _("The hour stands still"),
            _("Annex III was sent. When the clarification arrives, or the obstacle ceases, a new hour runs."),
        )
    if facts.order is not None and facts.order.course:
        return Step(
            _("Challenge under way"),
            _(
                "The content stays disabled until the order ends. When it does, record it: restoring follows by itself."
            ),
        )
    return Step(
        _("A complaint waits"),
        _("Somebody who did not decide reads it and answers with reasons."),
        reverse("console:case", args=[facts.case.pk]) + "?tab=people" if may["complaints_decide"] else "",
        _("Read the complaint"),
        "e",
    )


def _answer(facts: Facts, may: "May") -> Step:
    if facts.order is not None:
        if not may["orders_check"]:
            return Step(_("Answer the sender"), _("It does not bind this service."))
        if orders.is_open(facts.order):
            return _fact_missing(facts.order)
        return Step(
            _("Answer courteously"),
            _("It does not bind this service: no countdown runs. The letter is prepared."),
            reverse("console:answer_not_binding", args=[facts.case.pk]),
            _("Answer"),
            "e",
        )
    if facts.case.kind == "threat" and facts.threat is None:
        return Step(
            _("Say which states are concerned"),
            _("Then you see whom to call. If it is no threat to life, settle it again as what it is."),
            reverse("console:threat_alert", args=[facts.case.pk]) if may["cases_warn"] else "",
            _("Say it"),
            "e",
        )
    return Step(
        _("Act by the route, then answer"),
        _("The route on this page says whom to tell and in which order."),
        reverse("console:case_conclude", args=[facts.case.pk]) if may["cases_work"] else "",
        _("It is done, close"),
        "e",
    )


def _fact_missing(order: "RemovalOrder") -> Step:
    """Ask for the fact without which nobody can compute whether an order binds; its hour may be running."""
    text = _(
        "Nobody can compute yet whether it binds, and its hour may be running. Fill in the fact, then examine it."
    )
    if order.issuer_country:
        return Step(
            _("A fact is missing"),
            text,
            reverse("console:examine_again", args=[order.case_id]),
            _("Examine again"),
            "e",
        )
    return Step(
        _("A fact is missing"),
        text,
        reverse("console:identify_issuer", args=[order.case_id]),
        _("Say which authority it is"),
        "e",
    )


def _done(_facts: Facts, _may: "May") -> Step:
    return Step(_("Nothing left to do"), "")


_BY_STAGE: Final[dict[str, Callable[[Facts, "May"], Step]]] = {
    "settle": _settle,
    "check": _check,
    "effect": _effect,
    "assess": _assess,
    "follow": _follow,
    "answer": _answer,
    "done": _done,
}
