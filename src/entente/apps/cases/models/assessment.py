"""The full legal and fundamental-rights assessment, field by field."""

from typing import ClassVar

from django.db import models

from entente.apps.kernel.ids import new_id


class Assessment(models.Model):
    """One person's full assessment of one address (DESIGN section 2; TCO 1(3), 2(7); ICCPR 19(3); Rabat).

    Columns instead of a JSON document: these are our own facts, and reports count them. A row is complete
    or it is a draft; a complete one is never edited, the next one supersedes it. `linguist` is a person from elsewhere
    whom this service invited; an old row names one in the note only.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="assessments")
    item = models.ForeignKey(
        "cases.CaseItem", null=True, on_delete=models.PROTECT, related_name="assessments"
    )
    road = models.CharField(max_length=10)
    is_complete = models.BooleanField(default=False)
    ground = models.CharField(max_length=60, default="")
    purposes_considered = models.JSONField(default=list)
    true_purpose = models.CharField(max_length=60, default="")
    polemic = models.BooleanField(null=True)
    exemption_reasoning = models.TextField(default="")
    danger = models.TextField(default="")
    test_provided_by_law = models.TextField(default="")
    test_legitimate_aim = models.TextField(default="")
    test_necessity = models.TextField(default="")
    factor_context = models.TextField(default="")
    factor_speaker = models.TextField(default="")
    factor_intent = models.TextField(default="")
    factor_content_and_form = models.TextField(default="")
    factor_extent = models.TextField(default="")
    factor_likelihood = models.TextField(default="")
    scope_kind = models.CharField(max_length=12, default="")
    scope_countries = models.JSONField(default=list)
    scope_reasoning = models.TextField(default="")
    language = models.CharField(max_length=35, default="")
    understood_by = models.CharField(max_length=30, default="")
    linguist = models.ForeignKey("parties.Person", null=True, on_delete=models.PROTECT, related_name="+")
    understood_by_note = models.TextField(default="")
    outcome = models.CharField(max_length=24, default="")
    reasoning = models.TextField(default="")
    assessed_by = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        """One draft per person and address."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "item", "assessed_by"],
                condition=models.Q(is_complete=False),
                name="cases_one_draft",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(is_complete=False) | models.Q(completed_at__isnull=False),
                name="cases_assessment_has_time",
            ),
        ]
