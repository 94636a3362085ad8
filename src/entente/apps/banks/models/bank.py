"""A bank: whose it is, on what it rests, what a match with one of its signals may lead to."""

from typing import ClassVar

from django.db import models

from entente.apps.banks.choices import MOST_PROVISIONAL_HOURS, BankPolicy, BankState, NegativeKind, OwnerKind
from entente.apps.kernel.ids import new_id


class Bank(models.Model):
    """A curated set of signals.

    `restricted_by` is the proposal that two people took when the policy became `restrict`. `standing_count` and the two
    sums of judgements are kept with what they count, in the same transaction.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    owner_kind = models.CharField(max_length=10, choices=OwnerKind.choices)
    owner = models.CharField(max_length=200)
    authority = models.ForeignKey(
        "parties.Authority", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    basis = models.TextField()
    basis_reference = models.CharField(max_length=300, default="")
    policy = models.CharField(max_length=10, choices=BankPolicy.choices)
    restricted_by = models.ForeignKey(
        "banks.RestrictProposal", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    negative_kind = models.CharField(max_length=16, choices=NegativeKind.choices, default="")
    is_shared = models.BooleanField(default=False)
    radii = models.JSONField(default=dict)
    share_of_traffic = models.FloatField(default=1.0)
    provisional_hours = models.PositiveSmallIntegerField(default=MOST_PROVISIONAL_HOURS)
    disabled_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=BankState.choices, default=BankState.IN_USE)
    retired_at = models.DateTimeField(null=True)
    retired_reason = models.TextField(default="")
    created_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    standing_count = models.BigIntegerField(default=0)
    judged_right = models.PositiveBigIntegerField(default=0)
    judged_wrong = models.PositiveBigIntegerField(default=0)

    class Meta:
        """What the law data and two people ask of a bank, the table asks too."""

        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="banks_restrict_by_two_people",
                condition=models.Q(policy="restrict", restricted_by__isnull=False)
                | (~models.Q(policy="restrict") & models.Q(restricted_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="banks_restrict_is_based",
                condition=~models.Q(policy="restrict") | ~models.Q(basis_reference=""),
            ),
            models.CheckConstraint(
                name="banks_authority_never_restricts",
                condition=~models.Q(policy="restrict") | ~models.Q(owner_kind="authority"),
            ),
            models.CheckConstraint(
                name="banks_negative_never_restricts",
                condition=~models.Q(policy="restrict") | models.Q(negative_kind=""),
            ),
            models.CheckConstraint(
                name="banks_shared_is_own",
                condition=models.Q(is_shared=False) | models.Q(owner_kind="own", negative_kind=""),
            ),
            models.CheckConstraint(
                name="banks_share_of_traffic",
                condition=models.Q(share_of_traffic__gte=0.0, share_of_traffic__lte=1.0),
            ),
            models.CheckConstraint(
                name="banks_provisional_hours",
                condition=models.Q(provisional_hours__gte=1, provisional_hours__lte=MOST_PROVISIONAL_HOURS),
            ),
            models.CheckConstraint(
                name="banks_retired_has_time",
                condition=models.Q(state="retired", retired_at__isnull=False)
                | models.Q(state="in_use", retired_at__isnull=True),
            ),
            models.CheckConstraint(name="banks_has_a_basis", condition=~models.Q(basis="")),
        ]
