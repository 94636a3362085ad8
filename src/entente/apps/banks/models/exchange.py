"""An exchange: a partner's feed, bound to the bank it fills; and each time it was fetched."""

from typing import ClassVar

from django.db import models

from entente.apps.banks.choices import ExchangeState, RunOutcome
from entente.apps.banks.models.bank import Bank
from entente.apps.kernel.ids import new_id


class Exchange(models.Model):
    """Where a partner's signals come from. `config` holds no secret: those lie sealed beside it.

    While it is being fetched, `next_fetch_at` is the end of a lease, so that a worker that died delays the next one
    only. `may_shrink`: a person looked at a list that lost most of its signals, and says that it is right.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    bank = models.OneToOneField(Bank, on_delete=models.PROTECT, related_name="exchange")
    kind = models.CharField(max_length=40)
    config = models.JSONField(default=dict)
    credentials_sealed = models.BinaryField(null=True)
    checkpoint = models.TextField(default="")
    every_minutes = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ExchangeState.choices, default=ExchangeState.ON)
    next_fetch_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, default="")
    succeeded_at = models.DateTimeField(null=True)
    may_shrink = models.BooleanField(default=False)
    created_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        """What is due is found first; only what is on has a next time."""

        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_fetch_at"],
                name="banks_exchange_due",
                condition=models.Q(next_fetch_at__isnull=False),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="banks_exchange_on_has_next",
                condition=models.Q(state="on", next_fetch_at__isnull=False)
                | ~models.Q(state="on") & models.Q(next_fetch_at__isnull=True),
            ),
            models.CheckConstraint(name="banks_exchange_pause", condition=models.Q(every_minutes__gte=1)),
        ]


class ExchangeRun(models.Model):
    """One fetch of an exchange and what it brought. `bad_samples` are reasons, never what was written there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    exchange = models.ForeignKey(Exchange, on_delete=models.PROTECT, related_name="runs", db_index=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=RunOutcome.choices, default=RunOutcome.RUNNING)
    pages = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    retracted = models.PositiveIntegerField(default=0)
    bad = models.PositiveIntegerField(default=0)
    bad_samples = models.JSONField(default=list)
    error = models.CharField(max_length=300, default="")

    class Meta:
        """The last runs of an exchange are what people ask for."""

        indexes: ClassVar = [models.Index(fields=["exchange", "-started_at"], name="banks_runs")]
