"""/m: what a signal, a file or an address meets, and how far two signals are apart."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from entente.api.checking.answering import asker_of
from entente.api.hma.contents import content_id
from entente.api.hma.files import FOR_QUERY, Made, made_of_address, made_of_request
from entente.api.hma.gate import Asked, NobodyKnows, RequestUnreadable, answer, door
from entente.api.hma.names import Banks, our_type, their_type
from entente.apps.matching import preparing, services
from entente.apps.matching.hub import Query
from entente.apps.matching.rules import Met
from entente.core.signals.errors import SignalError
from entente.core.signals.registry import signal_types

_PAIR = 2


def _raw_lookup(asked: Asked) -> HttpResponse:
    query = _query(asked)
    found = services.look_up_raw(
        query=query, asker=asker_of(asked.client), at=asked.at, only=Banks().ids(asked.listed("banks"))
    )
    _refuse_unknown(found.unknown)
    if asked.switch("include_distance"):
        return answer({"matches": [_near(content_id(one.signal), one.distance) for one in found.near]})
    return answer({"matches": [content_id(one.signal) for one in found.near]})


def _lookup(asked: Asked) -> HttpResponse:
    """Answer by the hash that is given, or by the file at an address."""
    if asked.text("signal"):
        banks = Banks()
        met = _met(asked, banks, [_query(asked)], may_bypass=False)
        return answer(_by_bank(met, banks))
    return _of_made(asked, made_of_address(asked, FOR_QUERY), may_bypass=False)


def _lookup_file(asked: Asked) -> HttpResponse:
    return _of_made(asked, made_of_request(asked, FOR_QUERY), may_bypass=True)


def _of_made(asked: Asked, made: Made, *, may_bypass: bool) -> HttpResponse:
    """Answer by type of signal, or what is under the one type that was asked for."""
    banks = Banks()
    queries = [Query(ours, value) for ours, values in made.signals.values() for value in values]
    met = _met(asked, banks, queries, may_bypass=may_bypass) if queries else ()
    found = {
        name: _by_bank([one for one in met if one.signal.signal_type == ours], banks)
        for name, (ours, _values) in made.signals.items()
    }
    alone = asked.text("signal_type")
    return answer(found.get(their_type(our_type(alone)), {}) if alone else found)


def _met(asked: Asked, banks: Banks, queries: Sequence[Query], *, may_bypass: bool) -> tuple[Met, ...]:
    is_bypassed = may_bypass and asked.switch("bypass_coinflip")
    found = services.look_up(
        queries=queries,
        asker=asker_of(asked.client),
        at=asked.at,
        seed=None if is_bypassed else asked.text("seed"),
        only=banks.ids(asked.listed("banks")),
    )
    _refuse_unknown(found.unknown)
    return found.met


def _by_bank(met: Iterable[Met], banks: Banks) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in met:
        found.setdefault(banks.name_of(one.bank.id), []).append(_near(content_id(one.signal), one.distance))
    return found


def _near(number: int, distance: int) -> dict[str, Any]:
    return {"bank_content_id": number, "distance": str(distance)}  # a text there, whatever its own pages show


def _query(asked: Asked) -> Query:
    if not asked.text("signal") or not asked.text("signal_type"):
        raise RequestUnreadable("Name the `signal` and its `signal_type`.")
    return preparing.ready_signal(our_type(asked.text("signal_type")), asked.text("signal"))


def _refuse_unknown(why: str) -> None:
    if why:
        raise NobodyKnows(f"The index cannot tell at the moment ({why}). Ask again; conclude nothing.")


def _compare(asked: Asked) -> HttpResponse:
    pairs = {their_type(our_type(name)): pair for name, pair in asked.json().items()}
    return answer({name: _compared(our_type(name), pair) for name, pair in pairs.items()})


def _compared(ours: str, pair: Any) -> list[Any]:
    if not (isinstance(pair, list) and len(pair) == _PAIR and all(isinstance(one, str) for one in pair)):
        raise RequestUnreadable("Each type has a list of exactly two signals.")
    kind = signal_types()[ours]
    try:
        distance = kind.distance(kind.parse(pair[0]), kind.parse(pair[1]))
    except SignalError as error:
        raise RequestUnreadable(str(error)) from None
    return [distance <= kind.default_radius, {"distance": distance}]


raw_lookup = door(GET=_raw_lookup)
lookup = door(GET=_lookup, POST=_lookup_file)
compare = door(POST=_compare)
