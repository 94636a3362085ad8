"""How measures reach the platform: by signed webhook, or by a mail to a person who confirms.

Both adapters only enqueue; the outbox sends, retries and alarms. Opening a link in a mail never acts: the
page behind it has a button. A mail says what the decision says: what to do, where, with which warning.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.cases.letters import host_language, referred_by, rests_on_order
from entente.apps.cases.models.decision import ActionState, Outcome
from entente.apps.cases.registries import ActionHandler
from entente.apps.cases.whereabouts import where
from entente.apps.deliveries import queries as delivery_queries
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.types import one_line
from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.core.law import bases

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, Decision
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
    if action.state in {ActionState.APPLIED, ActionState.FAILED}:
        _call_off_requests(action, at, "the platform has answered")
        return
    if action.state == ActionState.UNDOING:
        # Refused: whoever is woken about it is woken by the refusal, not by the silence after the request.
        deliveries.settle_for_subject(
            subject_kind="action",
            subject_id=action.id,
            purposes=["action.undo"],
            at=at,
            reason="the platform refused",
            arrived_only=True,
        )
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
    # Where a hand has done it and may only now say why, there is nothing to confirm and nobody to wake.
    is_asked = is_webhook or purpose == "action.undo" or action.state != ActionState.APPLIED
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
        alarm_after=ALARM_AFTER if is_asked else None,
        idempotency_key=f"{purpose}-{action.id}-{attempt:%Y%m%d%H%M%S%f}",
    )


def measure_of(action: "Action", purpose: str) -> dict[str, Any]:
    """Return what the platform is told; under a lawful silence it learns only that it must not explain."""
    decision = action.decision
    silent = is_silent(decision.case_id)
    return {
        "action_id": str(action.id),
        "content": {"url": decision.item.url, "platform_ref": decision.item.content_item.platform_ref},
        "measure": "restore" if purpose == "action.undo" else action.kind,
        "countries": None if decision.scope_kind == "worldwide" else list(decision.scope_countries),
        "label": decision.label or None,
        "basis": None if silent else _basis_of(decision),
        "explanation_url": "" if silent else explanation_url(action),
        "silent": silent,
        "exercise": config().demo,
    }


def _basis_of(decision: "Decision") -> dict[str, str]:
    """Return what the measure rests on, and the state's part: who demanded it, or who only pointed it out."""
    basis = bases.basis(decision.basis_id)
    is_order = rests_on_order(decision)
    return {
        "title": basis.title,
        "id": basis.id,
        "authority": decision.state_involved if is_order else "",
        "referred_by": referred_by(decision),
    }


def explanation_url(action: "Action") -> str:
    """Return the address of the page that explains a measure to whoever meets it."""
    return f"{config().base_url.rstrip('/')}/why/{action.id}"


def is_silent(case_id: UUID) -> bool:
    """Say whether a lawful silence runs on the case."""
    from entente.apps.cases.models import Silence

    return Silence.objects.filter(case_id=case_id, ended_at__isnull=True).exists()


def _mail(action: "Action", purpose: str) -> dict[str, str]:
    """Return the mail to the person who carries measures out by hand, in the host's language."""
    url = action.decision.item.url
    language = host_language()
    with override(language):
        if purpose == "action.undo":
            subject, text = _words_to_undo(action)
        elif action.state == ActionState.APPLIED:
            subject = _("You may now say why: %(url)s")
            text = _("The law no longer asks you to keep silent about this address. The reasons are here:")
        else:
            subject, text = _words_to_apply(action.decision)
    is_explained = purpose == "action.apply" and action.state == ActionState.APPLIED
    link = f"{config().base_url.rstrip('/')}/confirm/{action.confirm_token}"
    return {
        "subject": one_line(subject % {"url": url}),
        "text": f"{text}\n\n{url}\n\n{explanation_url(action) if is_explained else link}\n",
        "language": language,
    }


def _words_to_apply(decision: "Decision") -> tuple[str, str]:
    if decision.outcome == Outcome.LABEL:
        return (
            _("Please place a warning now: %(url)s"),
            _(
                "Please show this warning before the content, now: “%(label)s”. The content stays available: do not disable it. Then confirm here:"
            )
            % {"label": decision.label},
        )
    if decision.scope_kind == "worldwide":
        return (
            _("Please disable now: %(url)s"),
            _(
                "Please make the content unavailable everywhere on your service now. Disable it, do not delete it. Then confirm here:"
            ),
        )
    text = _(
        "Please make the content unavailable %(where)s, now; elsewhere it stays. Disable it, do not delete it. Then confirm here:"
    ) % {"where": where(decision.scope_kind, decision.scope_countries)}
    if decision.outcome == Outcome.RESTRICT:
        return _("Please restrict by country now: %(url)s"), text
    return _("Please disable now: %(url)s"), text


def _words_to_undo(action: "Action") -> tuple[str, str]:
    if action.kind == Outcome.LABEL:
        return (
            _("Please take the warning away: %(url)s"),
            _("The measure on this address has ended. Please take the warning away now, then confirm here:"),
        )
    return (
        _("Please make available again: %(url)s"),
        _(
            "The measure on this address has ended. Please make the content available again now, then confirm here:"
        ),
    )
