"""The host this instance works for: what decides whether a law binds it."""

from typing import ClassVar

from django.db import models
from typing_extensions import override

from entente.apps.kernel.ids import new_id
from entente.apps.parties import choices


class HostProfile(models.Model):
    """The one row that says who the hosting service is.

    Establishment, representation, offer and dissemination to the public decide which order binds (Regulation (EU)
    2021/784, Art. 1(2), 2(3) to 2(5) and 17; Regulation (EU) 2022/2065, Art. 13). What nobody has said yet is null.
    """

    SizeClass = choices.SizeClass

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slot = models.CharField(max_length=4, default="host", unique=True, editable=False)
    name = models.CharField(max_length=200)
    established_in = models.CharField(max_length=2, blank=True)
    represented_in = models.CharField(max_length=2, blank=True)
    representative_name = models.CharField(max_length=200, blank=True)
    offers_in = models.JSONField(default=list)
    disseminates_to_public = models.BooleanField(null=True)
    service_hosts = models.JSONField(default=list)
    contact_point_mail = models.EmailField(max_length=254)
    languages = models.JSONField(default=list)
    size_class = models.CharField(max_length=12, choices=SizeClass.choices, default=SizeClass.SMALL)
    terms_url = models.URLField(max_length=500, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        """Exactly one row."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(slot="host"), name="parties_one_host_profile"),
        ]

    @override
    def __str__(self) -> str:
        return self.name
