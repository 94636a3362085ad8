"""/c/bank/<name>/content and /signal: what a bank holds. One content is one signal, or several that came as one.

Of several, the first has the number of the content; the others name it in their reference.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpResponse

from entente.api.hma.banks import reason, shown
from entente.api.hma.files import FOR_BANK, form_of, made_of_request
from entente.api.hma.gate import Asked, NothingThere, NotThroughHere, RequestUnreadable, answer, door
from entente.api.hma.hashing import written
from entente.api.hma.names import Banks, exchange_names, our_type, their_type
from entente.api.texts import refuse_unstorable
from entente.apps.banks import queries, services
from entente.apps.banks.queries import BankLine, SignalFacts, SignalFilter
from entente.apps.matching import preparing

LONGEST_NOTE: Final = 255
LONGEST_METADATA: Final = 10_000
SOURCE: Final = "/hma"
"""Where signals came from that were added through here."""

_REF: Final = "content:"
_METADATA: Final = frozenset({"content_id", "content_uri", "json"})
_LARGEST: Final = 2**63 - 1
_OFF, _ON = 0, 1


def content_id(facts: SignalFacts) -> int:
    """Return the number of the content that a signal belongs to: its own, unless it came beside another."""
    number = facts.partner_ref.removeprefix(_REF)
    is_beside = facts.source == SOURCE and number != facts.partner_ref and number.isdecimal()
    return int(number) if is_beside else facts.id


def _add_file(asked: Asked, bank_name: str) -> HttpResponse:
    line = Banks().named(bank_name)
    said = _said_beside(asked)
    note, metadata = _note(said), _metadata(said)
    signals = written(made_of_request(asked, FOR_BANK))
    if not signals:
        raise RequestUnreadable("The file shows too little to be compared with anything.")
    return answer(_added(asked, line, signals, note, metadata))


def _said_beside(asked: Asked) -> dict[str, Any]:
    """Return what is said of a content beside it: in the form, or in a JSON body beside an address."""
    if asked.request.content_type == "multipart/form-data":
        form = form_of(asked)[0]
        text = form.get("metadata", "") or "null"
        try:
            metadata = json.loads(text)
        except (ValueError, RecursionError):
            raise RequestUnreadable("`metadata` is a JSON object.") from None
        said = {"note": form.get("note"), "metadata": metadata}
        refuse_unstorable(said)
        return said
    return asked.json() if asked.request.body else {}


def _add_signals(asked: Asked, bank_name: str) -> HttpResponse:
    line = Banks().named(bank_name)
    body = asked.json()
    note = _note(body)
    metadata = _metadata(body)
    signals = {name: value for name, value in body.items() if name not in {"note", "metadata"}}
    if not signals or not all(isinstance(value, str) and value for value in signals.values()):
        raise RequestUnreadable("Send signals by the names of their types.")
    named = {their_type(our_type(name)): value for name, value in signals.items()}
    for name, value in named.items():
        preparing.ready_signal(our_type(name), value)  # all of them, before the first is added
    return answer(_added(asked, line, named, note, metadata))


def _added(
    asked: Asked, line: BankLine, signals: dict[str, str], note: str, metadata: dict[str, Any]
) -> dict[str, Any]:
    """Add the signals of one content, at least one; what the bank holds already stays, and its number is told."""

    def added(name: str, value: str, ref: str = "") -> SignalFacts:
        signal = services.NewSignal(our_type(name), written=value, note=note, partner_ref=ref)
        return _added_one(asked, line, signal, metadata)

    (name, value), *others = signals.items()
    first = added(name, value)
    for name, value in others:
        added(name, value, f"{_REF}{content_id(first)}")
    return {"id": content_id(first), "signals": signals}


def _added_one(
    asked: Asked, line: BankLine, signal: services.NewSignal, metadata: dict[str, Any]
) -> SignalFacts:
    words = json.dumps(metadata, sort_keys=True, ensure_ascii=False) if metadata else ""
    added = services.add_signals(
        bank_id=line.id,
        signals=[signal],
        source=services.Source(how="manual", words=SOURCE, reason=words),
        actor=asked.client.actor,
        at=asked.at,
    )
    wanted = SignalFilter(signal_type=signal.signal_type, written=signal.written)
    found = queries.signals_of_bank(line.id, wanted, limit=1).signals
    if found and found[0].retracted_at is not None:
        raise NotThroughHere("This signal was taken back here; a person may bring it back, with a reason.")
    if added.bad:
        raise RequestUnreadable(added.bad[0].reason)
    return found[0]


def _note(said: dict[str, Any]) -> str:
    note = said.get("note")
    if note is None:
        return ""
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        raise RequestUnreadable(f"`note` is a text of at most {LONGEST_NOTE} characters.")
    return note.strip()


def _metadata(said: dict[str, Any]) -> dict[str, Any]:
    """Return what a client says of a content; which exchange it came from is for the exchange to say."""
    given = said.get("metadata")
    if given is None:
        return {}
    if not isinstance(given, dict) or given.keys() - _METADATA - {"collab"}:
        raise RequestUnreadable(f"`metadata` is an object of {', '.join(sorted(_METADATA))}.")
    kept = {name: value for name, value in given.items() if name in _METADATA and value is not None}
    if not all(isinstance(kept.get(name, ""), str) for name in ("content_id", "content_uri")):
        raise RequestUnreadable("`content_id` and `content_uri` are texts.")
    if len(json.dumps(kept)) > LONGEST_METADATA:
        raise RequestUnreadable(f"`metadata` has at most {LONGEST_METADATA:,} characters.")
    return kept


def _members(line: BankLine, number: int) -> list[SignalFacts]:
    """Return the signals of a content that were not taken back, the first first. Raises NothingThere."""
    first = queries.signals_facts([number]).get(number) if number <= _LARGEST else None
    if first is None or first.bank_id != line.id or content_id(first) != number:
        raise NothingThere("There is no such content in this bank.")
    beside = queries.signals_of_bank(line.id, SignalFilter(partner_ref=f"{_REF}{number}")).signals
    members = [first, *sorted(beside, key=lambda one: one.id)]
    living = [one for one in members if one.retracted_at is None]
    if not living:
        raise NothingThere("This content was taken back.")
    return living


def _config(
    asked: Asked, line: BankLine, bank_name: str, number: int, members: Sequence[SignalFacts]
) -> dict[str, Any]:
    metadata = _metadata_of(line, number, members)
    body: dict[str, Any] = {
        "id": number,
        "disable_until_ts": _disabled_until(members, asked.at),
        "original_media_uri": metadata.get("content_uri"),
        "bank": shown(bank_name, line),
    }
    if asked.switch("include_signals"):
        body["signals"] = {their_type(one.signal_type): one.written for one in members}
    if asked.text("include_metadata", "true").lower() not in {"false", "0"} and metadata:
        body["metadata"] = metadata
    if members[0].note:
        body["note"] = members[0].note
    return body


def _metadata_of(line: BankLine, number: int, members: Sequence[SignalFacts]) -> dict[str, Any]:
    first = members[0]
    if line.exchange_id is not None:
        names = [name for name, one in exchange_names().items() if one.id == line.exchange_id]
        return {"collab": {name: [first.partner_ref] for name in names}} if first.partner_ref else {}
    if first.source != SOURCE:
        return {}
    words = queries.history(number).provenance.reason
    kept: dict[str, Any] = json.loads(words) if words else {}
    return kept


def _disabled_until(members: Sequence[SignalFacts], at: datetime) -> int:
    """Return 1 while any of it matches; else until when it is paused; 0 where only a person or nobody ends that."""
    if any(one.stands_at(at) for one in members):
        return _ON
    paused = [one.disabled_until for one in members if one.state == "disabled" and one.disabled_until]
    return max((int(until.timestamp()) for until in paused), default=_OFF)


def _show(asked: Asked, bank_name: str, number: int) -> HttpResponse:
    line = Banks().named(bank_name)
    return answer(_config(asked, line, bank_name, number, _members(line, number)))


def _change(asked: Asked, bank_name: str, number: int) -> HttpResponse:
    line = Banks().named(bank_name)
    body = asked.json()
    members = _members(line, number)
    until = _until(body, asked.at)
    note = _note(body) if body.get("note") is not None else None
    for one in members:
        if until is not None:
            _pause(asked, one, until)
        if note is not None:
            services.set_labels(signal_id=one.id, note=note, actor=asked.client.actor, at=asked.at)
    return answer(_config(asked, line, bank_name, number, _members(line, number)))


def _until(body: dict[str, Any], at: datetime) -> datetime | None:
    """Return until when a content is to match nothing, `at` for no longer; None where nothing is said of it."""
    given = body.get("disable_until_ts")
    if given is None:
        return None
    longest = at + services.LONGEST_DISABLED
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= longest.timestamp():
        raise RequestUnreadable("`disable_until_ts` is 0, 1, or a Unix time within five years.")
    if given == _OFF:
        return longest  # there is no pause without an end here
    return max(at, datetime.fromtimestamp(given, UTC))


def _pause(asked: Asked, one: SignalFacts, until: datetime) -> None:
    actor, at = asked.client.actor, asked.at
    if until > at:
        services.disable_signal(signal_id=one.id, until=until, reason=reason(asked), actor=actor, at=at)
    elif one.disabled_until is not None and one.disabled_until > at:
        services.enable_signal(signal_id=one.id, actor=actor, at=at)


def _delete(asked: Asked, bank_name: str, number: int) -> HttpResponse:
    members = _members(Banks().named(bank_name), number)
    deleted = services.retract_signals(
        signal_ids=[one.id for one in members],
        reason=reason(asked),
        actor=asked.client.actor,
        at=asked.at,
    )
    return answer({"deleted": deleted})


add_content = door(POST=_add_file)
add_signal = door(POST=_add_signals)
content = door(GET=_show, PUT=_change, DELETE=_delete)
