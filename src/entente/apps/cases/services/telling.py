"""The message that carries the letter to the person affected, and what came of it.

The person is told when the platform, or the mail server, has the message: from then run the 48 hours and the six
months, not from when the letter was written. A platform that does not know who was affected says so; then nobody was
told, no clock runs, and people are woken to find another way. Whoever then tells the person by hand says how and when.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.audit import services as audit
from entente.apps.cases import letters, registries
from entente.apps.cases.errors import NotToldByHand
from entente.apps.cases.models import StatementOfReasons
from entente.apps.cases.models.decision import RESTRICTIONS
from entente.apps.cases.models.letter import LetterState, ToldHow
from entente.apps.cases.services.waking import note_letters_told, wake_about_letter
from entente.apps.deadlines import services as deadlines
from entente.apps.deliveries import queries as outbox
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.types import LONGEST_REASON, one_line
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.parties import queries as parties
from entente.core.law import bases

if TYPE_CHECKING:
    from entente.apps.cases.models import Decision
    from entente.apps.deliveries.models import Delivery
    from entente.apps.kernel.jsontypes import JSONObject, JSONValue

PURPOSE = "person.inform"
REDRESS_GROUND = "redress.window"
"""The one ground of the law data that counts from the moment the person was informed."""
WAYS = ToldHow.choices
"""By which ways somebody here may tell the person affected by hand."""

ALARM_AFTER = timedelta(minutes=30)
"""A letter that has not arrived after half an hour wakes who is on call: whoever is not told takes no road."""


def send_letter(statement: StatementOfReasons, at: datetime) -> None:
    """Put the message into the outbox: to the platform's program, or by mail to the person who passes it on."""
    url = f"{config().base_url.rstrip('/')}/letters/{statement.token}"
    texts = letters.short_texts(statement, url)
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
    _start_what_runs(statement, at)


def _start_what_runs(statement: StatementOfReasons, at: datetime) -> None:
    """Keep the copy for the person's time, and start their clocks; both count from `informed_at`."""
    _keep_while_redress_is_open(statement.decision, statement.informed_at or at, at)
    handler = registries.person_informed.find(statement.case.intake_kind)
    if handler is not None:
        handler(statement, at)


@transaction.atomic
def tell_by_hand(
    *, statement_id: UUID, how: str, note: str, told_at: datetime, actor: Actor, at: datetime
) -> StatementOfReasons:
    """Record that somebody here told the person affected, because the platform could not; it ends the alarm.

    `how` is a `ToldHow`, `note` a few words without the person's name or address; their time runs from `told_at`.
    Raises NotToldByHand (on its way, told already, held back by law, no such letter), Invalid (a moment that cannot be).
    """
    statement = (
        StatementOfReasons.objects.select_for_update(of=("self",))
        .select_related("decision__item", "case")
        .filter(pk=statement_id)
        .first()
    )
    if statement is None or not to_tell_by_hand([statement]):
        raise NotToldByHand(
            _("This letter is on its way, has reached its person, or is held back by law. Look at it again.")
        )
    if how not in ToldHow.values:
        raise Invalid(_("Say by which way you told the person."), field="how")
    if not statement.written_at <= told_at <= at:
        raise Invalid(_("Nobody was told before the letter was written, or will be later."), field="told_at")
    compare_and_set(
        statement,
        expected=[LetterState.SENT, LetterState.WITHOUT_ADDRESS],
        to=LetterState.SENT,
        informed_at=told_at,
        told_how=how,
        told_note=note.strip()[:300],
        told_by_name=actor.name,
    )
    _record(statement, "told_by_hand", at, {"how": how, "told_at": told_at.isoformat()}, actor)
    deliveries.settle_for_subject(
        subject_kind="statement",
        subject_id=statement_id,
        purposes=[PURPOSE],
        at=at,
        reason="told by hand",
    )
    _start_what_runs(statement, at)
    if not _has_letters_in_trouble(statement.case_id):
        note_letters_told(case_id=statement.case_id, purpose=PURPOSE, at=at)
    return statement


def to_tell_by_hand(statements: Sequence[StatementOfReasons]) -> set[UUID]:
    """Return which letters of one case reached nobody while no machine goes on trying: refused, given up, without an address."""
    untold = [one for one in statements if one.informed_at is None and one.state != LetterState.WITHHELD]
    if not untold:
        return set()
    under_way = outbox.subjects_under_way(case_id=untold[0].case_id, purpose=PURPOSE)
    return {one.pk for one in untold if one.state == LetterState.WITHOUT_ADDRESS or one.pk not in under_way}


def _has_letters_in_trouble(case_id: UUID) -> bool:
    refused = StatementOfReasons.objects.filter(case_id=case_id, state=LetterState.WITHOUT_ADDRESS)
    return refused.exists() or outbox.is_failing(case_id=case_id, purpose=PURPOSE)


def _keep_while_redress_is_open(decision: "Decision", informed_at: datetime, at: datetime) -> None:
    """Keep the copy for as long as the person may complain: their time begins only now (DSA 20(2))."""
    ground = bases.basis(decision.basis_id).preservation_ground
    if ground != REDRESS_GROUND or decision.outcome not in RESTRICTIONS:
        return
    evidence.preserve(
        subject_kind="content_item",
        subject_id=decision.item.content_item_id,
        case_id=decision.case_id,
        ground_id=ground,
        starts_at=informed_at,
        actor=SYSTEM,
        at=at,
    )


def _note_not_told(statement_id: UUID, reason: str, at: datetime) -> None:
    """Take back what was believed, and wake people: the person affected has heard nothing."""
    sent = StatementOfReasons.objects.filter(pk=statement_id, state=LetterState.SENT, told_how="")
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


def _record(
    statement: StatementOfReasons, what: str, at: datetime, facts: "JSONObject", actor: Actor = SYSTEM
) -> None:
    audit.record(
        kind=f"cases:letter:{what}",
        subject_kind="statement",
        subject_id=statement.id,
        case_id=statement.case_id,
        actor=actor,
        at=at,
        facts=facts,
    )
