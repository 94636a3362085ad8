"""Keeping a match, and doing what it leads to: a case that a person looks at, at most a short restriction beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from entente.apps.audit import services as audit
from entente.apps.cases import decided
from entente.apps.cases import services as cases
from entente.apps.content import services as content_services
from entente.apps.content.services.registering import note_platform_facts
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.matching import rules
from entente.apps.matching.models import Match, Recognition, Through
from entente.apps.matching.rules import Met
from entente.apps.matching.services import flooding, restricting
from entente.apps.matching.services.assessing import start_assessment
from entente.apps.matching.types import Asker, CaseState, CheckedContent
from entente.apps.tlog import services as tlog

if TYPE_CHECKING:
    from entente.apps.cases.models import Case
    from entente.apps.content.models import ContentItem

NO_ADDRESS: Final = "no_address"
"""The note of a match that would open a case, if its asker had said under which address the thing can be found."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is kept of a match, and what came of it."""

    recognition_id: UUID
    policy: str
    met: tuple[Met, ...]
    case: CaseState
    notes: tuple[str, ...] = ()


@transaction.atomic
def record_matches(
    *,
    met: Sequence[Met],
    content: CheckedContent,
    key: str,
    asker: Asker,
    reached: int,
    at: datetime,
    through: str = Through.CHECK,
) -> Recorded:
    """Keep that a thing met these signals, and open or join its case as the policies say.

    What a person decided about it stands: a match with what was looked at already changes nothing.
    """
    row = _recognition(content, key, asker, through, at)
    new = _new_matches(row, met)
    policy = rules.policy_of(met)
    notes: tuple[str, ...] = ()
    if policy in {"open_case", "restrict"} and row.case_id is None:
        if content.url:
            _open_or_join(row, content, met, at)
        else:
            notes = (NO_ADDRESS,)
    judged = list(met)
    if policy == "restrict" and row.case_id is not None:
        judged = restricting.restrict(recognition=row, met=met, at=at)
        policy = rules.policy_of(judged)
    _keep(row, judged, new, reached, at)
    flooding.look_for_floods(signal_ids=new, at=at)
    if new:
        notify_worker_on_commit()
    return Recorded(row.pk, policy, tuple(judged), state_of(row), notes)


def state_of(row: Recognition) -> CaseState:
    """Return where the case of a recognised thing stands."""
    if row.case is None or row.content_item_id is None:
        return CaseState()
    decision = decided.decision_about(case_id=row.case.pk, content_item_id=row.content_item_id)
    return CaseState(
        reference=row.case.reference,
        decided=decision.outcome if decision else "",
        restricted_until=decision.ends_at if decision else None,
    )


def _recognition(content: CheckedContent, key: str, asker: Asker, through: str, at: datetime) -> Recognition:
    """Return the row of this thing of this asker, made on its first match and locked."""
    row, made = Recognition.objects.get_or_create(
        asker_id_text=asker.id,
        content_key=key,
        defaults={
            "asker_name": asker.name[:200],
            "through": through,
            "content_ref": content.id[:200],
            "content_digest": content.digest.hex(),
            "first_seen_at": at,
            "last_seen_at": at,
        },
    )
    if not made:
        seen = {"last_seen_at": at, "times_seen": F("times_seen") + 1}
        if content.digest:
            seen["content_digest"] = content.digest.hex()
        Recognition.objects.filter(pk=row.pk).update(**seen)
    return (
        Recognition.objects.select_for_update(of=("self",))
        .select_related("case", "content_item")
        .get(pk=row.pk)
    )


def _new_matches(row: Recognition, met: Sequence[Met]) -> list[int]:
    """Return the signals that this thing had not met before."""
    known = set(Match.objects.filter(recognition=row).values_list("signal_id", flat=True))
    return [one.signal.id for one in met if one.signal.id not in known]


def _keep(row: Recognition, met: Sequence[Met], new: Sequence[int], reached: int, at: datetime) -> None:
    """Write the matches that are new, and why each of them restricted nothing, where it did not."""
    fresh = set(new)
    Match.objects.bulk_create(
        Match(
            recognition=row,
            signal_id=one.signal.id,
            bank_id=one.bank.id,
            signal_type=one.signal.signal_type,
            value=one.value,
            distance=one.distance,
            radius=one.radius,
            policy=one.policy,
            is_negative=one.bank.is_negative,
            not_restricted=one.not_restricted,
            reached=reached,
            matched_at=at,
        )
        for one in met
        if one.signal.id in fresh
    )


def _open_or_join(row: Recognition, content: CheckedContent, met: Sequence[Met], at: datetime) -> None:
    """Open a case about the thing's address, or join the one that is open about it already."""
    item = content_services.register_content(url=content_services.canonical_url(content.url).url, at=at)
    note_platform_facts(
        item,
        {
            "platform_ref": content.id,
            "uploader_ref": content.uploader_ref,
            "uploader_language": content.uploader_language,
            "title": content.title,
            "kind": content.kind,
        },
    )
    row.content_item = item
    beside = Recognition.objects.filter(content_item=item, case__state="open").select_related("case").first()
    if beside is not None:
        row.case = beside.case
    else:
        row.case = cases.open_case(
            kind="match",
            stage="assess",
            intake_kind="match",
            intake_id=row.pk,
            title=item.url,
            sender=", ".join(dict.fromkeys(one.bank.name for one in met if not one.bank.is_negative)),
            items=[item],
            actor=SYSTEM,
            at=at,
        )
        _start(row, row.case, item, met, at)
    row.save(update_fields=["content_item", "case"])


def _start(row: Recognition, case: "Case", item: "ContentItem", met: Sequence[Met], at: datetime) -> None:
    """Start the clock of the assessment, the copy, and the public record of a case that a match opened."""
    start_assessment(recognition_id=row.pk, case_id=case.pk, at=at)
    content_services.request_snapshot(content_item=item, case_id=case.pk, at=at)
    audit.record(
        kind="matching:recognition:case_opened",
        subject_kind="recognition",
        subject_id=row.pk,
        case_id=case.pk,
        actor=SYSTEM,
        at=at,
        facts={
            "asker": row.asker_id_text,
            "signals": [one.signal.id for one in met],
            "banks": sorted({one.bank.name for one in met}),
        },
    )
    tlog.append_leaf(
        kind="content_recognised",
        public_facts={"through": row.through, "policy": rules.policy_of(met), "day": tlog.day(at)},
        commitments={
            "recognition": str(row.pk),
            "address": item.url,
            "signals": [str(one.signal.id) for one in met],
        },
        at=at,
    )
