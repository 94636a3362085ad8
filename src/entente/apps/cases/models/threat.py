"""A threat to life that somebody here saw: which states are concerned, what points to it, and whom one warned."""

from typing import ClassVar

from django.db import models

from entente.apps.cases.choices import Channel
from entente.apps.kernel.ids import new_id


class ThreatAlert(models.Model):
    """Somebody saw a threat to life in a case (TCO 14(5), DSA 18); the newest of a case counts.

    `states` are the states concerned (ISO 3166-1 alpha-2); empty means that nobody can tell, and then the host's own
    state and Europol are told. `host_state` is that of the host at that moment. The case goes on along its own road.
    `kept_items` counts the addresses kept so far, `is_kept` says that all are. `dropped_at`: somebody found before anyone
    was told that there is no threat, and says why.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="threat_alerts")
    states = models.JSONField(default=list)
    host_state = models.CharField(max_length=2, default="")
    signs = models.TextField()
    raised_by_id_text = models.CharField(max_length=80)
    raised_by_name = models.CharField(max_length=200)
    raised_at = models.DateTimeField()
    kept_items = models.PositiveIntegerField(default=0)
    is_kept = models.BooleanField(default=False)
    dropped_at = models.DateTimeField(null=True)
    dropped_by_id_text = models.CharField(max_length=80, default="")
    dropped_by_name = models.CharField(max_length=200, default="")
    drop_reason = models.TextField(default="")

    class Meta:
        """An alert says what points to the threat; the worker finds those whose content is not all kept."""

        indexes: ClassVar = [
            models.Index(fields=["raised_at"], name="cases_threat_unkept", condition=models.Q(is_kept=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(signs=""), name="cases_threat_has_signs"),
            models.CheckConstraint(
                condition=models.Q(dropped_at=None) | ~models.Q(drop_reason=""),
                name="cases_threat_drop_reasoned",
            ),
        ]


class ThreatWarning(models.Model):
    """Somebody told a recipient; append-only. `reference` is what the recipient calls it, or who took it.

    `recipient_key` is the recipient of the law data with its state ("FR:state_authorities"), empty for somebody else.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    alert = models.ForeignKey(ThreatAlert, on_delete=models.PROTECT, related_name="warnings")
    recipient_key = models.CharField(max_length=60, default="")
    recipient = models.CharField(max_length=200)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    reference = models.CharField(max_length=200)
    told_at = models.DateTimeField()
    told_by_id_text = models.CharField(max_length=80)
    told_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        """A warning names whom and under which reference they have it."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(recipient="") & ~models.Q(reference=""), name="cases_threat_warning_named"
            ),
        ]
