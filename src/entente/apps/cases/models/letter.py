"""The letter to the person affected, and the one switch that can hold it back."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class LetterState(models.TextChoices):
    """Where the letter is."""

    SENT = "sent", _("Sent")
    WITHHELD = "withheld", _("Held back by law, until a date")
    WITHOUT_ADDRESS = "without_address", _("The platform could not say who was affected")


class ToldHow(models.TextChoices):
    """By which way somebody here told the person affected, where the platform could not."""

    TELEPHONE = "telephone", _("By telephone")
    MAIL = "mail", _("By e-mail")
    POST = "post", _("By post")
    IN_PERSON = "in_person", _("In person")
    OTHER = "other", _("Another way")


class StatementOfReasons(models.Model):
    """One letter for one decision (DSA 17; TCO 11 for orders). `token` opens its page without an account.

    `informed_at` is when the platform, or the mail server, had it, or when somebody here told the person by hand
    (`told_how`); empty while it is on its way.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.OneToOneField("cases.Decision", on_delete=models.PROTECT, related_name="statement")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="statements")
    token = models.CharField(max_length=64, unique=True)
    form = models.CharField(max_length=10)
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=16, choices=LetterState.choices)
    written_at = models.DateTimeField()
    informed_at = models.DateTimeField(null=True)
    told_how = models.CharField(max_length=10, choices=ToldHow.choices, default="")
    told_note = models.CharField(max_length=300, default="")
    told_by_name = models.CharField(max_length=200, default="")

    class Meta:
        """Nobody is informed by a letter that did not go out: the person's deadlines run from `informed_at` (DSA 20(2))."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state="sent") | models.Q(informed_at__isnull=True),
                name="cases_informed_by_a_sent_letter",
            ),
            models.CheckConstraint(
                condition=models.Q(told_how="") | models.Q(informed_at__isnull=False),
                name="cases_told_by_hand_is_told",
            ),
        ]


class Silence(models.Model):
    """A lawful non-disclosure on one case: who asked, on which rule, until when (TCO 11(3)).

    While it runs nothing anywhere says more or less than for any unavailable content (rule 14). `is_opening` while
    letters that it held back are still going out, a batch at a time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="silence")
    rule_id = models.CharField(max_length=60)
    asked_by = models.CharField(max_length=200)
    reason = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    extension_reason = models.TextField(default="")
    extended_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    is_opening = models.BooleanField(default=False)

    class Meta:
        """A silence always has an end after its start."""

        indexes: ClassVar = [
            models.Index(
                fields=["ends_at"], name="cases_silence_end", condition=models.Q(ended_at__isnull=True)
            ),
            models.Index(
                fields=["ended_at"], name="cases_silence_opening", condition=models.Q(is_opening=True)
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="cases_silence_ends"
            ),
        ]
