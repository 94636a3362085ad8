"""What can go wrong with addresses and snapshots, in words that say what to do."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing, Refused, TooLarge


class AddressError(Invalid):
    """The text is not one address of one item; `facts["reason"]` says which rule it breaks."""

    code = "address_invalid"
    title = "This address cannot be used"


class NoSuchSnapshot(Missing):
    """No snapshot has this identifier."""

    code = "no_such_snapshot"
    title = "There is no such snapshot"


class NoSuchContent(Missing):
    """No content item has this identifier."""

    code = "no_such_content"
    title = "There is no such content item"


class NoSuchProtectedSource(Missing):
    """No protected source has this identifier."""

    code = "no_such_protected_source"
    title = "There is no such protected source"


class SnapshotDiffers(Conflict):
    """Another copy was already received for this snapshot; the first one stays."""

    code = "snapshot_differs"
    title = "Another copy was received already"


class SnapshotClosed(Conflict):
    """The snapshot was cancelled or closed: nothing more is copied for it."""

    code = "snapshot_closed"
    title = "Nothing more is copied for this item"


class SnapshotTooLarge(TooLarge):
    """The copy is larger than this service keeps."""

    code = "snapshot_too_large"
    title = "The copy is too large"


class NothingMissing(Conflict):
    """Every copy of the case is here, on its way, or will never be made."""

    code = "nothing_missing"
    title = "No copy waits to be asked for again"


class PreviewClosed(Refused):
    """The preview was closed for everybody; only the legal route of the case may see the content."""

    code = "preview_closed"
    title = "This preview is closed for everybody"


class NoPreview(Missing):
    """There is no such part: not copied yet, not decodable, or destroyed."""

    code = "no_preview"
    title = "There is nothing to show"


class PatternInvalid(Invalid):
    """A protected source is a host, or a host with the start of a path."""

    code = "pattern_invalid"
    title = "This is not a host or the start of an address"


class SnapshotEmpty(Invalid):
    """A copy without any file is no copy."""

    code = "snapshot_empty"
    title = "The copy is empty"
