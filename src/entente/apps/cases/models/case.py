"""A case and the addresses it is about."""

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class CaseKind(models.TextChoices):
    """What the case grew out of; decides in which order the loop runs (DESIGN section 2)."""

    ORDER = "order", _("Removal order")
    INFORMATION = "information", _("Filed as information")
    REFERRAL = "referral", _("Referral")
    NOTICE = "notice", _("Notice")
    OWN_INITIATIVE = "own_initiative", _("Own initiative")
    MATCH = "match", _("Match with a known signal")
    DATA_REQUEST = "data_request", _("Request for data")
    THREAT = "threat", _("Threat to life")
    UNCLEAR = "unclear", _("Not settled yet")


class CaseState(models.TextChoices):
    """Whether there is work left. `left` = taken out by the suspected-child-abuse key."""

    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    LEFT = "left", _("Left for another route")


class CaseStage(models.TextChoices):
    """The next thing a person has to do."""

    SETTLE = "settle", _("Say what this is")
    CHECK = "check", _("Execution check")
    EFFECT = "effect", _("Waiting for the effect")
    ASSESS = "assess", _("Full assessment")
    FOLLOW = "follow", _("Challenge under way")
    ANSWER = "answer", _("Answer the sender")
    DONE = "done", _("Nothing left to do")


NO_CLOCK = datetime(9999, 12, 31, tzinfo=UTC)
"""Where a case without a clock sorts: last. SQLite has no index with nulls last."""


class Case(models.Model):
    """The unit of work.

    `legal_due_at` and `sort_at` repeat the earliest running deadline so that the inbox sorts by one index; the
    truth is in the clock room. There is no deadline logic here.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=20, choices=CaseKind.choices)
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    stage = models.CharField(max_length=10, choices=CaseStage.choices)
    intake_kind = models.CharField(max_length=20)
    intake_id = models.UUIDField()
    title = models.CharField(max_length=200)
    sender = models.CharField(max_length=200, default="")
    language = models.CharField(max_length=10, default="")
    is_binding = models.BooleanField(default=False)
    is_heavy = models.BooleanField(default=False)
    legal_due_at = models.DateTimeField(null=True)
    sort_at = models.DateTimeField(default=NO_CLOCK)
    legal_rule_id = models.CharField(max_length=60, default="")
    assigned_to = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    item_count = models.PositiveIntegerField(default=1)

    class Meta:
        """The inbox index holds only open cases, in the order the inbox shows them."""

        indexes: ClassVar = [
            models.Index(
                fields=["sort_at", "opened_at"], name="cases_inbox", condition=models.Q(state="open")
            ),
            models.Index(
                fields=["assigned_to", "sort_at"], name="cases_mine", condition=models.Q(state="open")
            ),
            models.Index(
                fields=["kind", "stage", "sort_at"], name="cases_stage", condition=models.Q(state="open")
            ),
            models.Index(
                fields=["kind", "sort_at", "opened_at"], name="cases_kind", condition=models.Q(state="open")
            ),
            models.Index(fields=["intake_id"], name="cases_intake"),
            models.Index(fields=["-closed_at"], name="cases_closed", condition=~models.Q(state="open")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state="open") | models.Q(closed_at__isnull=False),
                name="cases_closed_has_time",
            ),
        ]


class CaseItem(models.Model):
    """One address of a case; one decision in force at a time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    content_item = models.ForeignKey("content.ContentItem", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(default=0)
    url = models.CharField(max_length=8192)
    decision = models.ForeignKey("cases.Decision", null=True, on_delete=models.PROTECT, related_name="+")
    impossible_ground = models.CharField(max_length=40, default="")

    class Meta:
        """An address appears once per case."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "content_item"], name="cases_item_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["content_item"], name="cases_item_content")]


class Handover(models.Model):
    """A case changed hands. There is no field for a reason: handing back never needs one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="handovers")
    from_person = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    to_person = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
