"""Deadlines, what happened to them, and who is on call."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class Deadline(models.Model):
    """One clock of one rule for one subject.

    There is no foreign key to the subject on purpose: the clock room serves every room and knows none. `trigger_at` is
    the event as it is known best (the earliest with proof); `starts_at` is what the present run counts from, the
    trigger or a restart. `ladder_rule_id` is the rule whose alarms run now: a restart may have its own.
    `next_alarm_at` is when the sweeper has something to do here, whatever the state; empty means nothing is left.
    """

    class State(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", _("Running")
        MET = "met", _("Met")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("No longer counts")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    case_id = models.UUIDField(null=True)
    rule_id = models.CharField(max_length=80)
    ladder_rule_id = models.CharField(max_length=80)
    is_duty = models.BooleanField()
    trigger_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    legal_latest = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    run = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True)
    suspension_ground = models.CharField(max_length=200, default="")
    met_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    expiry_handled_at = models.DateTimeField(null=True)
    next_alarm_at = models.DateTimeField(null=True)
    acknowledged_by_id = models.CharField(max_length=80, default="")
    acknowledged_by_name = models.CharField(max_length=200, default="")
    acknowledged_at = models.DateTimeField(null=True)
    escalation_level = models.PositiveSmallIntegerField(default=0)
    escalate_at = models.DateTimeField(null=True)

    class Meta:
        """The sweeper's way in, the case's and the subject's; one running clock per subject and rule."""

        indexes: ClassVar = [
            models.Index(
                fields=["next_alarm_at"],
                name="deadline_alarm",
                condition=models.Q(next_alarm_at__isnull=False),
            ),
            # Without a condition: SQLite passes over a partial index here and reads every running clock instead.
            models.Index(fields=["case_id", "due_at"], name="deadline_case"),
            models.Index(fields=["subject_id", "rule_id"], name="deadline_subject"),
            models.Index(fields=["state", "due_at"], name="deadline_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "rule_id"],
                condition=models.Q(state="running"),
                name="deadline_one_running",
            ),
            models.CheckConstraint(
                name="deadline_met_has_its_time",
                condition=~models.Q(state="met") | models.Q(met_at__isnull=False),
            ),
            models.CheckConstraint(
                name="deadline_expired_has_its_time",
                condition=~models.Q(state="expired") | models.Q(expired_at__isnull=False),
            ),
        ]

    @property
    def is_met_in_time(self) -> bool:
        """Whether it was met, and not after its end."""
        return self.met_at is not None and self.met_at <= self.due_at


class DeadlineRestart(models.Model):
    """An appended event: the clock started again from a moment, on a ground. What was before stays written here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="restarts")
    at = models.DateTimeField()
    from_at = models.DateTimeField()
    ground = models.CharField(max_length=80)
    note = models.TextField(default="")
    recorded_by = models.CharField(max_length=200)
    previous_due_at = models.DateTimeField()
    previous_state = models.CharField(max_length=12)
    new_due_at = models.DateTimeField()


class DeadlineCorrection(models.Model):
    """An appended event: when the trigger really happened, with its proof. Only an earlier time moves the clock."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="corrections")
    at = models.DateTimeField()
    claimed_at = models.DateTimeField()
    previous_trigger_at = models.DateTimeField()
    proof = models.TextField()
    recorded_by = models.CharField(max_length=200)
    moved = models.BooleanField()


class DeadlineAlarm(models.Model):
    """One rung of the ladder in one run: rung, or missed because a later one was due when the machine woke."""

    class Outcome(models.TextChoices):
        """What became of the step."""

        FIRED = "fired", _("Rung")
        MISSED = "missed", _("Missed: a later one rang instead")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="alarms")
    run = models.PositiveSmallIntegerField()
    step_id = models.CharField(max_length=40)
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    woken = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """Each step at most once per run."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deadline", "run", "step_id"], name="deadline_step_once"),
        ]


class OnCallShift(models.Model):
    """Who is on call from when until when (half open); position 0 is woken first, 1 is the backup."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """Found by time; a shift has a length."""

        indexes: ClassVar = [models.Index(fields=["ends_at", "starts_at"], name="oncall_time")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="oncall_has_a_length", condition=models.Q(ends_at__gt=models.F("starts_at"))
            ),
            models.CheckConstraint(name="oncall_position_known", condition=models.Q(position__in=[0, 1])),
        ]
