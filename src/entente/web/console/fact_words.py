"""How the console says recorded facts and what leaves: names, values and purposes that are codes in the tables."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.core.law import bases, orders, preservation
from entente.web import law_text
from entente.web.console import order_words, words
from entente.web.templatetags.entente_ui import brief

NAMES: Final = {
    "addresses": gettext_lazy("addresses"),
    "asked_by": gettext_lazy("asked by"),
    "authenticity": gettext_lazy("authenticity"),
    "authority": gettext_lazy("authority"),
    "basis": gettext_lazy("legal basis"),
    "binding": gettext_lazy("binds here"),
    "boxes": gettext_lazy("boxes"),
    "channel": gettext_lazy("how"),
    "by": gettext_lazy("by"),
    "check": gettext_lazy("check"),
    "countries": gettext_lazy("countries"),
    "door": gettext_lazy("how it came"),
    "effect_at": gettext_lazy("in effect"),
    "ends_at": gettext_lazy("until"),
    "executed_at": gettext_lazy("executed"),
    "found": gettext_lazy("found through"),
    "ground": gettext_lazy("ground"),
    "into": gettext_lazy("goes on in case"),
    "issuer": gettext_lazy("issuer"),
    "issuing_state": gettext_lazy("issuing state"),
    "limit": gettext_lazy("limit"),
    "measure": gettext_lazy("measure"),
    "method": gettext_lazy("method"),
    "moved": gettext_lazy("addresses changed"),
    "named": gettext_lazy("sender gave a name"),
    "note": gettext_lazy("note"),
    "order_type": gettext_lazy("kind of order"),
    "outcome": gettext_lazy("outcome"),
    "parts": gettext_lazy("files"),
    "proof": gettext_lazy("proof"),
    "proven": gettext_lazy("shown to be theirs"),
    "reason": gettext_lazy("reason"),
    "reasons": gettext_lazy("reasons"),
    "received_at": gettext_lazy("received"),
    "recipient": gettext_lazy("sent to"),
    "redress": gettext_lazy("road of redress"),
    "reference": gettext_lazy("reference"),
    "route": gettext_lazy("route"),
    "scope": gettext_lazy("where"),
    "purpose": gettext_lazy("what it is"),
    "size_bytes": gettext_lazy("bytes"),
    "split_into": gettext_lazy("split into"),
    "states": gettext_lazy("states concerned"),
    "type": gettext_lazy("kind of order"),
    "until": gettext_lazy("until"),
    "was": gettext_lazy("before"),
    "why": gettext_lazy("why"),
}
CODES: Final[dict[str, Promise]] = {
    "disable": gettext_lazy("disabled"),
    "restrict_by_country": gettext_lazy("disabled in some countries"),
    "warning_label": gettext_lazy("warning label"),
    "keep": gettext_lazy("kept"),
    "challenge": gettext_lazy("challenge of the order"),
    "complaint": gettext_lazy("complaint to the service"),
    "worldwide": gettext_lazy("everywhere"),
    "suspected_child_abuse": gettext_lazy("suspected child abuse"),
    "left": gettext_lazy("the case left"),
    "telephone": gettext_lazy("by telephone"),
    "writing": gettext_lazy("in writing"),
    "both": gettext_lazy("by telephone and in writing"),
    "no_threat": gettext_lazy("there is no threat"),
    "countries": gettext_lazy("in some countries"),
    "executed": gettext_lazy("executed"),
    "verified": gettext_lazy("verified"),
    "unverified": gettext_lazy("not verified"),
    "refuted": gettext_lazy("not genuine"),
    "order_withdrawn": gettext_lazy("an order that was withdrawn"),
    "order_ceased": gettext_lazy("an order that ceased after scrutiny"),
    "order_annulled": gettext_lazy("an order that a court annulled"),
    "order_refuted": gettext_lazy("a message that was not a genuine order"),
    "not_binding": gettext_lazy("a message that does not bind this service"),
    "pushed_by_platform": gettext_lazy("sent by the platform"),
    "brought_by_staff": gettext_lazy("uploaded here by hand"),
    "brought_by_hand": gettext_lazy("uploaded through the confirmation link"),
    "nothing_received": gettext_lazy("nothing was received"),
    "not_found": gettext_lazy("not found there"),
    "asked": gettext_lazy("somebody asked"),
    "came_again": gettext_lazy("the order came again"),
    "changed": gettext_lazy("the register or the profile changed"),
    "identified": gettext_lazy("its issuer was named"),
    "completed": gettext_lazy("its boxes were completed"),
    "clarified": gettext_lazy("the authority clarified it"),
    "refused_by_platform:not_found": gettext_lazy("the platform did not find it"),
}
PURPOSES: Final[dict[str, Promise]] = {
    "action.apply": gettext_lazy("Carry out a measure"),
    "action.undo": gettext_lazy("Restore content"),
    "answer.feedback": gettext_lazy("Feedback (Annex II)"),
    "answer.impossibility": gettext_lazy("Impossibility (Annex III)"),
    "answer.not_binding": gettext_lazy("Courteous reply"),
    "answer.scrutiny_request": gettext_lazy("Request for scrutiny"),
    "answer.withdrawal_request": gettext_lazy("Request to withdraw"),
    "complaint.answer": gettext_lazy("Answer to a complaint"),
    "deadline.alarm": gettext_lazy("Alarm of a deadline"),
    "notice.answer": gettext_lazy("Answer to a notice"),
    "notice.receipt": gettext_lazy("Receipt for a notice"),
    "page.notice": gettext_lazy("Message to people on duty"),
    "join": gettext_lazy("Invitation"),
    "delivery.alarm": gettext_lazy("Alarm of a delivery"),
    "person.inform": gettext_lazy("Letter to the person affected"),
    "person.letter": gettext_lazy("Letter about an account"),
    "scrutiny.person": gettext_lazy("Request for scrutiny by the person affected"),
    "snapshot.requested": gettext_lazy("Ask for a copy"),
}
TRANSPORTS: Final[dict[str, Promise]] = {
    "mail": gettext_lazy("by mail"),
    "page": gettext_lazy("wakes somebody"),
    "webhook": gettext_lazy("by webhook"),
}
SUBJECTS: Final[dict[str, Promise]] = {
    "action": gettext_lazy("measure"),
    "answer": gettext_lazy("answer to an authority"),
    "api_client": gettext_lazy("API client"),
    "arrival": gettext_lazy("message"),
    "assessment": gettext_lazy("assessment"),
    "authority": gettext_lazy("authority"),
    "bank": gettext_lazy("bank"),
    "case": gettext_lazy("case"),
    "complaint": gettext_lazy("complaint"),
    "content_item": gettext_lazy("content"),
    "copy": gettext_lazy("overseer's copy"),
    "deadline": gettext_lazy("deadline"),
    "decision": gettext_lazy("decision"),
    "delivery": gettext_lazy("delivery"),
    "entity_label": gettext_lazy("entity"),
    "evidence_item": gettext_lazy("kept copy"),
    "exchange": gettext_lazy("exchange"),
    "host_profile": gettext_lazy("profile of the service"),
    "instance": gettext_lazy("this instance"),
    "invitation": gettext_lazy("invitation"),
    "leaf": gettext_lazy("entry of the public log"),
    "missing_copies": gettext_lazy("missing copies"),
    "notice": gettext_lazy("notice"),
    "person": gettext_lazy("person"),
    "protected_source": gettext_lazy("protected source"),
    "refused_order": gettext_lazy("order too large to be taken in"),
    "removal_order": gettext_lazy("removal order"),
    "second_look": gettext_lazy("second look"),
    "shift": gettext_lazy("shift"),
    "signal": gettext_lazy("signal"),
    "silence": gettext_lazy("silence"),
    "snapshot": gettext_lazy("copy of the content"),
    "statement": gettext_lazy("letter"),
    "threat_alert": gettext_lazy("threat to life"),
}
ACTORS: Final[dict[str, Promise]] = {
    "affected": gettext_lazy("the person affected"),
    "api_client": gettext_lazy("an API client"),
    "public": gettext_lazy("somebody from outside"),
    "system": gettext_lazy("Entente"),
    "authority": gettext_lazy("an authority"),
    "person": gettext_lazy("a person"),
}
_QUIET: Final = frozenset({"digest", "case", "copy", "items", "intake", "kind", "scope"})
_LONG_LIST: Final = 5
_MOST_SIGNS: Final = 160


def name(code: str) -> str:
    """Return what a fact is called."""
    return str(NAMES.get(code, code.replace("_", " ")))


def text(code: str, value: Any) -> str:
    """Return one fact: moments in the reader's zone, long lists by their length, codes in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        value = [str(order_words.label_of(one)) for one in value] if code == "boxes" else value
        return ", ".join(map(str, value)) if len(value) <= _LONG_LIST else str(len(value))
    if not isinstance(value, str):
        return str(value)
    moment = parse_datetime(value) if "T" in value else None
    if moment is not None:
        return brief(timezone.localtime(moment), "j M Y, H:i:s T")
    written = _READERS[code](value) if code in _READERS else _law_title(value)
    return written or str(CODES.get(value, value))


def line(facts: Mapping[str, Any]) -> str:
    """Return the facts of an event in one line, without ids nobody reads."""
    return " · ".join(
        _("%(name)s: %(value)s") % {"name": name(code), "value": text(code, value)[:_MOST_SIGNS]}
        for code, value in facts.items()
        if value not in ("", None, [], {}) and code not in _QUIET
    )


def _law_title(code: str) -> str:
    """Return the title of what the law data call so, or an empty text."""
    for known in (
        orders.order_types(),
        bases.bases(),
        bases.grounds(exercise=True),
        preservation.preservation_grounds(),
    ):
        if code in known:
            return _(known[code].title)
    return ""


_READERS: Final[dict[str, Callable[[str], str]]] = {
    "country": law_text.country,
    "door": lambda code: str(words.DOORS.get(code, code)),
    "host_state": law_text.country,
    "issuing_state": law_text.country,
    "purpose": lambda code: str(PURPOSES.get(code, code)),
}
"""Facts whose codes have words of their own."""
