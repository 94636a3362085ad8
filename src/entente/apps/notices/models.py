"""Notices and referrals as they came in."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class NoticeKind(models.TextChoices):
    """Who alerts us; both are judged by this service before anything happens."""

    NOTICE = "notice", _("Notice")
    REFERRAL = "referral", _("Referral")


class Notice(models.Model):
    """One notice or referral. `token` opens its status page without an account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
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

    class Meta:
        """Good faith is an element of the notice (DSA 16(2)(d)), so a row without it cannot exist."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(is_good_faith=True) | models.Q(kind="referral"), name="notices_good_faith"
            ),
        ]
