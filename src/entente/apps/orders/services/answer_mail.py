"""The mail an answer travels in: a short letter in the authority's language that says everything the document says.

The annex goes with it as JSON and PDF; a reader who opens neither still learns what was done, when, and about which
addresses.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.deliveries.types import one_line
from entente.core.law.clocks import parse_timestamp
from entente.core.law.orders import ImpossibilityGround, Measure

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject
    from entente.apps.orders.models import Answer, RemovalOrder

LANGUAGES = ("en", "fr", "es", "de", "ar")


def letter(answer: "Answer") -> "JSONObject":
    """Return subject, text and language of the mail, in a language that our register says the authority reads."""
    language = language_of(answer.order)
    with override(language):
        return {"subject": _subject(answer), "text": "\n".join(_lines(answer)) + "\n", "language": language}


def language_of(order: "RemovalOrder") -> str:
    """Return the first language of the authority in which this program can write; English where there is none."""
    spoken = order.authority.languages if order.authority is not None else []
    return next((code for code in spoken if code in LANGUAGES), "en")


def _subject(answer: "Answer") -> str:
    titles = {
        "feedback": _("Feedback on removal order %(reference)s (Annex II)"),
        "impossibility": _("Impossibility to execute removal order %(reference)s (Annex III)"),
        "not_binding": _("Your message %(reference)s"),
        "scrutiny_request": _("Request for scrutiny of removal order %(reference)s (Art. 4(4))"),
        "withdrawal_request": _("Request to withdraw removal order %(reference)s"),
    }
    subject = titles.get(answer.kind, "%(reference)s") % {"reference": answer.order.reference}
    return one_line(subject)


def _lines(answer: "Answer") -> Iterator[str]:
    document = answer.document
    sections = [part for name, part in document.items() if name.startswith("section_")]
    facts: dict[str, Any] = {**document, **{key: value for part in sections for key, value in part.items()}}
    yield from _what_was_done(facts)
    yield ""
    yield from _fact(_("Order"), facts.get("authority_reference"))
    yield from _fact(_("Issuing authority"), facts.get("issuing_authority"))
    yield from _fact(_("Our reference"), facts.get("addressee_reference"))
    yield from _fact(_("Received"), _moment(facts.get("received_at")))
    yield from _fact(_("Time of the measure"), _moment(facts.get("measure_at")))
    yield from _fact(_("To"), facts.get("addressed_to"))
    yield from _list(_("Addresses"), facts.get("addresses"))
    yield ""
    yield from _fact(_("Answered by"), facts.get("authorised_person"))
    yield from _fact(_("Service"), facts.get("host_name"))
    yield from _fact(_("Reach us"), facts.get("contact_email"))


def _what_was_done(facts: dict[str, Any]) -> Iterator[str]:
    """Yield the sentences that are the answer itself."""
    if facts.get("measure") == Measure.DISABLED:
        yield _("Access to the content was disabled in all Member States. It is preserved.")
    for ground in facts.get("grounds") or []:
        yield _("The order cannot be executed: %(ground)s") % {"ground": _ground(str(ground))}
    if isinstance(facts.get("text"), str):
        yield facts["text"]
    if isinstance(facts.get("reasons"), str):
        yield facts["reasons"]
    said = dict.fromkeys([facts.get("further_information"), facts.get("errors_or_clarification")])
    yield from (sentence for sentence in said if sentence)


def _ground(ground: str) -> str:
    words = {
        ImpossibilityGround.FORCE_MAJEURE.value: _("force majeure, or impossible in fact (Article 3(7))."),
        ImpossibilityGround.MANIFEST_ERROR.value: _("it contains manifest errors (Article 3(8))."),
        ImpossibilityGround.INSUFFICIENT_INFORMATION.value: _(
            "it does not contain enough information (Article 3(8))."
        ),
    }
    return words[ground]


def _fact(title: str, value: object) -> Iterator[str]:
    if value:
        yield f"{title}: {value}"


def _list(title: str, values: list[str] | None) -> Iterator[str]:
    if values:
        yield f"{title}:"
        yield from (f"  {value}" for value in values)


def _moment(value: object) -> str:
    """Return a kept moment to the second, in UTC: an authority reads it in any time zone."""
    if not isinstance(value, str):
        return ""
    moment: datetime = parse_timestamp(value)
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
