"""A signal in a bank, where it came from, and the gap-free sequence of changes of its standing."""

from typing import ClassVar

from django.db import models

from entente.apps.banks.choices import ChangeKind, ProvenanceKind, RetractedBy, SharingUse, SignalState
from entente.apps.banks.fields import RowNumber
from entente.apps.banks.models.bank import Bank
from entente.apps.banks.models.entity import EntityLabel
from entente.apps.kernel.ids import new_id


class Provenance(models.Model):
    """One occasion on which signals came into a bank: how, from where, by whom, because of what. Many signals share one.

    Case and decision are ids without a foreign key: those rooms stand above this one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="provenances")
    how = models.CharField(max_length=10, choices=ProvenanceKind.choices)
    source = models.CharField(max_length=300, default="")
    reason = models.TextField(default="")
    case_id = models.UUIDField(null=True)
    decision_id = models.UUIDField(null=True)
    added_by_kind = models.CharField(max_length=20)
    added_by_id_text = models.CharField(max_length=80)
    added_by_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        """What a decision brought is found by the decision."""

        indexes: ClassVar = [
            models.Index(
                fields=["decision_id"],
                name="banks_from_decision",
                condition=models.Q(decision_id__isnull=False),
            )
        ]


class Signal(models.Model):
    """One canonical value of one type in one bank. Its number is the row of the index that matches it.

    `value_key` is the value, or its digest where it is long, so that an index can hold it. `state` follows from the
    times and reasons beside it; `due_at` is when time alone changes it next. `copied_from` is the signal it was adopted
    or shared from.
    """

    id = RowNumber(primary_key=True)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="signals", db_index=False)
    signal_type = models.CharField(max_length=40)
    value = models.BinaryField()
    value_key = models.BinaryField(max_length=33)
    provenance = models.ForeignKey(
        Provenance, on_delete=models.PROTECT, related_name="signals", db_index=False
    )
    added_at = models.DateTimeField()
    partner_ref = models.CharField(max_length=500, default="")
    note = models.CharField(max_length=2000, default="")
    entity = models.ForeignKey(
        EntityLabel, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    labels = models.TextField(default="")
    state = models.CharField(max_length=12, choices=SignalState.choices, default=SignalState.STANDING)
    due_at = models.DateTimeField(null=True)
    disabled_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    quarantined_at = models.DateTimeField(null=True)
    quarantine_reason = models.TextField(default="")
    retracted_at = models.DateTimeField(null=True)
    retracted_by = models.CharField(max_length=12, choices=RetractedBy.choices, default="")
    retract_reason = models.TextField(default="")
    confirmed_by_id_text = models.CharField(max_length=80, default="")
    confirmed_by_name = models.CharField(max_length=200, default="")
    confirmed_at = models.DateTimeField(null=True)
    born_of_order = models.UUIDField(null=True)
    not_shared_before = models.DateTimeField(null=True)
    copied_from = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="copies", db_index=False
    )
    use_at_most = models.CharField(max_length=10, choices=SharingUse.choices, default="")
    confirms = models.PositiveIntegerField(default=0)
    contests = models.PositiveIntegerField(default=0)
    judged_right = models.PositiveIntegerField(default=0)
    judged_wrong = models.PositiveIntegerField(default=0)

    class Meta:
        """A value stands in a bank once; few and narrow indexes, because a million rows arrive in a minute."""

        indexes: ClassVar = [
            models.Index(fields=["bank", "id"], name="banks_signals_of_bank"),
            models.Index(fields=["due_at"], name="banks_due", condition=models.Q(due_at__isnull=False)),
            models.Index(
                fields=["bank", "partner_ref"],
                name="banks_partner_ref",
                condition=~models.Q(partner_ref=""),
            ),
            models.Index(
                fields=["born_of_order"],
                name="banks_born_of_order",
                condition=models.Q(born_of_order__isnull=False),
            ),
            models.Index(
                fields=["copied_from"],
                name="banks_copies",
                condition=models.Q(copied_from__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank", "signal_type", "value_key"], name="banks_value_once"),
            models.CheckConstraint(
                name="banks_retracted_is_told",
                condition=models.Q(state="retracted", retracted_at__isnull=False)
                & ~models.Q(retracted_by="")
                & ~models.Q(retract_reason="")
                | ~models.Q(state="retracted") & models.Q(retracted_at__isnull=True, retracted_by=""),
            ),
            models.CheckConstraint(
                name="banks_quarantine_is_told",
                condition=models.Q(quarantined_at__isnull=True) & ~models.Q(state="quarantined")
                | models.Q(quarantined_at__isnull=False, state__in=["quarantined", "retracted"])
                & ~models.Q(quarantine_reason=""),
            ),
            models.CheckConstraint(
                name="banks_confirmed_by_somebody",
                condition=models.Q(confirmed_at__isnull=True, confirmed_by_id_text="")
                | models.Q(confirmed_at__isnull=False) & ~models.Q(confirmed_by_id_text=""),
            ),
            models.CheckConstraint(
                name="banks_order_has_its_window",
                condition=models.Q(born_of_order__isnull=True, not_shared_before__isnull=True)
                | models.Q(born_of_order__isnull=False, not_shared_before__isnull=False),
            ),
        ]


class SignalChange(models.Model):
    """One change of standing. The numbers have no gap, and none appears below one that was read. Append-only."""

    number = RowNumber(primary_key=True)
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="changes", db_index=False)
    signal_type = models.CharField(max_length=40)
    stands = models.BooleanField()
    kind = models.CharField(max_length=12, choices=ChangeKind.choices)
    reason = models.TextField(default="")
    by_name = models.CharField(max_length=200, default="")
    at = models.DateTimeField()

    class Meta:
        """Read in the order of the numbers, or of one signal."""

        indexes: ClassVar = [models.Index(fields=["signal"], name="banks_changes_of_signal")]


class ChangeCounter(models.Model):
    """The one row that gives out numbers. Whoever holds its lock is alone in numbering until the commit."""

    slot = models.CharField(max_length=10, primary_key=True)
    last_change = models.BigIntegerField(default=0)
    last_signal = models.BigIntegerField(default=0)
