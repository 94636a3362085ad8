"""Warning of a threat to life: one person at once, looked at by another within a working day (DESIGN section 5, rule 6).

The case goes on along its own road: a notice is assessed, an order executed, whatever is warned about beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import threats
from entente.apps.cases.choices import Channel
from entente.apps.cases.errors import CaseMissing, ThreatTold, ThreatUnclear
from entente.apps.cases.models import Case, CaseItem, ThreatAlert, ThreatWarning
from entente.apps.cases.services import opening
from entente.apps.content import services as content
from entente.apps.deadlines import queries as deadline_queries
from entente.apps.deadlines import services as deadlines
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.oversight import services as oversight
from entente.apps.parties import queries as parties
from entente.core.law import routes
from entente.core.law.territories import is_country_code

CLOCKS: Final = frozenset({"tco.imminent", "dsa.threat_to_life"})
"""The clocks a warning meets, whichever of them the case's intake started."""

BATCH: Final = 10
"""Addresses kept in one transaction: what a writer may hold (DESIGN 7)."""

_LIVE: Final = frozenset({"running", "expired"})


@dataclass(frozen=True, slots=True)
class Told:
    """Whom one told. `key` is a recipient of the law data with its state, empty for somebody else by `recipient`."""

    key: str
    recipient: str
    channel: str
    reference: str
    told_at: datetime


@transaction.atomic
def raise_threat_alert(
    *, case_id: UUID, states: Sequence[str], signs: str, actor: Actor, at: datetime
) -> ThreatAlert:
    """Say that a case holds a threat to life, and which states are concerned; none means that nobody can tell.

    A clock runs from now, unless one runs already, and the content is kept for whom the law names. Said again with
    other states, the newest counts, and who was told stays told. Raises CaseMissing, ThreatUnclear.
    """
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise CaseMissing(_("This case does not exist."))
    if not signs.strip():
        raise ThreatUnclear(_("Say what points to the threat."), field="signs")
    if not all(is_country_code(state) for state in states):
        raise ThreatUnclear(_("A state is given by its two letters."), field="states")
    host = parties.host_facts()
    alert = ThreatAlert.objects.create(
        case=case,
        states=sorted(set(states)),
        host_state=host.established_in or host.represented_in,
        signs=signs.strip(),
        raised_by_id_text=actor.id,
        raised_by_name=actor.name,
        raised_at=at,
    )
    _start_clock(alert, at)
    _keep_next(alert, actor, at)
    _record(alert, "raised", {"states": list(alert.states)}, actor, at)
    return alert


def _start_clock(alert: ThreatAlert, at: datetime) -> None:
    rule_id = routes.route(threats.ROUTE).deadline_rule
    if rule_id and not _running_clocks(alert.case_id):
        deadlines.start_deadline(
            subject_kind="threat_alert",
            subject_id=alert.id,
            rule_id=rule_id,
            trigger_at=at,
            at=at,
            case_id=alert.case_id,
        )


def continue_keeping(*, at: datetime, limit: int = 5) -> int:
    """Go on keeping what long cases with a threat are about, a batch each; the worker calls this. Return how many."""
    waiting = ThreatAlert.objects.filter(is_kept=False).order_by("raised_at").values_list("pk", flat=True)
    return sum(_go_on(alert_id, at) for alert_id in list(waiting[:limit]))


@transaction.atomic
def _go_on(alert_id: UUID, at: datetime) -> int:
    alert = ThreatAlert.objects.select_for_update().get(pk=alert_id)
    return _keep_next(alert, SYSTEM, at)


def _keep_next(alert: ThreatAlert, actor: Actor, at: datetime) -> int:
    """Ask for copies of the next addresses and keep them; what was closed for suspected child abuse is not copied."""
    items = CaseItem.objects.filter(case_id=alert.case_id).select_related("content_item")
    batch = list(items.order_by("position", "id")[alert.kept_items : alert.kept_items + BATCH])
    for item in batch:
        content.request_snapshot(content_item=item.content_item, case_id=alert.case_id, at=at)
        evidence.preserve(
            subject_kind="content_item",
            subject_id=item.content_item_id,
            case_id=alert.case_id,
            ground_id=threats.GROUND,
            starts_at=alert.raised_at,
            actor=actor,
            at=at,
        )
    is_kept = len(batch) < BATCH
    alert.kept_items, alert.is_kept = alert.kept_items + len(batch), is_kept
    alert.save(update_fields=["kept_items", "is_kept"])
    if not is_kept:
        notify_worker_on_commit()
    return len(batch)


@transaction.atomic
def warn_of_threat(*, case_id: UUID, told: Sequence[Told], actor: Actor, at: datetime) -> list[ThreatWarning]:
    """Record whom one told of the threat; the clock is met with the last of those the law names.

    Somebody else looks at it within a working day. Raises CaseMissing (nobody saw a threat), ThreatUnclear.
    """
    Case.objects.select_for_update().filter(pk=case_id).first()
    threat = threats.threat_of(case_id)
    if threat is None:
        raise CaseMissing(_("Say first that there is a threat to life, and which states are concerned."))
    if not told:
        raise ThreatUnclear(_("Say whom you told."))
    _check(threat, told, at)
    made = [_write(threat.alert, one, actor, at) for one in told]
    _meet_clocks(case_id, at)
    opening.start_second_look(case_id=case_id, at=at, about=threat.alert.id)
    return made


def _check(threat: threats.Threat, told: Sequence[Told], at: datetime) -> None:
    named = {one.key for one in threat.recipients}
    for one in told:
        if one.key and one.key not in named:
            raise ThreatUnclear(_("The law names no such recipient here."))
        if one.channel not in Channel.values:
            raise ThreatUnclear(_("Say how you told them: by telephone, in writing, or both."))
        if not one.recipient.strip() or not one.reference.strip():
            raise ThreatUnclear(_("Say whom you told, and under which reference they have it."))
        if one.told_at > at:
            raise ThreatUnclear(_("Nobody can have been told in the future. Check the date and the time."))


def _write(alert: ThreatAlert, one: Told, actor: Actor, at: datetime) -> ThreatWarning:
    made = ThreatWarning.objects.create(
        alert=alert,
        recipient_key=one.key,
        recipient=one.recipient.strip()[:200],
        channel=one.channel,
        reference=one.reference.strip()[:200],
        told_at=one.told_at,
        told_by_id_text=actor.id,
        told_by_name=actor.name,
        recorded_at=at,
    )
    _record(
        alert,
        "warned",
        {"recipient": made.recipient, "channel": made.channel, "reference": made.reference},
        actor,
        at,
    )
    oversight.copy_to_overseer(
        kind="threat_warned",
        subject_id=made.id,
        # What the law names by its code; who took the call is a name, and stays here (rule 7).
        summary={"states": list(alert.states), "recipient": made.recipient_key, "channel": made.channel},
        at=at,
    )
    return made


def _meet_clocks(case_id: UUID, at: datetime) -> None:
    """Meet every clock of the threat once everybody whom the law names was told, at the moment of the last."""
    threat = threats.threat_of(case_id)
    if threat is None or threat.untold:
        return
    met_at = max(min(warning.told_at for warning in one.warnings) for one in threat.recipients)
    for line in _running_clocks(case_id):
        deadlines.meet_deadline(
            subject_kind=line.subject_kind,
            subject_id=line.subject_id,
            rule_id=line.rule_id,
            met_at=met_at,
            at=at,
        )


@transaction.atomic
def drop_threat_alert(*, case_id: UUID, reason: str, actor: Actor, at: datetime) -> ThreatAlert:
    """Say that there is no threat to life after all, before anybody was told; somebody else looks at that too.

    Raises CaseMissing (nobody saw a threat), ThreatUnclear (no reason), ThreatTold (somebody was told already).
    """
    Case.objects.select_for_update().filter(pk=case_id).first()
    threat = threats.threat_of(case_id)
    if threat is None:
        raise CaseMissing(_("Nobody saw a threat to life here."))
    if not reason.strip():
        raise ThreatUnclear(_("Say how you know that there is no threat."), field="reason")
    if threat.warnings:
        raise ThreatTold(_("Somebody was told already. Tell them that you were wrong, and record it."))
    alert = threat.alert
    ThreatAlert.objects.filter(case_id=case_id, dropped_at=None).update(
        dropped_at=at,
        dropped_by_id_text=actor.id,
        dropped_by_name=actor.name,
        drop_reason=reason.strip(),
        is_kept=True,
    )
    for line in _running_clocks(case_id):
        deadlines.cancel_deadline(
            subject_kind=line.subject_kind,
            subject_id=line.subject_id,
            rule_id=line.rule_id,
            reason="no_threat",
            at=at,
            actor=actor,
            expired_too=True,
        )
    for item in CaseItem.objects.filter(case_id=case_id).order_by("position")[: alert.kept_items]:
        evidence.release_preservation(
            subject_kind="content_item",
            subject_id=item.content_item_id,
            case_id=case_id,
            ground_id=threats.GROUND,
            reason="no_threat",
            actor=actor,
            at=at,
        )
    opening.start_second_look(case_id=case_id, at=at, about=alert.id)
    _record(alert, "dropped", {"reason": reason.strip()}, actor, at)
    alert.refresh_from_db()
    return alert


def _running_clocks(case_id: UUID) -> list[deadline_queries.DeadlineLine]:
    """Return the clocks of a threat that a case has and that nobody met."""
    lines = deadline_queries.all_for_case(case_id)
    return [line for line in lines if line.rule_id in CLOCKS and line.state in _LIVE]


def _record(
    alert: ThreatAlert, what: str, facts: dict[str, str | list[str]], actor: Actor, at: datetime
) -> None:
    audit.record(
        kind=f"cases:threat:{what}",
        subject_kind="threat_alert",
        subject_id=alert.id,
        case_id=alert.case_id,
        actor=actor,
        at=at,
        facts=dict(facts),
    )
