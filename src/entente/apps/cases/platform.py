"""How measures reach the platform: by signed webhook, or by a mail to a person who confirms.

Both adapters only enqueue; the outbox sends, retries and alarms. Opening a link in a mail never acts: the
page behind it has a button. A mail says what the decision says: what to do, where, with which warning.

Measures are a set: nobody is asked to make available what another measure in force holds (docs/decisions/0011).
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.cases import in_force
from entente.apps.cases.letters import host_language, referred_by, rests_on_order
from entente.apps.cases.models.decision import ActionState, Outcome
from entente.apps.cases.registries import ActionHandler
from entente.apps.cases.whereabouts import where, where_in, why_page
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


def undo(action: "Action", at: datetime) -> bool:
    """Ask the platform to take a measure back; a request for it that still waits is called off first.

    Return whether that is all: a hand has nothing to do where other measures hold the whole of it, and is only told.
    """
    _call_off_requests(action, at, "the measure was taken back")
    return not _ask(action, "action.undo", at, attempt=action.undo_requested_at or at)


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


def _ask(action: "Action", purpose: str, at: datetime, *, attempt: datetime) -> bool:
    """Enqueue the message; return whether an answer is expected. A hand that has nothing to do confirms nothing."""
    adapter = config().platform
    is_webhook = adapter.kind == "webhook"
    left = in_force.remainder_of(action) if purpose == "action.undo" and not is_webhook else None
    is_asked = is_webhook or _is_asked(action, left)
    deliveries.enqueue(
        transport="webhook" if is_webhook else "mail",
        destination="platform"
        if is_webhook
        else adapter.manual_mail or parties.host_facts().contact_point_mail,
        payload={"type": purpose, "timestamp": at.isoformat(), "data": measure_of(action, purpose)}
        if is_webhook
        else _mail(action, left),
        purpose=purpose,
        subject_kind="action",
        subject_id=action.id,
        case_id=action.decision.case_id,
        at=at,
        alarm_after=ALARM_AFTER if is_asked else None,
        idempotency_key=f"{purpose}-{action.id}-{attempt:%Y%m%d%H%M%S%f}",
    )
    return is_asked


def _is_asked(action: "Action", left: "in_force.Remainder | None") -> bool:
    """Say whether a hand has something to do: not where it may only now say why, nor where nothing comes back."""
    return action.state != ActionState.APPLIED if left is None else not left.freed.is_nowhere


def measure_of(action: "Action", purpose: str) -> dict[str, Any]:
    """Return what the platform is told; under a lawful silence it learns only that it must not explain."""
    decision = action.decision
    silent = is_silent(decision.case_id)
    return {
        "action_id": str(action.id),
        "content": {"url": decision.item.url, "platform_ref": decision.item.content_item.platform_ref},
        "measure": action.kind,
        "countries": None if decision.scope_kind == "worldwide" else list(decision.scope_countries),
        "label": decision.label or None,
        "basis": None if silent else _basis_of(decision),
        "explanation_url": "" if silent else explanation_url(action),
        "silent": silent,
        "exercise": config().demo,
        **(_to_undo(action) if purpose == "action.undo" else {}),
    }


def _to_undo(action: "Action") -> dict[str, Any]:
    """Return `restore`, or `end` where another measure holds some of it, and the measures that stay.

    The set decides what is shown. The platform knows each of the others, and why it is there or that it may not say so.
    """
    others = in_force.other_measures_in_force(action)
    return {
        "measure": "end" if in_force.remainder_beside(action, others).is_held else "restore",
        "in_force": [
            {"action_id": str(other.action_id), "measure": other.kind, "countries": other.countries}
            for other in others
        ],
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
    return why_page(action.id)


def is_silent(case_id: UUID) -> bool:
    """Say whether a lawful silence runs on the case."""
    from entente.apps.cases.models import Silence

    return Silence.objects.filter(case_id=case_id, ended_at__isnull=True).exists()


def _mail(action: "Action", left: "in_force.Remainder | None") -> dict[str, str]:
    """Return the mail to the person who carries measures out by hand; `left` is what a measure that ended leaves."""
    url = action.decision.item.url
    language = host_language()
    with override(language):
        if left is not None:
            subject, text = _words_to_undo(action, left)
        elif action.state == ActionState.APPLIED:
            subject = _("You may now say why: %(url)s")
            text = _("The law no longer asks you to keep silent about this address. The reasons are here:")
        else:
            subject, text = _words_to_apply(action.decision)
    link = f"{config().base_url.rstrip('/')}/confirm/{action.confirm_token}"
    if not _is_asked(action, left):
        link = explanation_url(action) if left is None else ""
    return {
        "subject": one_line(subject % {"url": url}),
        "text": "\n\n".join(part for part in (text, url, link) if part) + "\n",
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


def _words_to_undo(action: "Action", left: "in_force.Remainder") -> tuple[str, str]:
    if action.kind == Outcome.LABEL:
        return (
            _("Please take the warning away: %(url)s"),
            _(
                "The measure on this address has ended. Please take this warning away now: “%(label)s”. Whatever else holds for the content stays as it is. Then confirm here:"
            )
            % {"label": action.decision.label},
        )
    if left.freed.is_nowhere:
        return (
            _("Nothing to do, it stays unavailable: %(url)s"),
            _(
                "A measure on this address has ended. Another measure keeps the content unavailable. Please leave it as it is; there is nothing to confirm:"
            ),
        )
    if left.is_held:
        return (
            _("Please make available again in part: %(url)s"),
            _(
                "A measure on this address has ended. Please make the content available again %(where)s, now. Elsewhere leave it as it is: another measure keeps it unavailable. Then confirm here:"
            )
            % {"where": where_in(left.freed)},
        )
    return (
        _("Please make available again: %(url)s"),
        _(
            "The measure on this address has ended. Please make the content available again now, then confirm here:"
        ),
    )
