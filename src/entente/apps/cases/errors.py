"""What the spine refuses, each with what to do."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing, Refused


class CaseMissing(Missing):
    """There is no such case, or it is not for this person."""

    code = "case_missing"
    title = "There is no such case"


class CaseClosed(Conflict):
    """The case has ended; a new decision needs it reopened."""

    code = "case_closed"
    title = "This case is closed"


class CaseAlreadyDecided(Conflict):
    """A decision on this address is in force; it can be superseded, not edited."""

    code = "case_already_decided"
    title = "This address is decided already"


class AssessmentIncomplete(Invalid):
    """Nothing is decided with a gap; the gaps are named."""

    code = "assessment_incomplete"
    title = "The assessment has gaps"


class LinguistUnknown(Invalid):
    """A linguist is an account of somebody from elsewhere (ADR 0022), picked from the list."""

    code = "linguist_unknown"
    title = "This is nobody who was invited as a linguist"


class MissingGrounds(Invalid):
    """A restriction needs a basis, reasons in words, a scope and an end or a review date."""

    code = "missing_grounds"
    title = "The decision lacks its grounds"


class ScopeNotAllowed(Invalid):
    """The basis has a smallest and a largest territory; this is outside."""

    code = "scope_not_allowed"
    title = "This territory is outside what the basis allows"


class MeasureNotAllowed(Invalid):
    """The basis does not carry this measure."""

    code = "measure_not_allowed"
    title = "This basis does not allow this measure"


class SamePerson(Refused):
    """The act needs somebody else than the person who took part before."""

    code = "same_person"
    title = "This needs another person"


class HandoverUnclear(Invalid):
    """What was handed over on a route needs a recipient, a reference and a moment that has passed."""

    code = "handover_unclear"
    title = "The hand-over is not clear"


class ThreatUnclear(Invalid):
    """A warning of a threat to life needs its signs, known states, a recipient, a reference and a moment passed."""

    code = "threat_unclear"
    title = "The warning is not clear"


class ThreatUntold(Conflict):
    """A threat to life waits until everybody whom the law names was told."""

    code = "threat_untold"
    title = "Somebody has still to be told about the threat to life"


class ThreatTold(Conflict):
    """Somebody was told of the threat already; that is not taken back by an act here."""

    code = "threat_told"
    title = "Somebody was told already"


class PreviewClosed(Refused):
    """The preview is closed, for everybody or for this person today."""

    code = "preview_closed"
    title = "The preview is closed"


class NotToldByHand(Conflict):
    """The letter is on its way, has arrived, or is held back by law: nobody tells the person another way."""

    code = "not_told_by_hand"
    title = "This letter is not told by hand"


class SilenceNotAllowed(Invalid):
    """No law in the data allows this silence, or not for so long."""

    code = "silence_not_allowed"
    title = "This silence has no basis"


class OwnRoadClosed(Conflict):
    """The service may not open a case of its own about this address now."""

    code = "own_road_closed"
    title = "No case of our own can be opened here"
