"""What can go wrong with evidence, in words that say what to do."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing, Refused, TooLarge, Unavailable


class SealBroken(Unavailable):
    """The sealed file is not what was sealed: cut, reordered, changed, or of another item or key."""

    code = "seal_broken"
    title = "The sealed copy is damaged"


class VaultFull(Unavailable):
    """The disk has no room left; nothing half-written stays behind."""

    code = "vault_full"
    title = "The evidence vault is full"


class VaultUnusable(Unavailable):
    """The vault cannot be written to, read from or destroyed in; evidence work must stop."""

    code = "vault_unusable"
    title = "The evidence vault cannot be used"


class CopyTooLarge(TooLarge):
    """More bytes arrived than one evidence item may hold."""

    code = "copy_too_large"
    title = "The copy is larger than this service keeps"


class NoSuchItem(Missing):
    """No evidence item has this identifier."""

    code = "no_such_evidence_item"
    title = "There is no such piece of evidence"


class ItemDestroyed(Conflict):
    """The item was destroyed at the end of its preservation; its certificate remains."""

    code = "evidence_destroyed"
    title = "This piece of evidence was destroyed"


class ItemClosed(Refused):
    """The item is closed: nobody here may look at it, only the legal route of its case may."""

    code = "evidence_closed"
    title = "This piece of evidence is closed"


class ReadingNotAllowed(Refused):
    """Role, reason, case or purpose do not allow this reading."""

    code = "reading_not_allowed"
    title = "This piece of evidence may not be read for that"


class UnknownGround(Invalid):
    """The law data know no preservation ground of this name."""

    code = "unknown_preservation_ground"
    title = "Nothing is kept without a ground in law"


class NotExtendable(Refused):
    """The ground of this preservation does not allow this extension."""

    code = "preservation_not_extendable"
    title = "This preservation cannot be made longer on that basis"


class NotReleasable(Refused):
    """Only a ground of the house's own may end before its date."""

    code = "preservation_not_releasable"
    title = "This preservation runs to its date"


class NoSuchPreservation(Missing):
    """No preservation has this identifier."""

    code = "no_such_preservation"
    title = "There is no such preservation"
