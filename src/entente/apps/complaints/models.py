"""Complaints, their two-person rejections, and requests for scrutiny by the person affected."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class ComplaintState(models.TextChoices):
    """How far a complaint is."""

    OPEN = "open", _("Open")
    REJECTION_PROPOSED = "rejection_proposed", _("Rejection proposed, waiting for a second person")
    UPHELD = "upheld", _("Upheld")
    REJECTED = "rejected", _("Rejected")
    USED = "used", _("Used to challenge the order")
    NOT_USED = "not_used", _("No challenge, with reasons")


class Complaint(models.Model):
    """One complaint about one decision, by the person affected or by the notifier.

    A rejection needs two people (rule 6); an upheld complaint restores at once and needs one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.ForeignKey("cases.Decision", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+")
    complainant = models.CharField(max_length=10)
    road = models.CharField(max_length=12)
    text = models.TextField()
    contact_mail = models.CharField(max_length=254, default="")
    language = models.CharField(max_length=10, default="en")
    token = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=20, choices=ComplaintState.choices, default=ComplaintState.OPEN)
    lodged_at = models.DateTimeField()
    reasons = models.TextField(default="")
    proposed_by_id_text = models.CharField(max_length=80, default="")
    proposed_by_name = models.CharField(max_length=200, default="")
    decided_by_id_text = models.CharField(max_length=80, default="")
    decided_by_name = models.CharField(max_length=200, default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        """Open complaints are found by case; the same person cannot stand on both sides of a rejection."""

        indexes: ClassVar = [models.Index(fields=["case", "lodged_at"], name="complaints_case")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(state="rejected")
                | (
                    ~models.Q(proposed_by_id_text=models.F("decided_by_id_text"))
                    & ~models.Q(proposed_by_id_text="")
                ),
                name="complaints_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open"]) | ~models.Q(reasons=""), name="complaints_reasoned"
            ),
        ]


class ScrutinyRequest(models.Model):
    """A request for scrutiny the person affected wrote with our help (TCO 4(4)); kept so that its time is provable."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    statement = models.ForeignKey("cases.StatementOfReasons", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    name = models.CharField(max_length=200, default="")
    contact_mail = models.CharField(max_length=254, default="")
    requested_at = models.DateTimeField()
    delivery_id = models.UUIDField(null=True)
