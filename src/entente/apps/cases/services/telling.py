"""The message that carries the letter to the person affected, and what came of it.

The person is told when the platform, or the mail server, has the message: from then run the 48 hours and the six
months, not from when the letter was written. A platform that does not know who was affected says so; then nobody was
told, no clock runs, and people are woken to find another way.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.audit import services as audit
from entente.apps.cases import letters, registries
from entente.apps.cases.models import StatementOfReasons
from entente.apps.cases.models.decision import RESTRICTIONS
from entente.apps.cases.models.letter import LetterState
from entente.apps.cases.services.waking import wake_about_letter
from entente.apps.deadlines import services as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.types import LONGEST_REASON, one_line
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.core.law import bases

if TYPE_CHECKING:
    from entente.apps.cases.models import Decision
    from entente.apps.deliveries.models import Delivery
    from entente.apps.kernel.jsontypes import JSONObject, JSONValue

PURPOSE = "person.inform"
REDRESS_GROUND = "redress.window"
"""The one ground of the law data that counts from the moment the person was informed."""
ALARM_AFTER = timedelta(minutes=30)
"""A letter that has not arrived after half an hour wakes who is on call: whoever is not told takes no road."""


def send_letter(statement: StatementOfReasons, at: datetime) -> None:
    """Put the message into the outbox: to the platform's program, or by mail to the person who passes it on."""
    url = f"{config().base_url.rstrip('/')}/letters/{statement.token}"
    texts = {code: letters.short_text(statement, code, url) for code in letters.SUPPORTED_LANGUAGES}
    adapter = config().platform
    is_webhook = adapter.kind == "webhook"
    deliveries.enqueue(
        transport="webhook" if is_webhook else "mail",
        purpose=PURPOSE,
        destination="platform"
        if is_webhook
        else adapter.manual_mail or parties.host_facts().contact_point_mail,
        payload=_webhook(statement, texts, url, at) if is_webhook else _mail(statement, texts),
        subject_kind="statement",
        subject_id=statement.id,
        case_id=statement.case_id,
        at=at,
        alarm_after=ALARM_AFTER,
        idempotency_key=f"inform-{statement.id}",
    )


def _webhook(
    statement: StatementOfReasons, texts: dict[str, dict[str, str]], url: str, at: datetime
) -> "JSONObject":
    item = statement.decision.item
    return {
        "type": PURPOSE,
        "timestamp": at.isoformat(),
        "data": {
            "statement_id": str(statement.id),
            "url": item.url,
            "platform_ref": item.content_item.platform_ref,
            "language": statement.language,
            **texts[statement.language],
            "texts": texts,
            "letter_url": url,
        },
    }


def _mail(statement: StatementOfReasons, texts: dict[str, dict[str, str]]) -> "JSONObject":
    """Return the mail to whoever passes the letter on: the subject is for them, all the rest for their user."""
    with override(letters.host_language()):
        subject = _("Please pass this letter on to your user: %(url)s") % {"url": statement.decision.item.url}
    chosen = texts[statement.language]
    return {
        "subject": one_line(subject),
        "text": f"{chosen['subject']}\n\n{chosen['text']}\n",
        "language": statement.language,
    }


def hear_arrival(delivery: "Delivery", at: datetime) -> None:
    """Note that the message arrived; in the transaction that records the arrival."""
    _note_told(delivery.subject_id, at)


def hear_answer(delivery: "Delivery", at: datetime, facts: "Mapping[str, JSONValue]") -> None:
    """Note whether the platform could pass the letter on; in the transaction that records its answer."""
    if facts.get("applied") is True:
        _note_told(delivery.subject_id, at)
    else:
        _note_not_told(delivery.subject_id, str(facts.get("reason", "")), at)


def _note_told(statement_id: UUID, at: datetime) -> None:
    """Start what runs from being told, the first time we know of it."""
    untold = StatementOfReasons.objects.filter(
        pk=statement_id, informed_at=None, state__in=[LetterState.SENT, LetterState.WITHOUT_ADDRESS]
    )
    if not untold.update(state=LetterState.SENT, informed_at=at):
        return
    statement = _load(statement_id)
    _record(statement, "arrived", at, {})
    _keep_while_redress_is_open(statement.decision, at)
    handler = registries.person_informed.find(statement.case.intake_kind)
    if handler is not None:
        handler(statement, at)


def _keep_while_redress_is_open(decision: "Decision", at: datetime) -> None:
    """Keep the copy for as long as the person may complain: their time begins only now (DSA 20(2))."""
    ground = bases.basis(decision.basis_id).preservation_ground
    if ground != REDRESS_GROUND or decision.outcome not in RESTRICTIONS:
        return
    evidence.preserve(
        subject_kind="content_item",
        subject_id=decision.item.content_item_id,
        case_id=decision.case_id,
        ground_id=ground,
        starts_at=at,
        actor=SYSTEM,
        at=at,
    )


def _note_not_told(statement_id: UUID, reason: str, at: datetime) -> None:
    """Take back what was believed, and wake people: the person affected has heard nothing."""
    sent = StatementOfReasons.objects.filter(pk=statement_id, state=LetterState.SENT)
    if not sent.update(state=LetterState.WITHOUT_ADDRESS, informed_at=None):
        return
    statement = _load(statement_id)
    deadlines.cancel_deadlines_of(
        subject_kind="statement", subject_id=statement_id, reason="the person was not told", at=at
    )
    _record(statement, "without_address", at, {"reason": reason[:LONGEST_REASON]})
    wake_about_letter(statement=statement, reason=reason, at=at)


def _load(statement_id: UUID) -> StatementOfReasons:
    return StatementOfReasons.objects.select_related("decision__item", "case").get(pk=statement_id)


def _record(statement: StatementOfReasons, what: str, at: datetime, facts: "JSONObject") -> None:
    audit.record(
        kind=f"cases:letter:{what}",
        subject_kind="statement",
        subject_id=statement.id,
        case_id=statement.case_id,
        actor=SYSTEM,
        at=at,
        facts=facts,
    )
