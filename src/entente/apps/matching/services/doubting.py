"""When the ground under a match gives way: a signal was taken back, or met far too much.

The hearing only marks what rested on it, because it runs in somebody else's transaction; the worker then lifts at once
what nobody has looked at, and asks people again about what they decided.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.audit import services as audit
from entente.apps.banks import queries as banks
from entente.apps.cases import decided
from entente.apps.cases import services as cases
from entente.apps.cases.services import opening
from entente.apps.cases.services.deciding import Ruling
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.matching.models import Match, Recognition
from entente.apps.matching.services.assessing import start_assessment
from entente.apps.matching.services.restricting import BASIS

if TYPE_CHECKING:
    from uuid import UUID

    from entente.apps.cases.models import CaseItem, Decision

BATCH: Final = 20


class Why(StrEnum):
    """What happened to the signal."""

    RETRACTED = "retracted"
    FLOOD = "flood"


def hear_retraction(signal_ids: Sequence[int], reason: str, at: datetime) -> None:  # noqa: ARG001 - the registry's signature
    """Mark what was recognised because of signals that were taken back."""
    doubt(signal_ids=signal_ids, why=Why.RETRACTED, at=at)


def doubt(*, signal_ids: Sequence[int], why: Why, at: datetime) -> int:
    """Mark what rests on these signals, for the worker; return how much. Part of a larger act."""
    resting = Match.objects.filter(signal_id__in=list(signal_ids)).values("recognition_id")
    marked = Recognition.objects.filter(pk__in=resting, case__isnull=False).update(doubted_at=at, doubt=why)
    if marked:
        notify_worker_on_commit()
    return marked


def settle_doubts(*, at: datetime, limit: int = BATCH) -> int:
    """Look at what is marked, each in a transaction of its own; the worker calls this."""
    marked = Recognition.objects.filter(doubted_at__isnull=False).order_by("doubted_at", "pk")
    return sum(_settle(pk, at) for pk in list(marked.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _settle(recognition_id: "UUID", at: datetime) -> int:
    row = (
        Recognition.objects.select_for_update(of=("self",))
        .select_related("case")
        .filter(pk=recognition_id, doubted_at__isnull=False)
        .first()
    )
    if row is None or row.case_id is None or row.content_item_id is None:
        return 0
    why = row.doubt
    row.doubted_at, row.doubt = None, ""
    row.save(update_fields=["doubted_at", "doubt"])
    if _still_rests_on_something(row, at):
        return 1
    item = decided.item_about(case_id=row.case_id, content_item_id=row.content_item_id)
    decision = item.decision
    if decision is not None and decision.basis_id == BASIS and decision.outcome != "restore":
        _lift(row, item, decision, why, at)
    elif decision is not None and decision.outcome not in {"restore", "keep"} and why == Why.RETRACTED:
        _ask_again(row, row.case_id, at)
    return 1


def _still_rests_on_something(row: Recognition, at: datetime) -> bool:
    """Say whether a signal that stands and may restrict is among what this thing met."""
    restricting = Match.objects.filter(
        recognition=row, policy="restrict", not_restricted="", is_negative=False
    )
    facts = banks.signals_facts(list(restricting.values_list("signal_id", flat=True)))
    return any(signal.stands_at(at) and signal.is_confirmed for signal in facts.values())


def _lift(row: Recognition, item: "CaseItem", decision: "Decision", why: str, at: datetime) -> None:
    """Restore at once what only a machine had restricted, and leave the rest to a person."""
    with override(cases.letter_language(item.content_item)):
        reasons = (
            _("The known content it was compared with is no longer regarded as such.")
            if why == Why.RETRACTED
            else _("The automatic check proved unreliable.")
        )
    restored = cases.issue_decision(
        case=item.case,
        item=item,
        ruling=Ruling(outcome="restore", basis_id=decision.basis_id, reasons=str(reasons)),
        actor=SYSTEM,
        at=at,
        supersedes=decision,
    )
    cases.inform_person(decision=restored, at=at)
    start_assessment(recognition_id=row.pk, case_id=item.case_id, at=at)
    _record(row, "lifted", why, at)


def _ask_again(row: Recognition, case_id: "UUID", at: datetime) -> None:
    """Ask people whether what they decided still holds, now that its ground was taken back."""
    opening.reopen_case(case_id=case_id, stage="assess", actor=SYSTEM, at=at)
    start_assessment(recognition_id=row.pk, case_id=case_id, at=at)
    _record(row, "asked_again", Why.RETRACTED, at)


def _record(row: Recognition, what: str, why: str, at: datetime) -> None:
    audit.record(
        kind=f"matching:recognition:{what}",
        subject_kind="recognition",
        subject_id=row.pk,
        case_id=row.case_id,
        actor=SYSTEM,
        at=at,
        facts={"why": why},
    )
