"""What can go wrong with a leaf."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing


class LeafNotAllowed(Invalid):
    """The published schema does not allow this leaf, or it would disclose an address, a person or a fine time."""

    code = "leaf_not_allowed"
    title = "The public log does not take this"


class NoSuchLeaf(Missing):
    """No leaf has this identifier."""

    code = "no_such_leaf"
    title = "There is no such leaf"


class SaltDestroyed(Conflict):
    """The salt is gone; nobody but the holder of a receipt can open this commitment any more."""

    code = "salt_destroyed"
    title = "This can no longer be opened"
