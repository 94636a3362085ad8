"""What people and partners say about a signal, and what came of its matches."""

from typing import ClassVar

from django.db import models

from entente.apps.banks.choices import AuthorKind, OpinionKind
from entente.apps.banks.models.signal import Signal
from entente.apps.kernel.ids import new_id


class SignalOpinion(models.Model):
    """One author's view of a signal. The one with the highest number is in force; the others are history. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="opinions", db_index=False)
    author_kind = models.CharField(max_length=10, choices=AuthorKind.choices)
    author_id_text = models.CharField(max_length=80)
    author_name = models.CharField(max_length=200)
    number = models.PositiveIntegerField()
    says = models.CharField(max_length=10, choices=OpinionKind.choices)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        """One in force per author, because each of them numbers its own."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["signal", "author_kind", "author_id_text", "number"], name="banks_opinion_number"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="banks_opinion_reasoned"),
        ]


class SignalJudgement(models.Model):
    """What people decided about one thing that a signal met: was the match right? The latest decision counts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="judgements", db_index=False)
    item_id = models.UUIDField()
    case_id = models.UUIDField(null=True)
    decision_id = models.UUIDField()
    is_right = models.BooleanField()
    judged_by_name = models.CharField(max_length=200)
    judged_at = models.DateTimeField()

    class Meta:
        """One judgement per signal and thing."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["signal", "item_id"], name="banks_judged_once"),
        ]
