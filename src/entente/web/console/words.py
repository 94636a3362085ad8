"""Words and drawings of the console: which icon a kind has, which tone a stage, how a sentence of the law is said."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from entente.core.law import clocks, rules
from entente.core.law.texts import Said
from entente.web import law_text

KINDS: Final = {
    "order": gettext_lazy("Removal order"),
    "information": gettext_lazy("Filed as information"),
    "referral": gettext_lazy("Referral"),
    "notice": gettext_lazy("Notice"),
    "own_initiative": gettext_lazy("Own initiative"),
    "match": gettext_lazy("Match with a known signal"),
    "data_request": gettext_lazy("Request for data"),
    "threat": gettext_lazy("Threat to life"),
    "unclear": gettext_lazy("Not settled yet"),
}
STAGES: Final = {
    "settle": gettext_lazy("Say what this is"),
    "check": gettext_lazy("Execution check"),
    "effect": gettext_lazy("Waiting for the effect"),
    "assess": gettext_lazy("Full assessment"),
    "follow": gettext_lazy("Follow up"),
    "answer": gettext_lazy("Answer the sender"),
    "done": gettext_lazy("Nothing left to do"),
}
KIND_ICONS: Final = {
    "order": "order",
    "information": "info",
    "referral": "flag",
    "notice": "notice",
    "own_initiative": "scale",
    "match": "copy",
    "data_request": "person",
    "threat": "caution",
    "unclear": "question",
}
STAGE_TONES: Final = {
    "settle": "near",
    "check": "accent",
    "effect": "neutral",
    "assess": "accent",
    "follow": "neutral",
    "answer": "accent",
    "done": "ample",
}
AUTHENTICITY_TONES: Final = {"verified": "ample", "unverified": "near", "refuted": "over"}
ACTION_TONES: Final = {
    "pending": "neutral",
    "applied": "ample",
    "failed": "over",
    "undoing": "neutral",
    "undone": "ample",
}
SEVERITY: Final = {
    "missing": ("near", gettext_lazy("Missing")),
    "contradictory": ("over", gettext_lazy("Contradictory")),
    "doubtful": ("neutral", gettext_lazy("Doubtful")),
}
DELIVERY_STATES: Final = {
    "pending": gettext_lazy("On its way"),
    "delivered": gettext_lazy("Delivered"),
    "acknowledged": gettext_lazy("Acknowledged"),
    "failed": gettext_lazy("Given up"),
    "cancelled": gettext_lazy("Called off"),
}
DOORS: Final = {
    "api": gettext_lazy("signed, through the interface"),
    "mail": gettext_lazy("by e-mail"),
    "post": gettext_lazy("by post"),
    "fax": gettext_lazy("by fax"),
    "telephone": gettext_lazy("by telephone"),
    "portal": gettext_lazy("through an authority's portal"),
    "in_person": gettext_lazy("handed over in person"),
    "upload": gettext_lazy("as an uploaded form"),
    "public_form": gettext_lazy("through the public form"),
    "own_initiative": gettext_lazy("of our own accord"),
    "other": gettext_lazy("another way"),
}
METHODS: Final = {
    "registered_key": gettext_lazy("signed with a registered key"),
    "qualified_signature": gettext_lazy("a valid electronic signature or seal of our register"),
    "call_back": gettext_lazy("called back at the number in our register"),
}
ROOMS: Final = {
    "orders": gettext_lazy("Orders"),
    "cases": gettext_lazy("Cases"),
    "notices": gettext_lazy("Notices"),
    "complaints": gettext_lazy("Complaints"),
    "arrivals": gettext_lazy("Arrivals"),
    "content": gettext_lazy("Content"),
    "evidence": gettext_lazy("Evidence"),
    "deadlines": gettext_lazy("Deadlines"),
    "deliveries": gettext_lazy("Deliveries"),
    "oversight": gettext_lazy("Oversight"),
    "parties": gettext_lazy("People and register"),
    "banks": gettext_lazy("Banks"),
}
GROUNDS: Final = {
    "force_majeure": gettext_lazy("Force majeure or an obstacle that is not ours"),
    "manifest_error": gettext_lazy("Manifest errors in the order"),
    "insufficient_information": gettext_lazy("Not enough information to execute it"),
}
ANSWERS: Final = {
    "feedback": gettext_lazy("Feedback (Annex II)"),
    "impossibility": gettext_lazy("Impossibility (Annex III)"),
    "not_binding": gettext_lazy("Courteous reply"),
    "scrutiny_draft": gettext_lazy("Request for scrutiny, prepared"),
    "scrutiny_request": gettext_lazy("Request for scrutiny"),
    "withdrawal_request": gettext_lazy("Request to withdraw"),
}

_EVENTS: Final = {
    "arrivals:arrival:recorded": gettext_noop("Message recorded"),
    "arrivals:arrival:unsettled": gettext_noop("Settling taken back"),
    "arrivals:case:concluded": gettext_noop("Case concluded"),
    "arrivals:arrival:settled": gettext_noop("Settled what it is"),
    "arrivals:arrival:completed": gettext_noop("Typed in what the message says"),
    "arrivals:arrival:split": gettext_noop("Split into several orders"),
    "cases:case:opened": gettext_noop("Case opened"),
    "cases:case:settled": gettext_noop("Case settled as something else"),
    "cases:case:handed_over": gettext_noop("Case changed hands"),
    "cases:case:marked_heavy": gettext_noop("Marked as hard to look at, or not"),
    "cases:case:closed": gettext_noop("Case closed"),
    "cases:case:reopened": gettext_noop("Case opened again"),
    "cases:case:sent_to_route": gettext_noop("Suspected child abuse: closed for everybody"),
    "cases:case:left": gettext_noop("Case left for another route"),
    "cases:case:handed_to_route": gettext_noop("Handed over to whom the route names"),
    "cases:threat:raised": gettext_noop("Threat to life seen"),
    "cases:threat:warned": gettext_noop("Told of the threat to life"),
    "cases:threat:dropped": gettext_noop("Found to be no threat to life"),
    "cases:item:dropped": gettext_noop("A mistyped address was taken out"),
    "cases:case:looked_at_again": gettext_noop("A second person looked"),
    "cases:decision:issued": gettext_noop("Decision"),
    "cases:action:applied": gettext_noop("Measure in effect"),
    "cases:action:undone": gettext_noop("Restored"),
    "cases:action:refused": gettext_noop("The platform refused"),
    "cases:action:retried": gettext_noop("Measure sent again"),
    "cases:action:undo_asked": gettext_noop("Asked to restore"),
    "cases:action:looked_at_from_outside": gettext_noop("Looked at from outside"),
    "cases:assessment:completed": gettext_noop("Assessment completed"),
    "cases:letter:arrived": gettext_noop("The person affected was told"),
    "cases:letter:without_address": gettext_noop("The person affected could not be told"),
    "cases:silence:started": gettext_noop("Silence began"),
    "cases:silence:extended": gettext_noop("Silence extended"),
    "cases:silence:ended": gettext_noop("Silence ended"),
    "orders:removal_order:received": gettext_noop("Order received"),
    "orders:removal_order:received_again": gettext_noop("The same order arrived again"),
    "orders:removal_order:checked": gettext_noop("The five questions were answered"),
    "orders:removal_order:verified": gettext_noop("Order verified"),
    "orders:removal_order:refuted": gettext_noop("Order found not to be genuine"),
    "orders:removal_order:execution_started": gettext_noop("Execution started"),
    "orders:removal_order:executed": gettext_noop("Order executed"),
    "orders:removal_order:impossible": gettext_noop("Impossibility reported"),
    "orders:removal_order:clarified": gettext_noop("Clarification arrived, a new hour began"),
    "orders:removal_order:clarified_in_time": gettext_noop("Clarification arrived, the hour runs on"),
    "orders:removal_order:form_clarified": gettext_noop("Boxes clarified by the authority"),
    "orders:removal_order:in_doubt": gettext_noop(
        "No longer verified: an unproven clarification changed its addresses"
    ),
    "orders:removal_order:obstacle_ceased": gettext_noop("Obstacle ceased, a new hour began"),
    "orders:removal_order:filed_as_information": gettext_noop("Filed as information"),
    "orders:removal_order:receipt_corrected": gettext_noop("Time of receipt corrected"),
    "orders:removal_order:course_chosen": gettext_noop("Course chosen after the assessment"),
    "orders:removal_order:withdrawn": gettext_noop("Order withdrawn"),
    "orders:removal_order:ceased": gettext_noop("Order ceased after scrutiny"),
    "orders:removal_order:annulled": gettext_noop("Order annulled"),
    "orders:removal_order:final": gettext_noop("Order became final"),
    "orders:answer:feedback": gettext_noop("Feedback sent"),
    "orders:answer:impossibility": gettext_noop("Impossibility sent"),
    "orders:answer:not_binding": gettext_noop("Courteous reply sent"),
    "orders:answer:scrutiny_request": gettext_noop("Scrutiny asked for"),
    "orders:answer:withdrawal_request": gettext_noop("Withdrawal asked for"),
    "orders:answer:handed_over": gettext_noop("Answer handed over by hand"),
    "orders:removal_order:refused_too_many": gettext_noop("Order refused: too many addresses at once"),
    "orders:removal_order:refused_too_large": gettext_noop("Order refused: too many bytes at once"),
    "orders:removal_order:refusal_seen": gettext_noop("Somebody saw to a refused order"),
    "orders:removal_order:identified": gettext_noop("Issuer named from our register"),
    "orders:removal_order:completed": gettext_noop("Boxes completed from the paper"),
    "orders:removal_order:bound": gettext_noop("Examined again: it binds"),
    "orders:removal_order:unbound": gettext_noop("Examined again: it does not bind"),
    "orders:removal_order:folded": gettext_noop("It is another case's order"),
    "notices:notice:received": gettext_noop("Notice received"),
    "notices:referral:received": gettext_noop("Referral received"),
    "notices:own_initiative:opened": gettext_noop("Case of our own opened"),
    "notices:notice:answered": gettext_noop("Sender told the result"),
    "complaints:complaint:lodged": gettext_noop("Complaint lodged"),
    "complaints:complaint:upheld": gettext_noop("Complaint upheld"),
    "complaints:complaint:rejected": gettext_noop("Complaint rejected"),
    "complaints:complaint:rejection_proposed": gettext_noop("Rejection proposed"),
    "complaints:complaint:proposal_returned": gettext_noop("Proposal returned"),
    "complaints:complaint:used": gettext_noop("Complaint used to challenge the order"),
    "complaints:complaint:not_used": gettext_noop("Complaint answered without a challenge"),
    "complaints:scrutiny_request:sent": gettext_noop("The person asked for scrutiny"),
    "complaints:scrutiny_request:kept": gettext_noop(
        "The person asked for scrutiny, and nothing could be sent"
    ),
    "content:preview:closed": gettext_noop("Preview closed for everybody"),
    "content:protected_source:added": gettext_noop("Protected source added"),
    "content:protected_source:removed": gettext_noop("Protected source removed"),
    "deadlines:deadline:expired": gettext_noop("Deadline passed unmet"),
    "deadlines:deadline:nobody_to_wake": gettext_noop("Nobody could be woken"),
    "deadlines:deadline:restarted": gettext_noop("Deadline started again"),
    "deadlines:deadline:suspended": gettext_noop("Deadline stands still"),
    "deadlines:deadline:trigger_corrected": gettext_noop("Start of a deadline corrected"),
    "deadlines:deadline:alarm_acknowledged": gettext_noop("Alarm acknowledged"),
    "deadlines:deadline:cancelled": gettext_noop("Deadline called off"),
    "deadlines:shift:added": gettext_noop("Shift added to the rota"),
    "deadlines:shift:handed_over": gettext_noop("Shift handed over"),
    "deadlines:shift:swapped": gettext_noop("Shift swapped"),
    "deadlines:shift:removed": gettext_noop("Shift taken off the rota"),
    "deliveries:delivery:failing": gettext_noop("A delivery does not arrive"),
    "deliveries:delivery:cancelled": gettext_noop("A delivery was called off"),
    "deliveries:delivery:sent_again": gettext_noop("A delivery was sent again"),
    "deliveries:delivery:failed": gettext_noop("A delivery was given up"),
    "oversight:copy:read": gettext_noop("The overseer read a copied act"),
    "oversight:copy:checked": gettext_noop("The overseer checked an act"),
    "oversight:file:opened": gettext_noop("The overseer opened a file"),
    "oversight:recommendation:made": gettext_noop("Recommendation made"),
    "oversight:recommendation:answered": gettext_noop("Recommendation answered"),
    "oversight:overseer:appointed": gettext_noop("Overseer appointed"),
    "parties:api_client:created": gettext_noop("API client added"),
    "parties:api_client:revoked": gettext_noop("API client revoked"),
    "parties:host_profile:set": gettext_noop("Profile of the service changed"),
    "parties:invitation:first_link_made": gettext_noop("First link for the administrator made"),
    "parties:invitation:invited": gettext_noop("Somebody invited"),
    "parties:invitation:withdrawn": gettext_noop("Invitation withdrawn"),
    "parties:invitation:accepted": gettext_noop("Invitation accepted"),
    "parties:recovery:requested": gettext_noop("Recovery of access asked for"),
    "parties:recovery:confirmed": gettext_noop("Recovery of access confirmed"),
    "parties:recovery:cancelled": gettext_noop("Recovery of access stopped"),
    "parties:recovery:used": gettext_noop("Access recovered"),
    "parties:person:created": gettext_noop("Person added"),
    "parties:person:deactivated": gettext_noop("Account closed"),
    "parties:register:authority_registered": gettext_noop("Authority entered in the register"),
    "parties:register:key_registered": gettext_noop("Key entered in the register"),
    "parties:register:key_revoked": gettext_noop("Key revoked"),
    "parties:role:granted": gettext_noop("Role granted"),
    "parties:role:ended": gettext_noop("Role ended"),
    "content:snapshot:gap": gettext_noop("Copy missing, retries go on"),
    "cases:letter:told_by_hand": gettext_noop("The person affected was told by hand"),
    "content:snapshot:given_up": gettext_noop("Copy missing, nobody asks any more"),
    "content:snapshot:asked_again": gettext_noop("Missing copies asked for again"),
    "content:snapshot:complete": gettext_noop("Copy complete"),
    "content:snapshot:received": gettext_noop("Copy received"),
    "evidence:item:damaged": gettext_noop("Copy found damaged"),
    "evidence:item:destroyed": gettext_noop("Copy destroyed"),
    "evidence:preservation:started": gettext_noop("Preservation began"),
    "evidence:preservation:ended": gettext_noop("Preservation ended"),
    "evidence:preservation:released": gettext_noop("Preservation no longer needed"),
    "evidence:preservation:extended": gettext_noop("Preservation extended"),
    "evidence:item:opened": gettext_noop("Copy opened"),
    "banks:bank:created": gettext_noop("Bank made"),
    "banks:bank:changed": gettext_noop("Bank changed"),
    "banks:bank:disabled": gettext_noop("Bank disabled for a while"),
    "banks:bank:enabled": gettext_noop("Bank matches again"),
    "banks:bank:retired": gettext_noop("Bank retired"),
    "banks:bank:exported": gettext_noop("Bank written to a file"),
    "banks:bank:signals_added": gettext_noop("Signals added"),
    "banks:bank:signals_adopted": gettext_noop("Signals adopted into a bank"),
    "banks:bank:signals_offered": gettext_noop("Signals kept after a decision"),
    "banks:bank:signals_retracted": gettext_noop("Signals retracted"),
    "banks:bank:sharing_proposed": gettext_noop("Sharing proposed"),
    "banks:bank:sharing_confirmed": gettext_noop("Signals shared with partners"),
    "banks:bank:sharing_refused": gettext_noop("Sharing refused"),
    "banks:bank:restrict_proposed": gettext_noop("Proposed that a bank restricts"),
    "banks:bank:restrict_confirmed": gettext_noop("A bank restricts from now on"),
    "banks:bank:restrict_refused": gettext_noop("Refused that a bank restricts"),
    "banks:signal:confirmed": gettext_noop("Signal confirmed"),
    "banks:signal:opinion_given": gettext_noop("Opinion on a signal"),
    "banks:signal:labelled": gettext_noop("Signal labelled"),
    "banks:signal:judged": gettext_noop("A match was judged right or wrong"),
    "banks:signal:disabled": gettext_noop("Signal disabled for a while"),
    "banks:signal:enabled": gettext_noop("Signal matches again"),
    "banks:signal:quarantined": gettext_noop("Signal put in quarantine"),
    "banks:signal:released": gettext_noop("Signal released from quarantine"),
    "banks:signal:expired": gettext_noop("Signal ended"),
    "banks:signal:prolonged": gettext_noop("Signal given another end"),
    "banks:signal:reinstated": gettext_noop("Signal brought back"),
    "banks:exchange:created": gettext_noop("Exchange set up"),
    "banks:exchange:changed": gettext_noop("Exchange changed"),
    "banks:exchange:turned_on": gettext_noop("Exchange turned on"),
    "banks:exchange:turned_off": gettext_noop("Exchange turned off"),
    "banks:exchange:started_anew": gettext_noop("Exchange starts from the beginning"),
    "banks:exchange:failing": gettext_noop("An exchange fails"),
    "banks:exchange:page_recorded": gettext_noop("An exchange brought signals"),
    "banks:entity_label:designated": gettext_noop("Designation recorded"),
    "tlog:leaf:salts_destroyed": gettext_noop("Salts of the public log destroyed"),
}
_EVENT_ICONS: Final = {
    "banks": "copy",
    "cases": "inbox",
    "orders": "order",
    "notices": "notice",
    "arrivals": "plus",
    "complaints": "letter",
    "content": "copy",
    "evidence": "lock",
    "deadlines": "bell",
    "deliveries": "send",
}
_EPOCH: Final = "2030-01-07T09:00:00+00:00"
_NEAR_SHARE: Final = 4


def said(sentence: Mapping[str, Any] | Said) -> str:
    """Return a sentence of the law engine in the reader's language; `sentence` is a `Said` or its kept JSON."""
    if isinstance(sentence, Said):
        template, params = sentence.message, sentence.params
    else:
        template, params = str(sentence.get("message", "")), sentence.get("params") or {}
    return law_text.sentence(template, params)


def event_title(kind: str) -> str:
    """Return an audit event's kind in words; an unknown one in its own, with blanks."""
    known = _EVENTS.get(kind)
    return _(known) if known else kind.replace(":", " · ").replace("_", " ")


def event_icon(kind: str) -> str:
    """Return the icon of the room an event comes from."""
    return _EVENT_ICONS.get(kind.split(":", 1)[0], "dot")


def deadline_title(rule_id: str) -> str:
    """Return what a deadline asks for, or an empty text."""
    return _(rules.deadline_rule(rule_id).title) if rule_id in rules.deadline_rules() else ""


@cache
def near_seconds(rule_id: str) -> int | None:
    """Return the last quarter of a deadline's whole time in seconds: from there it counts as near."""
    if rule_id not in rules.deadline_rules():
        return None
    start = clocks.parse_timestamp(_EPOCH)
    end = clocks.due_at(rules.deadline_rule(rule_id), start, zone="UTC")
    return int((end - start).total_seconds()) // _NEAR_SHARE


NOT_RESTRICTED: Final = {
    "bank_not_enforced": gettext_lazy("the bank was not in use"),
    "negative": gettext_lazy("the bank protects what it holds"),
    "referral": gettext_lazy("an authority's signals are referrals: they open cases and restrict nothing"),
    "policy": gettext_lazy("the bank does not restrict"),
    "not_standing": gettext_lazy("the signal did not stand"),
    "not_confirmed": gettext_lazy("no person of this service had confirmed the signal"),
    "open_cases_only": gettext_lazy("the signal was shared to open cases only"),
    "decided": gettext_lazy("a decision was in force already"),
    "protected": gettext_lazy("the source is protected: a person decides"),
    "not_designated": gettext_lazy("nobody's designation of the named group holds anywhere"),
}
"""Why a match restricted nothing by itself."""

DISTANCE_UNITS: Final = (
    gettext_noop("bits that differ, of 256"),
    gettext_noop("differing positions of 128"),
    gettext_noop("percent of the frames of the better known of the two that the other does not show"),
    gettext_noop("0 when equal, 1 when not"),
)
"""What the distances of our own signal types count, for the catalogs."""

POLICIES: Final = {
    "observe": gettext_lazy("observe"),
    "open_case": gettext_lazy("open a case"),
    "restrict": gettext_lazy("restrict provisionally"),
}

CHECK_ANSWERS: Final = {
    "match": gettext_lazy("met a known signal"),
    "no_match": gettext_lazy("met nothing"),
    "unknown": gettext_lazy("nobody could tell"),
}
