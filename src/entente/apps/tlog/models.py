"""Leaves and their salts. Triggers in the database refuse to change or delete what a leaf says."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class Leaf(models.Model):
    """One public statement: the exact bytes that will be in the log, and their Merkle leaf hash.

    There is no subject column on purpose: what a leaf is about is in its commitments, and only the salts tell. The row's
    id and `created_at` are ours alone; they never leave, because they would tell the time of an act about one person.
    """

    class State(models.TextChoices):
        """Whether the log's tree holds it yet."""

        PENDING = "pending", _("Waiting to be integrated")
        INTEGRATED = "integrated", _("In the log")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    leaf_hash = models.CharField(max_length=64, unique=True)
    data = models.BinaryField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField()

    fresh_salts: dict[str, bytes] | None = None
    """The salts as they were just drawn, so that a receipt in the same request needs no second query."""

    class Meta:
        """The integrator takes pending leaves in the order they came."""

        verbose_name_plural = "leaves"
        indexes: ClassVar = [
            models.Index(fields=["id"], name="tlog_pending", condition=models.Q(state="pending")),
            models.Index(fields=["kind", "created_at"], name="tlog_kind"),
        ]


class LeafSalt(models.Model):
    """What opens one commitment of one leaf. It can be destroyed, and nothing else can happen to it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    leaf = models.ForeignKey(Leaf, on_delete=models.PROTECT, related_name="salts")
    field = models.CharField(max_length=40)
    salt = models.BinaryField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        """One salt per commitment; gone means gone, with its time."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["leaf", "field"], name="tlog_salt_per_field"),
            models.CheckConstraint(
                name="tlog_salt_or_its_end",
                condition=models.Q(salt__isnull=False, destroyed_at__isnull=True)
                | models.Q(salt__isnull=True, destroyed_at__isnull=False),
            ),
        ]
