"""What can be refused around people, keys and clients."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing, Refused


class UnknownPerson(Missing):
    """No such account."""

    code = "unknown_person"
    title = "There is no such person"


class AddressTaken(Conflict):
    """Somebody active already signs in with this address."""

    code = "address_taken"
    title = "This address already has an account"


class AlreadyInvited(Conflict):
    """An invitation to this address is still open."""

    code = "already_invited"
    title = "This address has already been invited"


class LinkNotUsable(Refused):
    """The link is unknown, used, withdrawn or too old; which of these is not said to a stranger."""

    code = "link_not_usable"
    title = "This link does not work any more"


class AdministratorExists(Refused):
    """The one-time first link is for an instance without an administrator."""

    code = "administrator_exists"
    title = "There already is an administrator"


class LastAdministrator(Conflict):
    """The instance would be left without anybody who can invite people."""

    code = "last_administrator"
    title = "This is the last administrator"


class RoleStandsApart(Conflict):
    """Overseers and auditors hold no other role: who watches does not act."""

    code = "role_stands_apart"
    title = "This role cannot be combined with another"


class UnknownRole(Invalid):
    """Not one of the roles of this program."""

    code = "unknown_role"
    title = "There is no such role"


class NotYours(Refused):
    """The act needs a role the actor does not hold."""

    code = "role_required"
    title = "Your role does not include this"


class TwoPeopleNeeded(Refused):
    """The same person twice, or the person concerned: the act needs two others."""

    code = "two_people_needed"
    title = "This needs two different people"


class RecoveryRunning(Conflict):
    """A recovery of this person's access is already under way."""

    code = "recovery_running"
    title = "A recovery is already under way"


class UnknownRecovery(Missing):
    """No such recovery."""

    code = "unknown_recovery"
    title = "There is no such recovery"


class OpenWorkRemains(Conflict):
    """Somebody who leaves hands over first."""

    code = "open_work_remains"
    title = "Open work has to be handed over first"


class CannotTakeOver(Invalid):
    """The person named to take over is not here, not active or not entitled to the work."""

    code = "cannot_take_over"
    title = "This person cannot take over"


class UnknownInvitation(Missing):
    """No such invitation."""

    code = "unknown_invitation"
    title = "There is no such invitation"


class UnknownClient(Missing):
    """No such API client."""

    code = "unknown_client"
    title = "There is no such API client"


class UnknownAuthority(Missing):
    """Not in the register."""

    code = "unknown_authority"
    title = "This authority is not in the register"


class UnknownKey(Missing):
    """No such key in the register."""

    code = "unknown_key"
    title = "This key is not in the register"


class KeyNotReadable(Invalid):
    """The text is not a public Ed25519 key in PEM, JWK or base64."""

    code = "key_not_readable"
    title = "This is not a public Ed25519 key"


class PrivateKeySent(Invalid):
    """Somebody sent a private key, which must be regarded as lost from that moment."""

    code = "private_key_sent"
    title = "This is a private key"


class KeyTaken(Conflict):
    """The key, or its name, is already in the register."""

    code = "key_taken"
    title = "This key is already in the register"


class ExerciseMismatch(Refused):
    """Exercise keys and authorities belong to exercise instances, and real ones to real ones."""

    code = "exercise_mismatch"
    title = "Exercise and real life do not mix"


class CertificateNotReadable(Invalid):
    """The text is not one X.509 certificate in PEM."""

    code = "certificate_not_readable"
    title = "This is not a certificate"


class InvalidEntry(Invalid):
    """A field of a register entry or profile is wrong; `field` names it."""

    code = "invalid_entry"
    title = "A field is missing or wrong"
