"""How measures reach the platform: by signed webhook, or by a mail to a person who confirms.

Both adapters only enqueue; the outbox sends, retries and alarms. Opening a link in a mail never acts: the
page behind it has a button.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.cases.registries import ActionHandler
from entente.apps.deliveries import queries as delivery_queries
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.types import one_line
from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.core.law import bases

if TYPE_CHECKING:
    from entente.apps.cases.models import Action
    from entente.apps.kernel.jsontypes import JSONObject

ALARM_AFTER = timedelta(minutes=5)
"""A measure the platform has not answered after five minutes wakes somebody while there is still time."""


def apply(action: "Action", at: datetime, *, again: bool = False) -> None:
    """Ask the platform to carry out a measure; `again` when a silence ended and it may now explain itself."""
    if again:
        _call_off_requests(action, at, "the silence has ended")
    _ask(action, "action.apply", at, attempt=at if again else action.requested_at)


def undo(action: "Action", at: datetime) -> None:
    """Ask the platform to take a measure back; a request for it that still waits is called off first."""
    _call_off_requests(action, at, "the measure was taken back")
    _ask(action, "action.undo", at, attempt=action.undo_requested_at or at)


def done(action: "Action", at: datetime) -> None:
    """Let what the platform has answered by another way wake nobody any more.

    A request to take back that was never sent still goes out: what the platform said may have been about the measure.
    """
    if action.state == "applied":
        _call_off_requests(action, at, "the effect is known")
        return
    for line in delivery_queries.for_subject("action", action.id, purpose="action.undo"):
        if line.state == "delivered":
            facts: JSONObject = {"applied": True, "at": at.isoformat()}
            deliveries.acknowledge(delivery_id=line.id, at=at, facts=facts)


def _call_off_requests(action: "Action", at: datetime, reason: str) -> None:
    deliveries.settle_for_subject(
        subject_kind="action", subject_id=action.id, purposes=["action.apply"], at=at, reason=reason
    )


HANDLER = ActionHandler(apply=apply, undo=undo, done=done)


def _ask(action: "Action", purpose: str, at: datetime, *, attempt: datetime) -> None:
    adapter = config().platform
    is_webhook = adapter.kind == "webhook"
    deliveries.enqueue(
        transport="webhook" if is_webhook else "mail",
        destination="platform"
        if is_webhook
        else adapter.manual_mail or parties.host_facts().contact_point_mail,
        payload={"type": purpose, "timestamp": at.isoformat(), "data": measure_of(action, purpose)}
        if is_webhook
        else _mail(action, purpose),
        purpose=purpose,
        subject_kind="action",
        subject_id=action.id,
        case_id=action.decision.case_id,
        at=at,
        alarm_after=ALARM_AFTER,
        idempotency_key=f"{purpose}-{action.id}-{attempt:%Y%m%d%H%M%S%f}",
    )


def measure_of(action: "Action", purpose: str) -> dict[str, Any]:
    """Return what the platform is told; under a lawful silence it learns only that it must not explain."""
    decision = action.decision
    silent = is_silent(decision.case_id)
    basis = bases.basis(decision.basis_id)
    return {
        "action_id": str(action.id),
        "content": {"url": decision.item.url, "platform_ref": decision.item.content_item.platform_ref},
        "measure": "restore" if purpose == "action.undo" else action.kind,
        "countries": None if decision.scope_kind == "worldwide" else list(decision.scope_countries),
        "label": decision.label or None,
        "basis": None
        if silent
        else {"title": basis.title, "authority": decision.state_involved, "id": basis.id},
        "explanation_url": "" if silent else f"{config().base_url.rstrip('/')}/why/{action.id}",
        "silent": silent,
        "exercise": config().demo,
    }


def is_silent(case_id: UUID) -> bool:
    """Say whether a lawful silence runs on the case."""
    from entente.apps.cases.models import Silence

    return Silence.objects.filter(case_id=case_id, ended_at__isnull=True).exists()


def _mail(action: "Action", purpose: str) -> dict[str, str]:
    decision = action.decision
    link = f"{config().base_url.rstrip('/')}/confirm/{action.confirm_token}"
    if purpose == "action.undo":
        subject = _("Please make available again: %(url)s")
        text = _(
            "The measure on this address has ended. Please make the content available again now, then confirm here:"
        )
    else:
        subject = _("Please disable now: %(url)s")
        text = _(
            "Please carry out this measure now. Disable the content, do not delete it. Then confirm here:"
        )
    return {
        "subject": one_line(subject % {"url": decision.item.url}),
        "text": f"{text}\n\n{decision.item.url}\n\n{link}\n",
    }
