"""Tables of orders: what came in, what was checked, what was answered, what ended it."""

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class Authenticity(models.TextChoices):
    """A state of its own (issue): a real order may arrive by a poor channel, a forged one by a good one."""

    VERIFIED = "verified", _("Verified")
    UNVERIFIED = "unverified", _("Unverified")
    REFUTED = "refuted", _("Refuted")


class Execution(models.TextChoices):
    """What the host did with the order."""

    AWAITING = "awaiting", _("Waiting for the execution check")
    EXECUTING = "executing", _("Sent to the platform")
    EXECUTED = "executed", _("Executed")
    IMPOSSIBLE = "impossible", _("Impossible, reported")
    NOT_BINDING = "not_binding", _("Filed as information")


class Fate(models.TextChoices):
    """What became of the order; everything but `in_force` and `final` has restored the content."""

    IN_FORCE = "in_force", _("In force")
    WITHDRAWN = "withdrawn", _("Withdrawn by its issuer")
    CEASED = "ceased", _("Ceased after scrutiny")
    ANNULLED = "annulled", _("Annulled by a court")
    FINAL = "final", _("Final")


ENDED = (Fate.WITHDRAWN, Fate.CEASED, Fate.ANNULLED)


class Course(models.TextChoices):
    """How the full assessment ended."""

    ACCEPT = "accept", _("Accept the order")
    SCRUTINY = "ask_for_scrutiny", _("Ask for scrutiny")
    COURT = "go_to_court", _("Go to court")
    WITHDRAWAL = "ask_to_withdraw", _("Ask the issuer to withdraw")


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for "no time of issue" where two orders are told apart by it."""


class RemovalOrder(models.Model):
    """One order as it reached the contact point.

    `received_at` is the moment it reached us, never when somebody typed it in; corrections are rows of
    their own (`ReceiptCorrection`) and the clocks use the earliest. `form` keeps the sender's Annex I as it
    came, or as somebody here typed it from paper (`FormVersion` keeps what stood there before): foreign input
    stays as it is, our own facts are columns. `examine_due`: the profile or the register changed since it was
    computed that it does not bind, and the worker computes it anew.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey("parties.Authority", null=True, on_delete=models.PROTECT, related_name="+")
    order_type_id = models.CharField(max_length=60)
    reference = models.CharField(max_length=200)
    issuer_name = models.CharField(max_length=300)
    issuer_country = models.CharField(max_length=2, default="")
    issued_at = models.DateTimeField(null=True)
    door = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    receipt_proof = models.TextField(default="")
    digest = models.CharField(max_length=64)
    addresses_digest = models.CharField(max_length=64)
    form = models.JSONField()
    findings = models.JSONField(default=list)
    authenticity = models.CharField(max_length=10, choices=Authenticity.choices)
    authenticity_method = models.CharField(max_length=30, default="")
    authenticity_note = models.TextField(default="")
    authenticity_at = models.DateTimeField(null=True)
    matches_register = models.BooleanField(default=False)
    is_binding = models.BooleanField()
    binding_reasons = models.JSONField(default=list)
    execution = models.CharField(max_length=12, choices=Execution.choices)
    executed_by_id_text = models.CharField(max_length=80, default="")
    executed_at = models.DateTimeField(null=True)
    fate = models.CharField(max_length=10, choices=Fate.choices, default=Fate.IN_FORCE)
    fate_at = models.DateTimeField(null=True)
    course = models.CharField(max_length=20, choices=Course.choices, default="")
    course_at = models.DateTimeField(null=True)
    silence_asked = models.BooleanField(default=False)
    related_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="related")
    related_how = models.CharField(max_length=20, default="")
    leaf_hash = models.CharField(max_length=64, default="")
    receipt = models.JSONField(default=dict)
    examine_due = models.BooleanField(default=False)

    class Meta:
        """The same order twice is found by issuer, law, reference and addresses; the database refuses a second row.

        Without a reference an authority's order is known by its addresses and its time of issue, while it stands.
        Whoever only claims to be an authority is not that authority: a forged message, refuted or not, never stands
        in the way of the real order.
        """

        indexes: ClassVar = [
            models.Index(fields=["reference", "issuer_name"], name="orders_reference"),
            models.Index(fields=["authority", "received_at"], name="orders_authority"),
            models.Index(fields=["addresses_digest"], name="orders_addresses"),
            models.Index(
                fields=["recorded_at"], name="orders_examine_due", condition=models.Q(examine_due=True)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["authority", "order_type_id", "reference", "addresses_digest"],
                name="orders_same_once",
                condition=~models.Q(reference="") & ~models.Q(authenticity="refuted"),
            ),
            models.UniqueConstraint(
                fields=["issuer_name", "order_type_id", "reference", "addresses_digest"],
                name="orders_same_claimed_once",
                condition=models.Q(authority__isnull=True)
                & ~models.Q(reference="")
                & ~models.Q(authenticity="refuted"),
            ),
            models.UniqueConstraint(
                "authority",
                "order_type_id",
                "addresses_digest",
                Coalesce("issued_at", models.Value(_NEVER)),
                name="orders_same_unreferenced_once",
                condition=models.Q(reference="", fate__in=["in_force", "final"])
                & ~models.Q(authenticity="refuted"),
            ),
            models.CheckConstraint(
                condition=models.Q(is_binding=True) | models.Q(execution__in=["not_binding"]),
                name="orders_unbinding_never_executed",
            ),
            models.CheckConstraint(
                condition=~models.Q(execution="executed") | models.Q(executed_at__isnull=False),
                name="orders_executed_has_time",
            ),
        ]


class ExecutionCheck(models.Model):
    """The five questions and their answers (DESIGN section 2); append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(RemovalOrder, on_delete=models.PROTECT, related_name="checks")
    is_authentic = models.BooleanField()
    is_addressed_to_us = models.BooleanField()
    is_complete = models.BooleanField()
    is_ours = models.BooleanField()
    is_free_of_manifest_error = models.BooleanField()
    note = models.TextField(default="")
    led_to = models.CharField(max_length=20)
    checked_by_id_text = models.CharField(max_length=80)
    checked_by_name = models.CharField(max_length=200)
    checked_at = models.DateTimeField()


class Answer(models.Model):
    """A document we sent back: Annex II, Annex III, a courteous reply, a request; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(RemovalOrder, on_delete=models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=24)
    ground = models.CharField(max_length=40, default="")
    document = models.JSONField()
    recipient = models.CharField(max_length=300, default="")
    delivery_id = models.UUIDField(null=True)
    written_by_name = models.CharField(max_length=200)
    written_at = models.DateTimeField()


class HandOver(models.Model):
    """A person brought a document to the authority by a road of their own, and how; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="hand_overs")
    how = models.CharField(max_length=500)
    handed_over_by_name = models.CharField(max_length=200)
    handed_over_at = models.DateTimeField()


class ReceiptCorrection(models.Model):
    """A correction of the time of receipt, with its proof; append-only (rule 4)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(RemovalOrder, on_delete=models.PROTECT, related_name="corrections")
    received_at = models.DateTimeField()
    proof = models.TextField()
    corrected_by_name = models.CharField(max_length=200)
    corrected_at = models.DateTimeField()


class FormWhy(models.TextChoices):
    """Why a form is not any more what stood there."""

    COMPLETED = "completed", _("Completed from the paper")
    CLARIFIED = "clarified", _("Clarified by the authority")
    PROVEN = "proven", _("The signed copy of the same order")


class FormVersion(models.Model):
    """What stood in an order's form before it was completed from the paper, or clarified; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(RemovalOrder, on_delete=models.PROTECT, related_name="form_versions")
    form = models.JSONField()
    why = models.CharField(max_length=10, choices=FormWhy.choices, default=FormWhy.COMPLETED)
    replaced_by_name = models.CharField(max_length=200)
    replaced_at = models.DateTimeField()


class OrderEvent(models.Model):
    """What others did to the order: withdrawal, scrutiny decision, judgment, clarification; append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(RemovalOrder, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=30)
    by_whom = models.CharField(max_length=300)
    document = models.TextField(default="")
    happened_at = models.DateTimeField()
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()


class Restoration(models.Model):
    """What an order that ended has to give back: written with the end itself, carried out in batches (TCO 4(7)).

    `finished_at` when every address is restored and everybody told. Who ended the order is who restores.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(RemovalOrder, on_delete=models.PROTECT, related_name="restorations")
    why = models.CharField(max_length=10)
    actor_kind = models.CharField(max_length=20)
    actor_id_text = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """The worker finds what is not finished."""

        indexes: ClassVar = [
            models.Index(
                fields=["started_at"],
                name="orders_restoration_open",
                condition=models.Q(finished_at__isnull=True),
            )
        ]


class RefusedOrder(models.Model):
    """An order that an authority sent signed and that is too long or too large to be taken in.

    It is no order here and has no clock; the people who work the inbox see it until one of them has looked, because
    an authority may need help to split it. `times` counts the same attempt again.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    authority = models.ForeignKey("parties.Authority", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=200, default="")
    addresses = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    limit = models.PositiveBigIntegerField()
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by_name = models.CharField(max_length=200, default="")

    class Meta:
        """One row per attempt that nobody has looked at."""

        indexes: ClassVar = [
            models.Index(fields=["last_at"], name="orders_refused", condition=models.Q(seen_at__isnull=True))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["authority", "reference", "addresses", "size_bytes"],
                name="orders_refused_once",
                condition=models.Q(seen_at__isnull=True),
            )
        ]


class SeenSignature(models.Model):
    """A message signature that was accepted once; the same one again is a replay (RFC 9421, section 7.2.2)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)
