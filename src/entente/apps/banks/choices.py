"""The closed lists of this room, for models, forms and whoever shows them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

MOST_PROVISIONAL_HOURS = 24
"""A provisional restriction ends by itself after a day at the latest (DESIGN.md rule 2; issue, point 4)."""


class OwnerKind(TextChoices):
    """Whose bank it is: this service's, a partner's, a public authority's."""

    OWN = "own", _("This service")
    PARTNER = "partner", _("A partner")
    AUTHORITY = "authority", _("An authority")


class BankPolicy(TextChoices):
    """What a match with one of its signals may lead to, at most."""

    OBSERVE = "observe", _("Observe")
    OPEN_CASE = "open_case", _("Open a case")
    RESTRICT = "restrict", _("Restrict provisionally")


class NegativeKind(TextChoices):
    """What a bank protects that overrules all others."""

    JOURNALISM = "journalism", _("Journalism")
    EVIDENCE = "evidence", _("Evidence of crimes")
    COUNTER_SPEECH = "counter_speech", _("Counter-speech")


class BankState(TextChoices):
    """A bank is in use, or retired for good; its signals and their history stay."""

    IN_USE = "in_use", _("In use")
    RETIRED = "retired", _("Retired")


class ProvenanceKind(TextChoices):
    """How signals came into a bank."""

    MANUAL = "manual", _("Added by hand")
    IMPORT = "import", _("Imported from a file")
    EXCHANGE = "exchange", _("Fetched from an exchange")
    DECISION = "decision", _("Offered from a decision")
    ADOPTION = "adoption", _("Adopted from another bank")
    SHARING = "sharing", _("Shared with partners")


class SignalState(TextChoices):
    """Whether a signal stands; only a standing one matches."""

    STANDING = "standing", _("Standing")
    DISABLED = "disabled", _("Disabled until a date")
    QUARANTINED = "quarantined", _("Quarantined")
    EXPIRED = "expired", _("Expired")
    RETRACTED = "retracted", _("Retracted")


class RetractedBy(TextChoices):
    """Who took a signal back; what a partner took back, the partner may send again."""

    PERSON = "person", _("A person of this service")
    EXCHANGE = "exchange", _("The partner, through its exchange")
    ORDER_ENDED = "order_ended", _("The end of the order it was born of")
    ORIGINAL = "original", _("The retraction of what it was copied from")


class ChangeKind(TextChoices):
    """What changed the standing of a signal."""

    ADDED = "added", _("Added")
    REINSTATED = "reinstated", _("Reinstated")
    DISABLED = "disabled", _("Disabled")
    ENABLED = "enabled", _("Enabled")
    QUARANTINED = "quarantined", _("Quarantined")
    RELEASED = "released", _("Released from quarantine")
    EXPIRED = "expired", _("Expired")
    PROLONGED = "prolonged", _("Prolonged")
    RETRACTED = "retracted", _("Retracted")


class AuthorKind(TextChoices):
    """Whose opinion it is."""

    PERSON = "person", _("A person of this service")
    PARTNER = "partner", _("A partner")


class OpinionKind(TextChoices):
    """What an opinion says; withdrawn: its author has none any more."""

    CONFIRM = "confirm", _("Confirms")
    CONTEST = "contest", _("Contests")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ProposalState(TextChoices):
    """How far it is. Overtaken: what was proposed changed before somebody confirmed it."""

    PROPOSED = "proposed", _("Waiting for a second person")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    OVERTAKEN = "overtaken", _("Overtaken by a change")


class SharingUse(TextChoices):
    """For what partners may use a shared signal, at most."""

    OPEN_CASE = "open_case", _("Open cases only")
    RESTRICT = "restrict", _("Restrict as well")


class ExchangeState(TextChoices):
    """Whether it is fetched."""

    ON = "on", _("On")
    OFF = "off", _("Off")


class RunOutcome(TextChoices):
    """How a fetch ended. More: it stopped in the middle of a long list and goes on at once."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    MORE = "more", _("Goes on")
    FAILED = "failed", _("Failed")
