"""Where the pages of banks stand: the rooms above each, and how an address names what it is about."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from entente.apps.banks import queries
from entente.apps.banks.errors import NoSuchProposal, NoSuchSignal
from entente.web.console.banks.acts import Place

_LARGEST: Final = 2**63 - 1
_MOST_PROPOSALS: Final = 1000


@dataclass(frozen=True, slots=True)
class OneSignal:
    """A signal with the bank it lies in."""

    facts: queries.SignalFacts
    bank: queries.BankPolicy


@dataclass(frozen=True, slots=True)
class Proposed:
    """What two people decide: a proposal, and the bank it is for."""

    bank: queries.BankPage
    proposal: queries.ProposalLine


@dataclass(frozen=True, slots=True)
class Chosen:
    """Signals of one bank that somebody chose in its list, in the order of their numbers."""

    bank: queries.BankPage
    signals: tuple[queries.SignalFacts, ...]

    @property
    def ids(self) -> str:
        """The numbers as a form carries them."""
        return ",".join(str(one.id) for one in self.signals)


def rooms() -> tuple[tuple[str, str], ...]:
    """Return the room of all banks."""
    return ((reverse("console:banks"), _("Banks")),)


def house(_subject: Any = None) -> Place:
    """Return the list of banks as a place."""
    return Place(_("Banks"), reverse("console:banks"), rooms())


def of_bank(page: queries.BankPage) -> Place:
    """Return a bank as a place."""
    return _bank(page.line.policy)


def of_signal(one: OneSignal) -> Place:
    """Return a signal as a place, below its bank."""
    bank = _bank(one.bank)
    url = reverse("console:signal", args=[one.facts.id])
    return Place(
        _("Signal %(number)s") % {"number": one.facts.id}, url, (*bank.crumbs, (bank.url, bank.name))
    )


def of_proposal(one: Proposed) -> Place:
    """Return the bank a proposal is for."""
    return of_bank(one.bank)


def of_chosen(one: Chosen) -> Place:
    """Return the signal, if it is one, or the bank of several."""
    if len(one.signals) == 1:
        return of_signal(OneSignal(one.signals[0], one.bank.line.policy))
    return of_bank(one.bank)


def in_sharing(_subject: Any = None) -> Place:
    """Return the desk of what waits to be shared."""
    return Place(_("Sharing with partners"), reverse("console:sharing"), rooms())


def of_exchange(line: queries.ExchangeLine) -> Place:
    """Return an exchange as a place."""
    return Place(line.name, reverse("console:exchange", args=[line.id]), exchange_rooms())


def in_exchanges(_subject: Any = None) -> Place:
    """Return the list of exchanges as a place."""
    return Place(_("Exchanges"), reverse("console:exchanges"), exchange_rooms())


def exchange_rooms() -> tuple[tuple[str, str], ...]:
    """Return the room of all exchanges."""
    return ((reverse("console:exchanges"), _("Exchanges")),)


def bank_at(_request: HttpRequest, *, bank_id: UUID) -> queries.BankPage:
    """Return the bank of an address. Raises NoSuchBank."""
    return queries.bank_page(bank_id)


def signal_at(_request: HttpRequest, *, signal_id: int) -> OneSignal:
    """Return the signal of an address. Raises NoSuchSignal."""
    found = facts_of([signal_id])
    if not found:
        raise NoSuchSignal(_("There is no such signal."))
    return OneSignal(found[0], queries.bank(found[0].bank_id))


def facts_of(signal_ids: Collection[int]) -> list[queries.SignalFacts]:
    """Return the signals of these numbers that exist, in their order."""
    found = queries.signals_facts([number for number in signal_ids if 0 < number <= _LARGEST])
    return [found[number] for number in sorted(found)]


def exchange_at(_request: HttpRequest, *, exchange_id: UUID) -> queries.ExchangeLine:
    """Return the exchange of an address. Raises NoSuchExchange."""
    return queries.exchange(exchange_id)


def restrict_at(_request: HttpRequest, *, bank_id: UUID, proposal_id: UUID) -> Proposed:
    """Return a proposal that a bank restricts. Raises NoSuchBank, NoSuchProposal."""
    page = queries.bank_page(bank_id)
    return Proposed(page, _one(page.proposals, proposal_id))


def sharing_at(_request: HttpRequest, *, proposal_id: UUID) -> Proposed:
    """Return a proposal to share signals. Raises NoSuchProposal."""
    proposal = _one(queries.sharing_proposals(waiting_only=False, limit=_MOST_PROPOSALS), proposal_id)
    return Proposed(queries.bank_page(proposal.bank_id), proposal)


def _one(lines: Collection[queries.ProposalLine], proposal_id: UUID) -> queries.ProposalLine:
    for line in lines:
        if line.id == proposal_id:
            return line
    raise NoSuchProposal(_("There is no such proposal."))


def _bank(policy: queries.BankPolicy) -> Place:
    return Place(policy.name, reverse("console:bank", args=[policy.id]), rooms())
