"""What the room of arrivals refuses."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing


class AlreadySettled(Conflict):
    """Somebody has settled this arrival."""

    code = "already_settled"
    title = "This message is settled already"


class KindUnknown(Invalid):
    """Not one of the kinds."""

    code = "kind_unknown"
    title = "Choose what this is"


class ProofMissing(Invalid):
    """When and how a message arrived must be stated with what shows it (rule 4)."""

    code = "proof_missing"
    title = "Say when and how it arrived, and what shows it"


class SomethingFollowed(Conflict):
    """A settling is taken back only while nothing followed it."""

    code = "something_followed"
    title = "This can not be taken back"


class SignedAsItCame(Conflict):
    """What an authority signed is read as it was signed; nobody here adds to it."""

    code = "signed_as_it_came"
    title = "A signed form stays as it was signed"


class NothingToSplit(Conflict):
    """The message names no more addresses than one order may have."""

    code = "nothing_to_split"
    title = "This message needs no splitting"


class NoOriginal(Missing):
    """The message came without a file, or its file is no longer kept."""

    code = "no_original"
    title = "There is no file to open"
