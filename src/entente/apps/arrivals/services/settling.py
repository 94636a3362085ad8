"""Settling what a message is, taking that back while nothing followed, and concluding the plain kinds."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.arrivals import registries
from entente.apps.arrivals.errors import KindUnknown, SomethingFollowed
from entente.apps.arrivals.models import Arrival, ArrivalKind
from entente.apps.arrivals.services import originals
from entente.apps.arrivals.services.recording import TRIAGE_RULES, refuse_settled, ring
from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.cases import threats
from entente.apps.cases.errors import ThreatUntold
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.parties import queries as parties

if TYPE_CHECKING:
    from entente.apps.cases.models import Case


@dataclass(frozen=True, slots=True)
class Chosen:
    """What whoever settles a message says besides its kind: which authority it is, of which state, under which law.

    `authority_id` None means that it is none of our register; then `issuing_state` (ISO 3166-1 alpha-2) stands in
    for the box of the form that nobody filled in.
    """

    authority_id: UUID | None = None
    issuing_state: str = ""
    order_type_id: str = ""


def settle_arrival(
    *, arrival_id: UUID, kind: str, actor: Actor, at: datetime, chosen: Chosen | None = None
) -> Arrival:
    """Settle what a message is; the room that answers for the kind opens its case in the same transaction.

    Without `chosen` it comes from whom it was recorded from. A refusal by the room's own check is on record,
    because it comes before that transaction. Raises AlreadySettled, KindUnknown, and what the room raises.
    """
    if kind not in ArrivalKind.values:
        raise KindUnknown(_("Choose one of the kinds."))
    arrival = Arrival.objects.get(pk=arrival_id)
    refuse_settled(arrival)
    check = registries.arrival_checked.find(kind)
    if check is not None:
        _choose(arrival, kind, chosen)
        check(arrival, actor, at)
    return _settle(arrival_id, kind, chosen, actor, at)


@transaction.atomic
def _settle(arrival_id: UUID, kind: str, chosen: Chosen | None, actor: Actor, at: datetime) -> Arrival:
    arrival = Arrival.objects.select_for_update().get(pk=arrival_id)
    refuse_settled(arrival)
    compare_and_set(
        arrival,
        field="settled_kind",
        expected="",
        to=kind,
        settled_at=at,
        settled_by_name=actor.name,
        **_choose(arrival, kind, chosen),
    )
    for rule_id in TRIAGE_RULES:
        deadlines.meet_deadline(
            subject_kind="arrival", subject_id=arrival.id, rule_id=rule_id, met_at=at, at=at
        )
    case_id = registries.arrival_settled.get(kind)(arrival, actor, at)
    arrival.case_id = case_id
    arrival.save(update_fields=["case_id"])
    originals.keep_for(arrival, case_id, actor, at)
    audit.record(
        kind="arrivals:arrival:settled",
        subject_kind="arrival",
        subject_id=arrival.id,
        case_id=arrival.case_id,
        actor=actor,
        at=at,
        facts={"kind": kind, "proposed": arrival.proposed_kind, "order_type": arrival.order_type_id},
    )
    return arrival


def _choose(arrival: Arrival, kind: str, chosen: Chosen | None) -> dict[str, Any]:
    """Write what a person said about the issuer and the law on the row in memory; return what changed."""
    if chosen is None:
        return {}
    changes: dict[str, Any] = {}
    if not arrival.signature.get("valid"):  # a valid signature says by itself who it is
        found = parties.authority(chosen.authority_id) if chosen.authority_id is not None else None
        changes["authority_id"] = found.id if found is not None else None
        if found is None and chosen.issuing_state:
            changes["form"] = _with_state(arrival.form, chosen.issuing_state)
    if kind == ArrivalKind.OTHER_ORDER:
        changes["order_type_id"] = chosen.order_type_id
    for name, value in changes.items():
        setattr(arrival, name, value)
    return changes


def _with_state(form: dict[str, Any] | None, state: str) -> dict[str, Any]:
    """Return the form with the issuing state filled in where nobody wrote one."""
    kept = dict(form or {})
    section = kept.get("section_a")
    boxes = dict(section) if isinstance(section, dict) else {}
    if not boxes.get("issuing_state"):
        boxes["issuing_state"] = state.strip().upper()
    return {**kept, "section_a": boxes}


@transaction.atomic
def unsettle_arrival(*, arrival_id: UUID, actor: Actor, at: datetime) -> Arrival:
    """Take a settling back while nothing followed: its case closes, and the message waits, and rings, again.

    An order is not taken back: it stays an order until it is filed as information, with a reason. Raises
    SomethingFollowed.
    """
    arrival = Arrival.objects.select_for_update().get(pk=arrival_id)
    if arrival.case_id is None or not arrival.settled_kind:
        raise SomethingFollowed(_("This message is not settled."))
    case = case_queries.case_by_id(arrival.case_id)
    if case.intake_kind == "removal_order":
        raise SomethingFollowed(
            _("An order is not taken back. If it does not bind us, file it as information.")
        )
    if case.pk != arrival.notice_case_id:  # the notice was there before, and stays
        if case.state != "open" or case_queries.decisions_of(case.pk) or _is_warned(case.pk):
            raise SomethingFollowed(_("Something followed already; the settling can not be taken back."))
        deadlines.cancel_deadlines_of(
            subject_kind=case.intake_kind, subject_id=case.intake_id, reason="settled_again", at=at
        )
        if threats.threat_of(case.pk) is not None:
            cases.drop_threat_alert(
                case_id=case.pk, reason=_("It was settled again as what it is."), actor=actor, at=at
            )
        cases.close_case(case_id=case.pk, actor=actor, at=at, outcome="settled_again")
    was = arrival.settled_kind
    compare_and_set(arrival, field="settled_kind", expected=was, to="", settled_at=None, settled_by_name="")
    arrival.case_id = None
    arrival.save(update_fields=["case_id"])
    if arrival.due_at is not None:
        ring(arrival, at)
    audit.record(
        kind="arrivals:arrival:unsettled",
        subject_kind="arrival",
        subject_id=arrival.id,
        case_id=case.pk,
        actor=actor,
        at=at,
        facts={"was": was},
    )
    return arrival


@transaction.atomic
def conclude_case(*, case_id: UUID, note: str, actor: Actor, at: datetime) -> None:
    """Close a plain case (request for data, threat to life, unclear) after a person did what its route says.

    Raises KindUnknown for a case of another room, ThreatUntold while somebody has still to be told of a threat.
    """
    case = case_queries.case_by_id(case_id)
    if case.intake_kind != "arrival":
        raise KindUnknown(_("This case belongs to another road."))
    _refuse_untold(case)
    audit.record(
        kind="arrivals:case:concluded",
        subject_kind="case",
        subject_id=case.pk,
        case_id=case.pk,
        actor=actor,
        at=at,
        facts={"note": note.strip()[:1000]},
    )
    cases.close_case(case_id=case.pk, actor=actor, at=at, outcome="concluded")


def _is_warned(case_id: UUID) -> bool:
    threat = threats.threat_of(case_id)
    return threat is not None and bool(threat.warnings)


def _refuse_untold(case: "Case") -> None:
    """Keep a threat to life open until whom the law names knows; what is none is settled again as what it is."""
    threat = threats.threat_of(case.pk)
    if threat is None and case.kind == "threat":
        raise ThreatUntold(
            _(
                "Say which states are concerned, and tell whom the law names. If it is no threat, settle it again."
            )
        )
    if threat is not None and threat.untold:
        raise ThreatUntold(_("Somebody whom the law names has not been told yet. Record it first."))
