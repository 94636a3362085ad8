"""The JSON in which Hasher-Matcher-Actioner and ThreatExchange hold signals: a list, or one object on each line.

Three shapes are read, all from the peers' own interfaces. What a bank's content looks like when it is asked for:

    {"id": 1234, "signals": {"pdq": "<64 digits>"}, "disable_until_ts": 1, "note": "...",
     "metadata": {"content_id": "...", "json": {...}}}

what is posted to a bank as a signal:

    {"pdq": "<64 digits>", "note": "..."}

and a threat update (`entente.core.exchange.threat_updates`). Written is the first shape, one object a line. The peers
have no room there for labels, entity and time, so these stand in `metadata.json` under `entente`, together with a note
of more than the 255 characters that they take. The reference is `metadata.content_id`, or else `id`. Signal types have
the peers' names: our `md5` is their `video_md5`. `disable_until_ts` is 1 for what stands and 0 for what is off, which
is how a retraction is written and read; a content that is off until some hour is reported, since nobody can tell here
whether that hour has passed. No signals and a 0 retract a reference.

Streams, in bounded memory. In a list the number of a bad object is told, in lines the number of its line.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FormatUnreadable, MalformedEntry
from entente.core.exchange.formats.json_stream import BROKEN, loads, objects
from entente.core.exchange.formats.lines import MAX_LINE_BYTES, lines, pieces
from entente.core.exchange.reading import make_entry, write_time, write_value
from entente.core.exchange.tables import Table
from entente.core.exchange.threat_updates import read_update

if TYPE_CHECKING:
    from entente.core.exchange.formats.lines import Content

PEERS_NAMES: Mapping[str, str] = {"md5": "video_md5"}
"""Our signal type -> the peers' name, where they differ."""

_OUR_NAMES = {theirs: ours for ours, theirs in PEERS_NAMES.items()}
_ON, _OFF = 1, 0
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_MOST_NOTE_CHARACTERS = 255
_OURS = "entente"
_BESIDE_SIGNALS = frozenset({"note", "metadata", "id"})


def read(content: Content) -> Iterator[Entry | Bad]:
    """Yield what each object lists, or why it cannot be read; nothing for an empty document. Raises FormatUnreadable."""
    parts = pieces(content)
    held: list[bytes] = []
    opening = b""
    while not opening and (piece := next(parts, b"")):
        held.append(piece)
        opening = piece.lstrip(_BLANKS)[:1]
    whole = itertools.chain(held, parts)
    if opening == b"[":
        yield from _entries(enumerate(objects(whole), start=1))
    elif opening == b"{":
        yield from _entries(_line_objects(whole))
    elif opening:
        raise FormatUnreadable("the document is neither a JSON list nor JSON objects, one on each line")


def write(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield one object for each entry, each on a line of its own. Raises MalformedEntry for a value not canonical."""
    for entry in entries:
        yield json.dumps(_content(entry), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _line_objects(content: Content) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(lines(content), start=1):
        if line is None:
            yield number, Bad(number, f"the line is longer than {MAX_LINE_BYTES:,} bytes")
        elif number == 1:
            yield number, loads(line.decode("utf-8-sig", errors="surrogateescape"))
        elif line.strip():
            yield number, loads(line.decode(errors="surrogateescape"))


def _entries(numbered: Iterable[tuple[int, object]]) -> Iterator[Entry | Bad]:
    for number, found in numbered:
        if isinstance(found, Bad):
            yield found
        elif found is BROKEN:
            yield Bad(number, "it is not JSON")
        else:
            try:
                yield from _read_object(Table(found))
            except MalformedEntry as error:
                yield Bad(number, str(error))


def _read_object(found: Table) -> list[Entry]:
    """Return the entries of an object of one of the three shapes. Raises MalformedEntry, and then none of it counts."""
    if found.has("indicator") or found.has("should_delete"):
        entry = read_update(found, with_descriptors=False).entry
        if entry is None:
            raise MalformedEntry("no signal type here reads indicators of this type")
        return [entry]
    if found.has("signals"):
        return _read_content(found)
    written = found.texts_by_key(beside=_BESIDE_SIGNALS)
    if not written:
        raise MalformedEntry("it holds no signal")
    return _read_signals(found, written, is_retracted=False)


def _read_content(found: Table) -> list[Entry]:
    state = found.whole("disable_until_ts") if found.has("disable_until_ts") else _ON
    if state not in {_ON, _OFF}:
        raise MalformedEntry("it is off until an hour that may have passed: say 0 for off or 1 for on")
    written = found.table("signals").texts_by_key()
    return _read_signals(found, written or [("", "")], is_retracted=state == _OFF)


def _read_signals(found: Table, written: list[tuple[str, str]], *, is_retracted: bool) -> list[Entry]:
    metadata = found.table("metadata")
    ours = _ours(metadata)
    return [
        make_entry(
            signal_type=_OUR_NAMES.get(name, name),
            written=value,
            labels=ours.texts("labels"),
            entity=ours.text("entity", ""),
            note=ours.text("note", "") or found.text("note", ""),
            partner_ref=metadata.identifier("content_id") or found.identifier("id"),
            is_retracted=is_retracted,
            changed_at=ours.time("changed_at"),
        )
        for name, value in written
    ]


def _ours(metadata: Table) -> Table:
    """Return what we wrote into a content's metadata; an empty table where somebody else wrote them."""
    try:
        return metadata.table("json").table(_OURS)
    except MalformedEntry:
        return Table({})


def _content(entry: Entry) -> dict[str, object]:
    ours: dict[str, object] = {}
    if entry.labels:
        ours["labels"] = entry.labels
    if entry.entity:
        ours["entity"] = entry.entity
    if entry.changed_at:
        ours["changed_at"] = write_time(entry.changed_at)
    if len(entry.note) > _MOST_NOTE_CHARACTERS:
        ours["note"] = entry.note
    metadata: dict[str, object] = {"content_id": entry.partner_ref} if entry.partner_ref else {}
    if ours:
        metadata["json"] = {_OURS: ours}
    written = write_value(entry)
    content: dict[str, object] = {
        "signals": {PEERS_NAMES.get(entry.signal_type, entry.signal_type): written} if written else {},
        "disable_until_ts": _OFF if entry.is_retracted else _ON,
    }
    if entry.note:
        content["note"] = entry.note[:_MOST_NOTE_CHARACTERS]
    if metadata:
        content["metadata"] = metadata
    return content
