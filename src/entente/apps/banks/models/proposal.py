"""What takes two people here: a bank that restricts, signals that leave this instance (DESIGN.md rule 6)."""

from typing import ClassVar

from django.db import models

from entente.apps.banks.choices import ProposalState, SharingUse
from entente.apps.banks.models.bank import Bank
from entente.apps.kernel.ids import new_id


def _two_people() -> models.Q:
    """Return the condition that a confirmed proposal names two different people, and a decided one its decider."""
    decided_by_another = ~models.Q(decided_by_id_text=models.F("proposed_by_id_text"))
    named = ~models.Q(decided_by_id_text="") & models.Q(decided_at__isnull=False)
    return (
        models.Q(state="proposed", decided_at__isnull=True)
        | (models.Q(state__in=["refused", "overtaken"]) & named)
        | (models.Q(state="confirmed") & named & decided_by_another & ~models.Q(proposed_by_id_text=""))
    )


class RestrictProposal(models.Model):
    """Somebody would let a bank restrict. `settings` are those of the bank as the second person sees and confirms them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="restrict_proposals")
    ground = models.TextField()
    settings = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    proposed_by_id_text = models.CharField(max_length=80)
    proposed_by_name = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    decided_by_id_text = models.CharField(max_length=80, default="")
    decided_by_name = models.CharField(max_length=200, default="")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(default="")

    class Meta:
        """One waits per bank; two people are two."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bank"], condition=models.Q(state="proposed"), name="banks_one_restrict_proposal"
            ),
            models.CheckConstraint(condition=_two_people(), name="banks_restrict_two_people"),
        ]


class SharingProposal(models.Model):
    """Somebody would give signals of this service to partners, by copying them into a shared bank.

    `ground_id` names the law data's ground. `is_unlawful_in_any_setting` is the statement that whoever confirms takes
    over; without it the signals can be shared to open cases only.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="sharing_proposals")
    signal_ids = models.JSONField()
    use_at_most = models.CharField(max_length=10, choices=SharingUse.choices)
    ground_id = models.CharField(max_length=60)
    statement = models.TextField()
    is_unlawful_in_any_setting = models.BooleanField()
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    proposed_by_id_text = models.CharField(max_length=80)
    proposed_by_name = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    decided_by_id_text = models.CharField(max_length=80, default="")
    decided_by_name = models.CharField(max_length=200, default="")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(default="")

    class Meta:
        """Waiting ones are found first; who shares for restricting says that the setting does not matter."""

        indexes: ClassVar = [
            models.Index(
                fields=["proposed_at"], name="banks_sharing_waiting", condition=models.Q(state="proposed")
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=_two_people(), name="banks_sharing_two_people"),
            models.CheckConstraint(
                condition=models.Q(use_at_most="open_case") | models.Q(is_unlawful_in_any_setting=True),
                name="banks_sharing_stated",
            ),
            models.CheckConstraint(
                condition=~models.Q(ground_id="") & ~models.Q(statement=""), name="banks_sharing_reasoned"
            ),
        ]
