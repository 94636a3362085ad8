"""Looking from outside whether an address serves what the measure implies, after a confirmation by hand."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from entente.apps.audit import services as audit
from entente.apps.cases import in_force
from entente.apps.cases.models import Action, OutsideLook
from entente.apps.cases.models.decision import ActionState, Outcome
from entente.apps.kernel import http
from entente.apps.kernel.actors import SYSTEM
from entente.apps.parties import queries as parties

LOOK_AFTER = (timedelta(seconds=5), timedelta(minutes=2), timedelta(minutes=10))
"""Caches need a moment: the tool looks three times before it says that the content is still there."""

_GONE = {404, 410, 451}


class Expected(StrEnum):
    """What the outside should see. `anything`: the measure does not hold where we look from, so a look proves nothing."""

    GONE = "gone"
    SERVED = "still_served"
    BEHIND_A_WARNING = "behind_a_warning"
    ANYTHING = "anything"


def expected_of(action: Action) -> Expected:
    """Return what should be seen of an address once its measure, or the taking back of it, is confirmed."""
    decision, here = action.decision, parties.host_facts().established_in
    if action.state == ActionState.UNDONE:
        return Expected.GONE if in_force.is_held_in(action, here) else Expected.SERVED
    if action.kind == Outcome.LABEL:
        return Expected.BEHIND_A_WARNING
    if decision.scope_kind == "worldwide" or here in decision.scope_countries:
        return Expected.GONE
    return Expected.ANYTHING


def fits(verdict: str, expected: Expected) -> bool | None:
    """Say whether what was seen is what was to be seen; None where it does not tell: a warning is not seen from outside."""
    if verdict in {"", "unknown"} or expected is Expected.ANYTHING:
        return None
    if expected is Expected.BEHIND_A_WARNING:
        return False if verdict == Expected.GONE else None
    return verdict == expected


def plan_looks(*, action: Action, at: datetime) -> None:
    """Plan the looks that follow a confirmation by hand."""
    OutsideLook.objects.bulk_create(OutsideLook(action=action, due_at=at + delay) for delay in LOOK_AFTER)


def look_due(*, at: datetime, limit: int = 5) -> int:
    """Look at the addresses whose time has come; the worker calls this. The network is outside any transaction."""
    due = list(
        OutsideLook.objects.filter(looked_at__isnull=True, due_at__lte=at)
        .select_related("action__decision__item")
        .order_by("due_at")[:limit]
    )
    for look in due:
        status_code, verdict, detail = _ask(look.action.decision.item.url)
        record_outside_look(look_id=look.id, status_code=status_code, verdict=verdict, detail=detail, at=at)
    return len(due)


def _ask(url: str) -> tuple[int | None, str, str]:
    try:
        answer = http.client().head_or_get(url)
    except http.FetchError as error:
        return None, "unknown", str(error)[:300]
    if answer.status_code in _GONE:
        return answer.status_code, "gone", ""
    if answer.status_code == 200:  # noqa: PLR2004 - RFC 9110's own number
        return answer.status_code, "still_served", ""
    return answer.status_code, "unknown", ""


@transaction.atomic
def record_outside_look(
    *, look_id: UUID, status_code: int | None, verdict: str, detail: str, at: datetime
) -> OutsideLook:
    """Write down what was seen. It changes no state: the person's confirmation stands, the sight is shown beside it."""
    look = OutsideLook.objects.select_related("action__decision").get(pk=look_id)
    look.looked_at, look.status_code, look.verdict, look.detail = at, status_code, verdict, detail
    look.save(update_fields=["looked_at", "status_code", "verdict", "detail"])
    audit.record(
        kind="cases:action:looked_at_from_outside",
        subject_kind="action",
        subject_id=look.action_id,
        case_id=look.action.decision.case_id,
        actor=SYSTEM,
        at=at,
        facts={"verdict": verdict, "status_code": status_code},
    )
    return look
