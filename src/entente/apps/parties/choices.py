"""The closed lists of this room, for models, forms and whoever shows them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Theme(TextChoices):
    """Which of the two looks a person prefers."""

    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class InvitationPurpose(TextChoices):
    """Why an invitation was made."""

    JOIN = "join", _("Join")
    FIRST_ADMINISTRATOR = "first_administrator", _("First administrator")


class Scope(TextChoices):
    """What a token may be used for; nothing else."""

    NOTICES_WRITE = "notices:write", _("Send notices")
    SNAPSHOTS_WRITE = "snapshots:write", _("Deliver snapshots")
    ACTIONS_WRITE = "actions:write", _("Confirm the effect of actions")
    CHECKS_ASK = "checks:ask", _("Ask whether something is known")
    BANKS_READ = "banks:read", _("Read banks")
    BANKS_WRITE = "banks:write", _("Manage banks")


class ClientKind(TextChoices):
    """Whose program an API client is."""

    PLATFORM = "platform", _("The platform itself")
    PARTNER = "partner", _("A partner")
    TOOL = "tool", _("A tool of ours")


class AuthorityKind(TextChoices):
    """What sort of body an authority is."""

    COMPETENT_AUTHORITY = "competent_authority", _("Competent authority")
    REFERRAL_UNIT = "referral_unit", _("Referral unit")
    COURT = "court", _("Court")
    PROSECUTOR = "prosecutor", _("Prosecutor")
    POLICE = "police", _("Police")
    REGULATOR = "regulator", _("Regulator")


class Competence(TextChoices):
    """What the law lets an authority do; (a) to (d) are Art. 12(1) of Regulation (EU) 2021/784."""

    ISSUE_ORDERS = "issue_orders", _("Issue removal orders (a)")
    SCRUTINISE = "scrutinise", _("Scrutinise removal orders (b)")
    OVERSEE_MEASURES = "oversee_measures", _("Oversee specific measures (c)")
    PENALTIES = "penalties", _("Impose penalties (d)")
    REFER = "refer", _("Send referrals")
    OTHER_ORDERS = "other_orders", _("Issue other orders")


class AuthorityStatus(TextChoices):
    """Whether what an authority signs counts here."""

    REGISTERED = "registered", _("Registered")
    SUSPENDED = "suspended", _("Suspended")
    REMOVED = "removed", _("Removed")


class CertificatePurpose(TextChoices):
    """What a certificate is trusted for."""

    SEAL = "seal", _("Electronic seal")
    SIGNATURE = "signature", _("Electronic signature")


class SizeClass(TextChoices):
    """Size as the law counts it (Recommendation 2003/361/EC; DSA Art. 33)."""

    MICRO = "micro", _("Micro: fewer than 10 people")
    SMALL = "small", _("Small: fewer than 50 people")
    MEDIUM = "medium", _("Medium: fewer than 250 people")
    LARGE = "large", _("Large")
    VERY_LARGE = "very_large", _("Very large platform, as designated")
