"""Decisions, immutable, and the actions carried out because of them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class Outcome(models.TextChoices):
    """What was decided about one address."""

    DISABLE = "disable", _("Disable")
    RESTRICT = "restrict_by_country", _("Restrict by country")
    LABEL = "warning_label", _("Warning label")
    KEEP = "keep", _("Keep")
    RESTORE = "restore", _("Restore")


RESTRICTIONS = (Outcome.DISABLE, Outcome.RESTRICT, Outcome.LABEL)


class Decision(models.Model):
    """A reasoned outcome about one address.

    Never edited: triggers refuse UPDATE and DELETE. A later decision names the one it `supersedes`.
    What rule 1 asks of a restriction (basis, reasons, scope, end or review, road of redress) is a
    constraint of the table, so that no code path can forget it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="decisions")
    item = models.ForeignKey("cases.CaseItem", on_delete=models.PROTECT, related_name="decisions")
    assessment = models.ForeignKey("cases.Assessment", null=True, on_delete=models.PROTECT, related_name="+")
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    outcome = models.CharField(max_length=24, choices=Outcome.choices)
    basis_id = models.CharField(max_length=60)
    ground_id = models.CharField(max_length=60, default="")
    facts = models.TextField(default="")
    reasons = models.TextField()
    scope_kind = models.CharField(max_length=12)
    scope_countries = models.JSONField(default=list)
    label = models.CharField(max_length=200, default="")
    redress_road = models.CharField(max_length=12)
    state_involved = models.CharField(max_length=200, default="")
    ends_at = models.DateTimeField(null=True)
    review_at = models.DateTimeField(null=True)
    decided_by_id_text = models.CharField(max_length=80)
    decided_by_name = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    class Meta:
        """What the law asks of a restriction, the database asks too."""

        indexes: ClassVar = [
            models.Index(fields=["decided_at"], name="cases_decision_at"),
            models.Index(
                fields=["ends_at"],
                name="cases_decision_ends",
                condition=models.Q(ends_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(outcome__in=RESTRICTIONS)
                | (
                    ~models.Q(basis_id="")
                    & ~models.Q(reasons="")
                    & models.Q(scope_kind__in=["worldwide", "countries"])
                    & ~models.Q(redress_road="")
                    & (models.Q(ends_at__isnull=False) | models.Q(review_at__isnull=False))
                ),
                name="cases_restriction_has_grounds",
            ),
            models.CheckConstraint(
                condition=~models.Q(basis_id="provisional.match", outcome__in=RESTRICTIONS)
                | models.Q(ends_at__isnull=False),
                name="cases_provisional_ends",
            ),
        ]


class ActionState(models.TextChoices):
    """How far the platform is with a measure."""

    PENDING = "pending", _("Sent, no answer yet")
    APPLIED = "applied", _("In effect")
    FAILED = "failed", _("The platform refused")
    UNDOING = "undoing", _("Restoring")
    UNDONE = "undone", _("Restored")


class Action(models.Model):
    """A measure on the platform because of one decision. Every effect is reversible (TCO 4(2)).

    `ask_again_at` is set while it waits its turn, among many of its case, to be asked for again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=10, choices=ActionState.choices, default=ActionState.PENDING)
    requested_at = models.DateTimeField()
    effect_at = models.DateTimeField(null=True)
    effect_recorded_at = models.DateTimeField(null=True)
    undo_requested_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undo_reason = models.CharField(max_length=60, default="")
    ask_again_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, default="")
    confirm_token = models.CharField(max_length=64, unique=True)

    class Meta:
        """Live actions are looked up by decision and by state."""

        indexes: ClassVar = [
            models.Index(fields=["state", "requested_at"], name="cases_action_state"),
            models.Index(
                fields=["ask_again_at"],
                name="cases_action_again",
                condition=models.Q(ask_again_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "kind"], name="cases_action_once"),
            models.CheckConstraint(
                condition=~models.Q(state="applied") | models.Q(effect_at__isnull=False),
                name="cases_applied_has_time",
            ),
        ]


class OutsideLook(models.Model):
    """What this instance saw when it asked for the address from outside, after a confirmation by hand."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="outside_looks")
    due_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)
    status_code = models.PositiveIntegerField(null=True)
    verdict = models.CharField(max_length=20, default="")
    detail = models.CharField(max_length=300, default="")
