"""The roles a person can hold here, and which of them stand apart.

Roles say who may do what (`permissions.py`); they are granted and revoked, never edited, so that "who could
do this on that day" always has an answer.
"""

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What somebody is trusted to do on this instance."""

    REVIEWER = "reviewer", _("Reviewer")
    SENIOR_REVIEWER = "senior_reviewer", _("Senior reviewer")
    LEGAL = "legal", _("Legal")
    ON_CALL = "on_call", _("On call")
    ADMINISTRATOR = "administrator", _("Administrator")
    OVERSEER = "overseer", _("Overseer")
    AUDITOR = "auditor", _("Auditor")


STAND_APART: Final = frozenset({Role.OVERSEER, Role.AUDITOR})
"""Who watches does not act: these roles are never combined with another one."""

RECOVERY_CONFIRMERS: Final = frozenset({Role.ADMINISTRATOR, Role.LEGAL, Role.SENIOR_REVIEWER})
"""Who may be the second person when somebody's lost access is given back."""

ROLE_DUTIES: Final = {
    Role.REVIEWER: _("Examines notices and decides them; executes orders when on call."),
    Role.SENIOR_REVIEWER: _("A reviewer who also assesses orders, hears complaints and hands work over."),
    Role.LEGAL: _(
        "Assesses and challenges orders, answers authorities and the overseer, keeps the register."
    ),
    Role.ON_CALL: _("Is woken for orders, answers the five questions and executes within the hour."),
    Role.ADMINISTRATOR: _("Invites people, grants roles, keeps the keys of machines and the host's profile."),
    Role.OVERSEER: _("Sees what the law lets them oversee, checks and recommends; never decides."),
    Role.AUDITOR: _("Reads everything that can be read here; changes nothing."),
}
"""One sentence per role, for the people page and the documentation."""
