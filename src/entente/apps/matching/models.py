"""Matches: what a client asked about, which known signals it met, and how far away."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class Through(models.TextChoices):
    """Through what it was recognised."""

    CHECK = "check", _("A check")
    STORED = "stored", _("A comparison with what is stored")


class Recognition(models.Model):
    """One thing of one asker that met at least one known signal; the intake record of its case, where it has one.

    `content_key` is the SHA-256 of how the asker names the thing, so that a repeated check joins the same row.
    `content_digest` is the SHA-256 of its bytes, empty where they were not sent. `doubted_at`: a signal it rests on gave
    way, and the worker has not looked yet. Nothing is kept of what met no signal.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asker_id_text = models.CharField(max_length=80)
    asker_name = models.CharField(max_length=200)
    through = models.CharField(max_length=10, choices=Through.choices, default=Through.CHECK)
    content_key = models.CharField(max_length=64)
    content_ref = models.CharField(max_length=200, default="")
    content_digest = models.CharField(max_length=64, default="")
    content_item = models.ForeignKey(
        "content.ContentItem", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    case = models.ForeignKey(
        "cases.Case", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    times_seen = models.PositiveIntegerField(default=1)
    doubted_at = models.DateTimeField(null=True)
    doubt = models.CharField(max_length=12, default="")

    class Meta:
        """One row per asker and thing; several askers' rows may share a case."""

        indexes: ClassVar = [
            models.Index(
                fields=["doubted_at"],
                name="matching_doubted",
                condition=models.Q(doubted_at__isnull=False),
            ),
            models.Index(fields=["case"], name="matching_case"),
            models.Index(fields=["-first_seen_at", "-id"], name="matching_newest"),
            models.Index(fields=["content_item"], name="matching_item"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["asker_id_text", "content_key"], name="matching_thing_once"),
            models.CheckConstraint(
                condition=models.Q(case__isnull=True) | models.Q(content_item__isnull=False),
                name="matching_case_has_an_address",
            ),
        ]


class Match(models.Model):
    """A thing met a signal, at a distance in the unit of the signal's type; never a verdict.

    `policy` is what the bank's policy allowed at that moment; `not_restricted` is the first reason why no provisional
    restriction followed (`banks.rules.MayRestrict`, and those of `matching.rules`), empty where one did.
    `radius` is how far the bank let a match be, `reached` the number of the change sequence that was compared with.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    recognition = models.ForeignKey(Recognition, on_delete=models.PROTECT, related_name="matches")
    signal = models.ForeignKey("banks.Signal", on_delete=models.PROTECT, related_name="+", db_index=False)
    bank = models.ForeignKey("banks.Bank", on_delete=models.PROTECT, related_name="+", db_index=False)
    signal_type = models.CharField(max_length=40)
    value = models.BinaryField()
    distance = models.PositiveIntegerField()
    radius = models.PositiveIntegerField()
    policy = models.CharField(max_length=10)
    is_negative = models.BooleanField(default=False)
    not_restricted = models.CharField(max_length=40, default="")
    reached = models.BigIntegerField()
    matched_at = models.DateTimeField()

    class Meta:
        """One row per thing and signal; floods are counted by signal and time."""

        indexes: ClassVar = [
            models.Index(fields=["signal", "matched_at"], name="matching_of_signal"),
            models.Index(fields=["bank", "-matched_at"], name="matching_of_bank"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recognition", "signal"], name="matching_signal_once"),
        ]


class CheckCount(models.Model):
    """How many checks were answered how, per asker and hour: sums alone, so nobody's content is in them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asker_id_text = models.CharField(max_length=80)
    hour = models.DateTimeField()
    answer = models.CharField(max_length=10)
    signal_type = models.CharField(max_length=40)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        """One sum each."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["asker_id_text", "hour", "answer", "signal_type"], name="matching_count_once"
            ),
        ]
