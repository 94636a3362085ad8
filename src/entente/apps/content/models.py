"""The thing an address points at, its snapshots, and the sources nobody silences on a doubt.

No row here holds content: originals, stills, excerpts and related data are evidence items, sealed in the vault.
"""

from typing import ClassVar
from uuid import UUID

from django.db import models

from entente.apps.kernel.ids import new_id


class Closing(models.Model):
    """Somebody closed the previews of one or many items for everybody, at once.

    What has to be written about each, into its chain of custody among others, follows in batches (`ContentItem.closing`).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor_kind = models.CharField(max_length=20)
    actor_id_text = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=200)
    closed_at = models.DateTimeField()


class ContentItem(models.Model):
    """One address. `is_readable` is false for a text that is no address: it is kept as it came."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    url = models.CharField(max_length=8192)
    url_digest = models.CharField(max_length=64, unique=True)
    is_readable = models.BooleanField(default=True)
    host = models.CharField(max_length=255, default="")
    registrable_domain = models.CharField(max_length=255, default="")
    kind = models.CharField(max_length=20, default="")
    platform_ref = models.CharField(max_length=200, default="")
    uploader_ref = models.CharField(max_length=200, default="")
    uploader_language = models.CharField(max_length=35, default="")
    title_hint = models.CharField(max_length=200, default="")
    is_public = models.BooleanField(null=True)
    created_at = models.DateTimeField()
    preview_closed_at = models.DateTimeField(null=True)
    closing = models.ForeignKey(
        Closing, null=True, on_delete=models.PROTECT, related_name="items", db_index=False
    )

    class Meta:
        """Found by address (its digest is unique), by host, and while its closing is being written down."""

        indexes: ClassVar = [
            models.Index(fields=["host"], name="content_host"),
            models.Index(
                fields=["closing"], name="content_item_closing", condition=models.Q(closing__isnull=False)
            ),
        ]


class SnapshotState(models.TextChoices):
    """A gap is recorded while retries go on; a later arrival completes it. Cancelled: nothing more is copied.

    A gap without a next attempt was given up: a person asks again, or brings the copy.
    """

    PENDING = "pending"
    GAP = "gap"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    DESTROYED = "destroyed"


class DecodeState(models.TextChoices):
    """Where the previews of a snapshot stand."""

    NONE = "none"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Reading snapshots by what becomes of them."""

    def given_up(self, case_id: UUID | None = None) -> "SnapshotQuerySet":
        """Return copies that nobody asks for any more, of one case or of all."""
        found = self.filter(state=SnapshotState.GAP, next_attempt_at__isnull=True)
        return found if case_id is None else found.filter(case_id=case_id)


class Snapshot(models.Model):
    """One copy of one content item for one case, asked for on receipt; it delays nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    content_item = models.ForeignKey(ContentItem, on_delete=models.PROTECT, related_name="snapshots")
    case_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=SnapshotState.choices, default=SnapshotState.PENDING)
    requested_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    asked_again_at = models.DateTimeField(null=True)
    gap_at = models.DateTimeField(null=True)
    gap_reason = models.CharField(max_length=80, default="")
    acquired_at = models.DateTimeField(null=True)
    method = models.CharField(max_length=60, default="")
    digest = models.CharField(max_length=64, default="")
    size_bytes = models.BigIntegerField(default=0)
    decode_state = models.CharField(max_length=10, choices=DecodeState.choices, default=DecodeState.NONE)
    decode_attempts = models.PositiveIntegerField(default=0)
    decode_due_at = models.DateTimeField(null=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        """One per content item and case; the worker finds what is due by partial indexes."""

        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at"],
                name="content_snapshot_due",
                condition=models.Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["requested_at"], name="content_snapshot_late", condition=models.Q(state="pending")
            ),
            models.Index(
                fields=["decode_due_at"],
                name="content_decode_due",
                condition=models.Q(decode_due_at__isnull=False),
            ),
            models.Index(fields=["case_id"], name="content_snapshot_case"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["content_item", "case_id"], name="content_one_per_case"),
            models.CheckConstraint(
                condition=~models.Q(state="complete") | models.Q(acquired_at__isnull=False),
                name="content_complete_has_time",
            ),
        ]


class PartRole(models.TextChoices):
    """What a sealed part is; everything but `original` and `related_data` was made by decoding."""

    ORIGINAL = "original"
    STILL = "still"
    STILL_GREY = "still_grey"
    STILL_COLOUR = "still_colour"
    TEXT = "text"
    RELATED_DATA = "related_data"


class SnapshotPart(models.Model):
    """One sealed part of a snapshot; what decoding found out stands on the original it was made from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="parts")
    evidence_item = models.OneToOneField("evidence.EvidenceItem", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="derived")
    role = models.CharField(max_length=16, choices=PartRole.choices)
    position = models.PositiveIntegerField(default=0)
    declared_type = models.CharField(max_length=100, default="")
    media_type = models.CharField(max_length=100, default="")
    size_bytes = models.BigIntegerField(default=0)
    outcome = models.CharField(max_length=16, default="")
    notes = models.JSONField(default=list)
    width = models.PositiveBigIntegerField(null=True)
    height = models.PositiveBigIntegerField(null=True)
    frames = models.PositiveBigIntegerField(null=True)
    duration_ms = models.PositiveBigIntegerField(null=True)

    class Meta:
        """In the order the platform sent them."""

        indexes: ClassVar = [models.Index(fields=["snapshot", "position"], name="content_parts")]


class SourceKind(models.TextChoices):
    """Why a source is protected."""

    PRESS = "press"
    ARCHIVE = "archive"
    RESEARCH = "research"
    GOVERNMENT = "government"
    HUMAN_RIGHTS = "human_rights"


class ProtectedSource(models.Model):
    """A host, or a host and the start of a path, that is never disabled on an unverified order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    host = models.CharField(max_length=255)
    path_prefix = models.CharField(max_length=2000, default="/")
    kind = models.CharField(max_length=16, choices=SourceKind.choices)
    note = models.CharField(max_length=300, default="")
    added_by_name = models.CharField(max_length=200)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        """Each pattern stands in the list once."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["host", "path_prefix"],
                condition=models.Q(removed_at__isnull=True),
                name="content_protected_once",
            ),
        ]
