"""/c/bank and /c/banks: banks of this service listed, made, renamed, turned up and down, ended."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from entente.api.hma.gate import Asked, NameTaken, RequestUnreadable, answer, door
from entente.api.hma.names import Banks, checked_name
from entente.apps.banks import services
from entente.apps.banks.errors import BankInvalid
from entente.apps.banks.queries import BankLine

TAKEN = "Another bank has this name, or had it."


def shown(name: str, line: BankLine) -> dict[str, Any]:
    """Return a bank as the peer shows it."""
    return {"name": name, "matching_enabled_ratio": line.policy.share_of_traffic}


def _list(asked: Asked) -> HttpResponse:
    del asked
    return answer([shown(name, line) for name, line in Banks().shown.items()])


def _show(asked: Asked, bank_name: str) -> HttpResponse:
    del asked
    return answer(shown(bank_name, Banks().named(bank_name)))


def _create(asked: Asked) -> HttpResponse:
    """Make a bank that observes: what its matches may lead to, a person says in the console."""
    body = asked.json()
    name = checked_name(body.get("name"))
    share = _share(body, 1.0)
    if Banks().is_taken(name):
        raise NameTaken(TAKEN)
    settings = services.BankSettings(
        name=name,
        basis=_("Made by the program %(name)s; nobody has written down yet on what it rests.")
        % {"name": asked.client.name},
        share_of_traffic=share,
    )
    try:
        services.create_bank(
            settings=settings, owner=services.BankOwner(), actor=asked.client.actor, at=asked.at
        )
    except BankInvalid as error:
        raise _of_name(error) from None
    return answer(shown(name, Banks().named(name)), 201)


def _change(asked: Asked, bank_name: str) -> HttpResponse:
    body = asked.json()
    line = Banks().named(bank_name)
    name = checked_name(body["name"]) if body.get("name") is not None else None
    if name not in {None, bank_name} and Banks().is_taken(str(name)):
        raise NameTaken(TAKEN)
    try:
        services.adjust_bank(
            bank_id=line.id,
            name=None if name == bank_name else name,
            share_of_traffic=_share(body, line.policy.share_of_traffic),
            reason=reason(asked),
            actor=asked.client.actor,
            at=asked.at,
        )
    except BankInvalid as error:
        raise _of_name(error) from None
    return _show(asked, name or bank_name)


def _delete(asked: Asked, bank_name: str) -> HttpResponse:
    """Retire a bank: nothing of it matches any more, and its history stays."""
    bank_id = Banks().named(bank_name).id
    services.retire_bank(bank_id=bank_id, reason=reason(asked), actor=asked.client.actor, at=asked.at)
    return answer({"message": "Done"})


def reason(asked: Asked) -> str:
    """Return what is written down where people give a reason."""
    return _("Done by the program %(name)s, which gave no reason.") % {"name": asked.client.name}


def _share(body: dict[str, Any], before: float) -> float:
    """Return the share of traffic that a body asks for. Off is off, whatever ratio stands beside it."""
    is_on, ratio = body.get("enabled"), body.get("enabled_ratio")
    if is_on is not None and not isinstance(is_on, bool):
        raise RequestUnreadable("`enabled` is true or false.")
    is_number = isinstance(ratio, int | float) and not isinstance(ratio, bool)
    if ratio is not None and not (is_number and 0 <= ratio <= 1):
        raise RequestUnreadable("`enabled_ratio` is a number from 0 to 1.")
    if is_on is False:
        return 0.0
    if ratio is not None:
        return float(ratio)
    return 1.0 if is_on and not before else before


def _of_name(error: BankInvalid) -> Exception:
    """Return the error for a name that somebody took in this moment."""
    return NameTaken(TAKEN) if error.facts.get("field") == "name" else error


banks = door(GET=_list, POST=_create)
bank = door(GET=_show, PUT=_change, DELETE=_delete)
