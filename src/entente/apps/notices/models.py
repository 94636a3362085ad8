"""Notices and referrals as they came in, and what the service looks at of its own accord."""

from typing import ClassVar, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.cases.registries import Found
from entente.apps.kernel.ids import new_id


class NoticeKind(models.TextChoices):
    """Who alerts us, or that nobody did; all are judged by this service before anything happens."""

    NOTICE = "notice", _("Notice")
    REFERRAL = "referral", _("Referral")
    OWN_INITIATIVE = "own_initiative", _("Own initiative")


FOUND: Final = {
    Found.ORDER_WITHDRAWN.value: _("An order that was withdrawn"),
    Found.ORDER_CEASED.value: _("An order that ceased after scrutiny"),
    Found.ORDER_ANNULLED.value: _("An order that a court annulled"),
    Found.ORDER_REFUTED.value: _("A message that was not a genuine order"),
    Found.NOT_BINDING.value: _("A message that does not bind this service"),
}
"""How the service came to know what it looks at of its own accord."""


class Notice(models.Model):
    """One notice or referral, or one look of the service's own at what a message had brought to its knowledge.

    `token` opens the status page of whoever sent it, without an account; nobody sent what is of our own initiative.
    That has instead `found_through`, the case it was found in, and in whose name the message there came.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=NoticeKind.choices)
    authority = models.ForeignKey("parties.Authority", null=True, on_delete=models.PROTECT, related_name="+")
    explanation = models.TextField()
    ground_claimed = models.CharField(max_length=60, default="")
    notifier_name = models.CharField(max_length=200, default="")
    notifier_mail = models.CharField(max_length=254, default="")
    notifier_language = models.CharField(max_length=10, default="en")
    is_good_faith = models.BooleanField()
    is_trusted_flagger = models.BooleanField(default=False)
    door = models.CharField(max_length=20)
    token = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    receipt = models.JSONField(default=dict)
    answered_at = models.DateTimeField(null=True)
    found_through = models.CharField(max_length=20, choices=FOUND.items(), default="")
    found_authority = models.CharField(max_length=300, default="")
    found_in_case_id = models.UUIDField(null=True)

    class Meta:
        """Good faith is an element of the notice (DSA 16(2)(d)), so a row without it cannot exist.

        What is of our own initiative says how it was found, and has no sender who could be answered.
        """

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(is_good_faith=True) | models.Q(kind__in=["referral", "own_initiative"]),
                name="notices_good_faith",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="own_initiative")
                | (
                    models.Q(found_in_case_id__isnull=False, authority__isnull=True, notifier_mail="")
                    & ~models.Q(found_through="")
                ),
                name="notices_own_has_origin",
            ),
        ]

    @property
    def is_own(self) -> bool:
        """Say whether the service looks of its own accord, without anybody to answer."""
        return self.kind == NoticeKind.OWN_INITIATIVE

    @property
    def state_involved(self) -> str:
        """Return the authority whose message is behind this, or an empty text.

        A message that was not genuine involves no authority: somebody used its name.
        """
        if self.authority is not None:
            return self.authority.name
        return "" if self.found_through == Found.ORDER_REFUTED else self.found_authority[:200]
