"""Which roads are open against a measure, until when, and where they begin.

Against the host's own decision: a complaint (DSA 20), out-of-court settlement (DSA 21), the courts. Against an order:
scrutiny by the authority of the host's state within 48 hours (TCO 4(4)), the courts of the issuing state (TCO 9), the
issuer itself, and a complaint the host may use to challenge. A host never restores what an order holds down.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from entente.apps.complaints import queries as complaints
from entente.apps.complaints.services import complaint_until
from entente.apps.deadlines import queries as deadlines
from entente.apps.orders import facts
from entente.apps.orders import queries as orders

if TYPE_CHECKING:
    from entente.apps.cases.models import StatementOfReasons
    from entente.web.public.letter_facts import OrderPart

SCRUTINY_RULE = "tco.xborder.request_person"


@dataclass(frozen=True, slots=True)
class Road:
    """One road. `starts_at` and `until` make its countdown; `done_at` says that it was taken."""

    id: str
    title: str
    text: str
    until: datetime | None = None
    starts_at: datetime | None = None
    url: str = ""
    label: str = ""
    done_at: datetime | None = None
    is_over: bool = False
    link: str = ""


def open_roads(
    statement: "StatementOfReasons", part: "OrderPart | None", standing: str, *, at: datetime
) -> tuple[Road, ...]:
    """Return the roads against the measure of a letter; none where nothing restricts any more.

    Whoever reads a letter whose arrival nobody told us of is before open roads: their time has not begun.
    """
    if standing not in {"in_force", "pending"}:
        return ()
    if part is None:
        return (_complaint(statement, at), _out_of_court(), _court())
    found = [_scrutiny(statement, at)] if may_be_scrutinised(statement) else []
    return (*found, _issuers_court(part), _issuer(part), _challenge(statement, at))


def may_be_scrutinised(statement: "StatementOfReasons") -> bool:
    """Say whether the order comes from another state than the host's own, so that TCO Art. 4 applies."""
    found = orders.of_case(statement.case_id)
    return found is not None and facts.may_be_scrutinised(found)


def scrutiny_window(statement: "StatementOfReasons") -> tuple[datetime | None, datetime | None]:
    """Return start and end of the person's 48 hours, from the clock room."""
    lines = deadlines.of_subject("statement", statement.pk, rule_ids=[SCRUTINY_RULE])
    return (lines[-1].starts_at, lines[-1].due_at) if lines else (None, None)


def _complaint(statement: "StatementOfReasons", at: datetime) -> Road:
    return _to_us(
        statement,
        at,
        road="complaint",
        title=_("Complain to us"),
        text=_(
            "Free of charge, in your own words. Somebody who did not take this decision examines it again. If you are right, your content is restored at once."
        ),
        labels=(_("Write a complaint"), _("Follow your complaint")),
    )


def _challenge(statement: "StatementOfReasons", at: datetime) -> Road:
    return _to_us(
        statement,
        at,
        road="challenge",
        title=_("Tell us why the order is wrong"),
        text=_(
            "We may not restore your content while the order stands. But we can go against the order ourselves, or ask the authority to withdraw it, and what you write helps us. We answer with reasons either way."
        ),
        labels=(_("Write to us"), _("Follow what you wrote")),
    )


def _to_us(
    statement: "StatementOfReasons",
    at: datetime,
    *,
    road: str,
    title: str,
    text: str,
    labels: tuple[str, str],
) -> Road:
    """Return a road that leads to ourselves: open for the months of a complaint, then followed; one of each."""
    known = _lodged(statement)
    until = complaint_until(statement.informed_at or at)
    to_write, to_follow = labels
    if known:
        url = reverse("public:complaint", args=[known[0]])
    else:
        url = reverse("public:letter_complaint", args=[statement.token]) if at <= until else ""
    return Road(
        id=road,
        title=title,
        text=text,
        until=until,
        url=url,
        label=to_follow if known else to_write,
        done_at=known[1] if known else None,
        is_over=not known and at > until,
    )


def _lodged(statement: "StatementOfReasons") -> tuple[str, datetime] | None:
    for row in complaints.of_case(statement.case_id):
        if row.decision_id == statement.decision_id and row.complainant == "affected":
            return row.token, row.lodged_at
    return None


def _scrutiny(statement: "StatementOfReasons", at: datetime) -> Road:
    starts_at, until = scrutiny_window(statement)
    made = complaints.scrutiny_request_of(statement.pk)
    sent_at = made.requested_at if made is not None and made.delivery_id is not None else None
    authority = facts.scrutiny_authority()
    name = authority.name if authority else _("the competent authority of our state")
    return Road(
        id="scrutiny",
        title=_("Ask for the order to be examined"),
        text=_(
            "%(authority)s can examine whether the order seriously or manifestly infringes the Regulation or your fundamental rights. If it does, the order ceases and we restore your content at once. You have 48 hours from the moment you were informed."
        )
        % {"authority": name},
        until=until,
        starts_at=starts_at,
        url=reverse("public:letter_scrutiny", args=[statement.token]),
        label=_("See your request") if made else _("Prepare the request"),
        done_at=sent_at,
        is_over=sent_at is None and until is not None and at > until,
    )


def _issuers_court(part: "OrderPart") -> Road:
    words = [
        _("You can challenge the order before the courts of the state that issued it (%(country)s).")
        % {"country": part.country}
    ]
    if part.redress_body:
        words.append(_("The order names: %(body)s.") % {"body": part.redress_body})
    if part.redress_deadline:
        words.append(
            _("Time limit according to the order: %(deadline)s.") % {"deadline": part.redress_deadline}
        )
    return Road(id="court_of_issuer", title=_("Go to court"), text=" ".join(words), link=part.redress_link)


def _issuer(part: "OrderPart") -> Road:
    text = _("The authority can withdraw its order. If it does, your content is back at once.")
    if part.contact_mail:
        text = f"{text} " + _("Write to %(mail)s and name the reference %(reference)s.") % {
            "mail": part.contact_mail,
            "reference": part.reference,
        }
    return Road(id="withdrawal", title=_("Write to the authority"), text=text)


def _out_of_court() -> Road:
    return Road(
        id="out_of_court",
        title=_("Out-of-court dispute settlement"),
        text=_(
            "A certified body of your choice can look at the dispute (Regulation (EU) 2022/2065, Art. 21). The European Commission publishes the list. We take part in good faith; its result does not bind us, and your right to go to court stays."
        ),
    )


def _court() -> Road:
    return Road(
        id="court",
        title=_("Go to court"),
        text=_("You can go to court at any time, within the limits of the law where you live."),
    )
