"""What the room of banks refuses, in words that say what to do."""

from entente.apps.kernel.errors import Conflict, Invalid, Missing, Refused, TooLarge


class NoSuchBank(Missing):
    """No bank has this identifier."""

    code = "no_such_bank"
    title = "There is no such bank"


class NoSuchSignal(Missing):
    """No signal has this number."""

    code = "no_such_signal"
    title = "There is no such signal"


class NoSuchExchange(Missing):
    """No exchange has this identifier."""

    code = "no_such_exchange"
    title = "There is no such exchange"


class NoSuchProposal(Missing):
    """Nothing was proposed under this identifier."""

    code = "no_such_proposal"
    title = "There is no such proposal"


class NoSuchEntityLabel(Missing):
    """No entity label has this identifier."""

    code = "no_such_entity_label"
    title = "There is no such entity label"


class BankInvalid(Invalid):
    """A setting of a bank is missing or outside its limits; `facts["field"]` names it."""

    code = "bank_invalid"
    title = "This bank cannot be set up like that"


class SignalInvalid(Invalid):
    """What was said about a signal is missing or wrong; `facts["field"]` names it."""

    code = "signal_invalid"
    title = "This signal cannot be kept like that"


class ExchangeInvalid(Invalid):
    """A setting of an exchange is missing or wrong; `facts["field"]` names it."""

    code = "exchange_invalid"
    title = "This exchange cannot be set up like that"


class ReasonMissing(Invalid):
    """Words are asked for, and there are too few of them."""

    code = "reason_missing"
    title = "Write down the reason"


class TooManySignals(TooLarge):
    """More signals than one call may name; the message says how many may be."""

    code = "too_many_signals"
    title = "Too many signals at once"


class PersonNeeded(Refused):
    """A person of this service has to do this: no program, no partner, nobody from elsewhere."""

    code = "person_needed"
    title = "A person of this service has to do this"


class SecondPersonNeeded(Refused):
    """Who proposed cannot confirm."""

    code = "second_person_needed"
    title = "A second person has to do this"


class NeverRestricts(Refused):
    """This bank may open cases at most: it comes from an authority, or it says what must not be restricted."""

    code = "never_restricts"
    title = "This bank never restricts"


class TwoPeopleNeeded(Refused):
    """This makes a restriction possible or stronger; it is proposed by one person and confirmed by another."""

    code = "two_people_needed"
    title = "This takes two people"


class BankClosed(Conflict):
    """The bank is retired."""

    code = "bank_closed"
    title = "This bank is retired"


class NotForThisBank(Refused):
    """Signals do not come into this bank, or leave it, by this road; the message names the one that is open."""

    code = "not_for_this_bank"
    title = "This bank does not take it"


class SignalRetracted(Conflict):
    """The signal was retracted."""

    code = "signal_retracted"
    title = "This signal was retracted"


class NotInThisStanding(Conflict):
    """The signal does not stand as this act needs it to."""

    code = "not_in_this_standing"
    title = "The signal does not stand like that"


class ProposalDecided(Conflict):
    """The proposal was confirmed, refused or overtaken."""

    code = "proposal_decided"
    title = "This proposal is decided already"


class AlreadyProposed(Conflict):
    """The same is waiting for a second person, or is in force."""

    code = "already_proposed"
    title = "This was proposed already"


class NotShareable(Refused):
    """The signal may not leave this instance, or not yet, or not for this use; the message says why."""

    code = "not_shareable"
    title = "This signal may not be shared like that"
