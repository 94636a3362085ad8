"""Whom an alarm wakes, and with which words."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entente.apps.audit import services as audit
from entente.apps.deadlines import plans, queries, registries
from entente.apps.deadlines.models import Deadline
from entente.apps.deadlines.services.running import PAGE_PURPOSE
from entente.apps.deliveries import queries as outbox
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.schedules import BURST, purpose_of
from entente.apps.deliveries.types import DeliveryState
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.apps.parties.types import PersonFacts
from entente.core.law.rules import Who

if TYPE_CHECKING:
    from entente.apps.deliveries.models import Delivery

PAGE_ALARM_AFTER = timedelta(minutes=1)
"""How long the mail of a page may take before the next person is woken instead."""

DELIVERY_PURPOSE = "delivery.alarm"
_MINUTES_PER_HOUR = 60
_SECONDS_PER_MINUTE = 60
_ROLES: Final = {Who.SENIOR: ("senior_reviewer",), Who.LEGAL: ("legal",)}
_EVERYBODY: Final = ("on_call", "senior_reviewer", "legal")
logger = logging.getLogger(__name__)


class Callout:
    """Who is woken at one moment, looked up once for all clocks that ring in the same sweep."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._circles: dict[Who, list[PersonFacts]] = {}

    def circle(self, who: Who) -> list[PersonFacts]:
        """Return the people of one audience, or of the next wider one when it is empty."""
        if who not in self._circles:
            self._circles[who] = _circle(who, self.at)
        return self._circles[who]


def wake(deadline: Deadline, step_id: str, audience: Collection[Who], callout: Callout) -> int:
    """Page each person of the audiences once, in the running transaction, and return how many.

    After an acknowledgement only its author is woken, unless everybody is meant. If a place is empty the next wider
    circle is woken instead, down to the administrators; if there is nobody at all, that is recorded and logged.
    """
    at = callout.at
    people = _people(deadline, audience, callout)
    for person in people:
        deliveries.enqueue(
            transport="page",
            purpose=PAGE_PURPOSE,
            destination=str(person.id),
            payload=_letter(deadline, person, at),
            subject_kind="deadline",
            subject_id=deadline.id,
            case_id=deadline.case_id,
            at=at,
            alarm_after=PAGE_ALARM_AFTER,
            idempotency_key=f"alarm-{deadline.id}-{deadline.run}-{step_id}-{person.id}",
        )
    if not people:
        logger.error("Deadline %s rings and there is nobody to wake", deadline.id)
        audit.record(
            kind="deadlines:deadline:nobody_to_wake",
            subject_kind="deadline",
            subject_id=deadline.id,
            actor=SYSTEM,
            at=at,
            case_id=deadline.case_id,
            facts={"rule": deadline.rule_id, "step": step_id},
        )
    return len(people)


def wake_about_delivery(delivery: "Delivery", at: datetime) -> None:
    """Wake whom the purpose names about a message that fails; about a page that does not arrive, wake everybody.

    Answers for every purpose that has no handler of its own (`deliveries.registries.ANY_PURPOSE`). The key of a page
    about a page is that of the message first complained about, so that pages about pages come to an end; a message
    that rings a second time, because nobody tries any more, wakes a second time. Of many messages of one case that fail
    together, the first one wakes.
    """
    is_page = delivery.purpose == DELIVERY_PURPOSE
    who = Who.ALL if is_page else purpose_of(delivery.purpose).wakes
    subject_id = delivery.subject_id if is_page else delivery.id
    key = f"failing-{subject_id}-" if is_page else _key(delivery, at)
    if not key:
        return
    for person in _circle(who, at):
        deliveries.enqueue(
            transport="page",
            purpose=DELIVERY_PURPOSE,
            destination=str(person.id),
            payload=_about_delivery(delivery, person),
            subject_kind="delivery",
            subject_id=subject_id,
            case_id=delivery.case_id,
            at=at,
            alarm_after=PAGE_ALARM_AFTER,
            idempotency_key=f"{key}{who}-{person.id}",
        )


def _key(delivery: "Delivery", at: datetime) -> str:
    """Return the key of a page about this ring of a message; nothing where another of its case has just woken for the same."""
    ring = "" if delivery.alarmed_at is None else f"{delivery.alarmed_at:%Y%m%d%H%M%S%f}-"
    if delivery.case_id is None:
        return f"failing-{delivery.id}-{ring}"
    same = f"failing-{delivery.case_id}-{delivery.purpose}-{delivery.state}-"
    is_one_of_many = outbox.was_sent_since(
        case_id=delivery.case_id, key_begins=same, since=at - BURST, but_about=delivery.id
    )
    return "" if is_one_of_many else f"{same}{delivery.id}-{ring}"


def _about_delivery(delivery: "Delivery", person: PersonFacts) -> dict[str, str]:
    """Return the page's words in the person's language and time zone: what is the matter, and what to do."""
    zone = ZoneInfo(person.timezone or config().zone)
    arrived_at = delivery.delivered_at if delivery.state == DeliveryState.DELIVERED else None
    since = (arrived_at or delivery.created_at).astimezone(zone)
    facts = {
        "purpose": delivery.purpose,
        "count": delivery.attempts,
        "when": f"{since:%Y-%m-%d %H:%M %Z}",
    }
    with translation.override(person.language or "en"):
        subject, text = _what_fails(delivery)
        return {
            "subject": subject % facts,
            "text": text % facts,
            "language": person.language or "en",
        }


def _what_fails(delivery: "Delivery") -> tuple[str, str]:
    """Return subject and text for what became of a message: on its way, unanswered, refused, or given up."""
    if delivery.state == DeliveryState.DELIVERED:
        return (
            _("A message arrived, but nobody has confirmed it (%(purpose)s)"),
            _(
                "The other side has it since %(when)s. What it asks for is not confirmed yet. Ask them, or act by hand "
                "while there is still time."
            ),
        )
    if delivery.state != DeliveryState.FAILED:
        return (
            _("A message does not arrive (%(purpose)s)"),
            _(
                "It was tried %(count)d times since %(when)s. Open the deliveries in the console and act by hand "
                "while there is still time."
            ),
        )
    if outbox.attempts_of(delivery.id)[-1].outcome == "rejected":
        return (
            _("A message was refused (%(purpose)s)"),
            _(
                "The other side's server does not take it, and it is not tried again. Open the deliveries in the console, "
                "see to the address, or act by hand while there is still time."
            ),
        )
    return (
        _("A message was given up (%(purpose)s)"),
        _(
            "It was tried %(count)d times since %(when)s and is not tried any more. Open the deliveries in the console "
            "and act by hand."
        ),
    )


def _people(deadline: Deadline, audience: Collection[Who], callout: Callout) -> list[PersonFacts]:
    """Return whom to wake, each once."""
    if Who.ALL not in audience:
        taker = _taker(deadline)
        if taker is not None:
            return [taker]
    found: dict[UUID, PersonFacts] = {}
    for who in sorted(audience):
        for person in callout.circle(who):
            found.setdefault(person.id, person)
    return list(found.values())


def _taker(deadline: Deadline) -> PersonFacts | None:
    """Return who acknowledged, if that is a person who is still here."""
    if deadline.acknowledged_at is None:
        return None
    active = {str(person.id): person for person in parties.people()}
    return active.get(deadline.acknowledged_by_id)


def _circle(who: Who, at: datetime) -> list[PersonFacts]:
    """Return the people of one audience, or of the next wider one when it is empty."""
    on_call = queries.on_call(at)
    if who is Who.ON_CALL and on_call.primary is not None:
        return [on_call.primary]
    if who in (Who.ON_CALL, Who.BACKUP) and on_call.backup is not None:
        return [on_call.backup]
    if who in _ROLES:
        named = parties.people_to_wake(*_ROLES[who])
        if named:
            return named
    on_rota = [person for person in (on_call.primary, on_call.backup) if person is not None]
    everybody = parties.people_to_wake(*_EVERYBODY)
    known = {person.id for person in everybody}
    return (everybody + [person for person in on_rota if person.id not in known]) or parties.people_to_wake(
        "administrator"
    )


def _letter(deadline: Deadline, person: PersonFacts, at: datetime) -> dict[str, str]:
    """Return the page's words in the person's language and time zone."""
    link = registries.page_link.find("console")
    with translation.override(person.language or "en"):
        title = _(plans.rule_of(deadline.rule_id).title)
        left = time_left(deadline, at)
        when = deadline.due_at.astimezone(ZoneInfo(person.timezone or config().zone))
        lines = [
            _("%(title)s: %(left)s.") % {"title": title, "left": left},
            _("The deadline ends on %(when)s.") % {"when": f"{when:%Y-%m-%d %H:%M:%S %Z}"},
            _("Open the console and acknowledge, so that nobody else is woken."),
        ]
        subject = _("Deadline, %(left)s: %(title)s") % {"left": left, "title": title}
    if link is not None:
        lines.append(link(deadline))
    return {
        "subject": subject,
        "text": "\n\n".join(lines),
        "language": person.language or "en",
        "path": link(deadline) if link is not None else "",
    }


def time_left(deadline: Deadline, at: datetime) -> str:
    """Return the time left in words of the active language, rounded down: nobody is told they have more than they do."""
    minutes = int((deadline.due_at - at).total_seconds() // _SECONDS_PER_MINUTE)
    if minutes < 0 or deadline.due_at <= at:
        return _("time is over")
    if minutes < 2 * _MINUTES_PER_HOUR:
        return ngettext("%(count)d minute left", "%(count)d minutes left", minutes) % {"count": minutes}
    hours = minutes // _MINUTES_PER_HOUR
    return ngettext("%(count)d hour left", "%(count)d hours left", hours) % {"count": hours}
