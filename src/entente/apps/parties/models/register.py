"""The register of authorities: how we know who is speaking, written here before anybody spoke.

Nothing in it is ever filled from a message received: a call-back goes to the number in this register, an
order is checked against the key in this register (Regulation (EU) 2021/784, Art. 3(7) and Art. 12).
"""

from typing import ClassVar

from django.db import models
from typing_extensions import override

from entente.apps.kernel.ids import new_id
from entente.apps.parties import choices

KEY_NAME_LENGTH = 120


class Authority(models.Model):
    """A public authority this instance knows."""

    Kind = choices.AuthorityKind

    Competence = choices.Competence

    Status = choices.AuthorityStatus

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    competences = models.JSONField(default=list)
    callback_phone = models.CharField(max_length=40, blank=True)
    contact_mail = models.EmailField(max_length=254, blank=True)
    callback_url = models.URLField(max_length=500, blank=True)
    languages = models.JSONField(default=list)
    source_note = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.REGISTERED)
    status_reason = models.TextField(blank=True)
    exercise = models.BooleanField(default=False)
    registered_at = models.DateTimeField()

    class Meta:
        """One entry per name and country."""

        verbose_name_plural = "authorities"
        ordering: ClassVar = ["country", "name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "name"], name="parties_one_entry_per_authority"),
            models.CheckConstraint(
                condition=models.Q(status__in=["registered", "suspended", "removed"]),
                name="parties_known_authority_status",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.name} ({self.country})"


class AuthorityMailDomain(models.Model):
    """A mail domain the authority writes from: a hint of who it is, never a proof."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="mail_domains")
    domain = models.CharField(max_length=253)

    class Meta:
        """Looked up by domain."""

        ordering: ClassVar = ["domain"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authority", "domain"], name="parties_domain_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["domain"], name="parties_mail_domain")]


class AuthorityKey(models.Model):
    """A public key an authority signs with (Ed25519, RFC 8032), named by its RFC 9421 `keyid`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="keys")
    key_id = models.CharField(max_length=KEY_NAME_LENGTH, unique=True)
    algorithm = models.CharField(max_length=16, default="ed25519")
    public_key = models.CharField(max_length=44)
    fingerprint = models.CharField(max_length=64)
    exercise = models.BooleanField(default=False)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    registered_by_name = models.CharField(max_length=200)
    registered_at = models.DateTimeField()
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    revoked_by_name = models.CharField(max_length=200, blank=True, default="")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.TextField(blank=True, default="")

    class Meta:
        """A key belongs to one authority only."""

        ordering: ClassVar = ["-valid_from", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fingerprint"], name="parties_one_owner_per_key"),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gt=models.F("valid_from")),
                name="parties_key_ends_after_start",
            ),
        ]


class AuthorityCertificate(models.Model):
    """A certificate that seals or signs this authority's PDF forms (PAdES): a trust anchor of our own."""

    Purpose = choices.CertificatePurpose

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="certificates")
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.SEAL)
    pem = models.TextField()
    subject = models.CharField(max_length=500)
    fingerprint = models.CharField(max_length=64)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    added_by_name = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    removed_by_name = models.CharField(max_length=200, blank=True, default="")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The same certificate once per authority at a time."""

        ordering: ClassVar = ["-added_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["authority", "fingerprint"],
                condition=models.Q(removed_at__isnull=True),
                name="parties_certificate_once",
            ),
        ]
