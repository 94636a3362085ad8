"""What the room of orders refuses."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing, Refused, TooLarge, Unauthenticated


class OrderMalformed(Invalid):
    """The message cannot be read as an order at all; it was not acknowledged."""

    code = "order_malformed"
    title = "This cannot be read as an order"


class TooManyAddresses(TooLarge):
    """More addresses than one order may have here; nothing was accepted, the attempt is on record."""

    code = "too_many_addresses"
    title = "Too many addresses in one order"


class OrderTooLarge(TooLarge):
    """More bytes than one order may have here; nothing was accepted, a signed attempt is on record."""

    code = "order_too_large"
    title = "This order is larger than one may be here"


class IssuerUnknown(Invalid):
    """Nobody said which authority a message comes from, nor of which state: nobody can compute whether it binds."""

    code = "issuer_unknown"
    title = "Say which authority it is"


class LawMissing(Invalid):
    """Another binding order needs its law named: its clock, its scope and its redress follow from it."""

    code = "law_missing"
    title = "Say under which law it is"


class FormProven(Conflict):
    """What a key, a signature or a seal proves is not typed over."""

    code = "form_proven"
    title = "This form is proven as it is"


class FormFixed(Conflict):
    """Addresses and silence are not changed any more once the platform was asked."""

    code = "form_fixed"
    title = "This part of the order has been carried out"


class SignatureRefused(Unauthenticated):
    """The message signature is missing, wrong, expired, replayed or by a key we do not know."""

    code = "signature_refused"
    title = "The signature was refused"


class NotExecutable(Refused):
    """The state of authenticity, the protected corpus or bindingness forbids execution."""

    code = "not_executable"
    title = "This order is not executed"


class CheckIncomplete(Invalid):
    """One of the five questions has no answer, or a no that leads elsewhere."""

    code = "check_incomplete"
    title = "The execution check is not complete"


class NotInThisState(Conflict):
    """The order has moved on."""

    code = "order_not_in_this_state"
    title = "The order is not in a state that allows this"


class WasOnCall(Refused):
    """Who executed an order does not assess it (issue: a trained person who was not on call)."""

    code = "was_on_call"
    title = "This needs somebody who did not execute the order"


class NotCrossBorder(Refused):
    """Scrutiny is for orders of another state than the host's own (TCO Art. 4)."""

    code = "not_cross_border"
    title = "This order is not open to scrutiny"


class GroundMissing(Invalid):
    """Impossibility needs one of the three grounds of the form, with words that explain it."""

    code = "ground_missing"
    title = "The ground is missing"


class OrderMissing(Missing):
    """There is no such order, or it is not the asker's."""

    code = "order_missing"
    title = "There is no such order"
