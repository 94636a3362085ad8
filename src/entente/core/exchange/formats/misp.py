r"""MISP: events in the core format's JSON, one attribute for each signal.

    {"response": [{"Event": {"uuid": "...", "info": "...", "Attribute": [
        {"uuid": "...", "type": "sha256", "category": "Payload delivery", "value": "...", "to_ids": true,
         "deleted": false, "comment": "...", "timestamp": "1700146048", "Tag": [{"name": "tco:entity=\"...\""}]}]}}]}

`sha256`, `md5` and `url` are MISP's own types, and `hostname` is everything on a host; of other signals the type is
`other`, and the tag `tco:signal-type="..."` says which. MISP knows no type for PDQ; `pdq` is read if somebody writes
it. `deleted`, and `to_ids` set to false, are a retraction: either way the attribute is no longer there to detect
anything. `comment` is the note. Labels are tags: one that is a machinetag already is written as it is, another as
`tco:label="..."`; the tags of an event count for all its attributes. `tco:entity`, `tco:partner-ref` and, where seconds
do not tell it, `tco:changed-at` carry the rest; an attribute without `tco:partner-ref` has its own uuid as reference.
In the value of a `tco:` tag, what a machinetag cannot hold is percent-encoded.

Attributes that detect nothing (types we do not know, without `to_ids`) are context and passed over. Also read: one
event alone, a list of events, attributes of an event's objects, and of `filename|sha256` and `filename|md5` the hash.

Streams event by event: an event that is written has at most 1,000 attributes, and one event is held while it is read.
Written events are for the receiving organisation alone (`distribution` 0), so that nothing travels on unseen.
The number of a bad attribute is its place among all attributes of the document.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote
from uuid import UUID, uuid5

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import MalformedEntry
from entente.core.exchange.formats.json_stream import BROKEN, objects
from entente.core.exchange.reading import make_entry, read_time, read_unix_time, write_time, write_value
from entente.core.exchange.tables import Table

if TYPE_CHECKING:
    from entente.core.exchange.formats.lines import Content

NAMESPACE = UUID("b1f4f6c5-0a35-5a0f-8a55-0b1a3b7c9d21")
"""Of every uuid that is made here."""

ATTRIBUTES_PER_EVENT = 1000

_Attribute = dict[str, object]
_MOST_VALUES_CHARACTERS = 1 << 20
"""In one event that is written: a reader holds an event while it reads it."""

_HOST, _ANY_HOST = "host:", "host:*."
_HOST_TYPES = frozenset({"hostname", "domain"})
_TYPES: Mapping[str, str] = {
    "md5": "md5",
    "sha256": "sha256",
    "url": "url",
    "pdq": "pdq",
    "hostname": "url",
    "domain": "url",
    "filename|md5": "md5",
    "filename|sha256": "sha256",
}
_OTHER = "other"
_CATEGORIES: Mapping[str, str] = {
    "md5": "Payload delivery",
    "sha256": "Payload delivery",
    "url": "Network activity",
    "hostname": "Network activity",
    _OTHER: "Other",
}
_MACHINETAG = re.compile(r"[a-z0-9_.-]+:[a-z0-9_.-]+(=\"[^\"]*\")?", re.IGNORECASE)
_OURS = re.compile(r"tco:(signal-type|retracted-ref|label|entity|partner-ref|changed-at)=\"([^\"]*)\"")
_MOST_TAGS = 1000


def read(content: Content) -> Iterator[Entry | Bad]:
    """Yield what each attribute lists, or why it cannot be read. Raises FormatUnreadable."""
    numbers = itertools.count(1)
    for found in objects(content, lists={"response"}, single="Event"):
        if found is BROKEN:
            yield Bad(next(numbers), "the event is not JSON")
            continue
        try:
            event = _event(Table(found))
            event_tags = _tags(event)
            attributes = _attributes(event)
        except MalformedEntry as error:
            yield Bad(next(numbers), f"the event cannot be read: {error}")
            continue
        for attribute in attributes:
            number = next(numbers)
            try:
                entry = _read_attribute(Table(attribute, "the attribute"), event_tags)
            except MalformedEntry as error:
                yield Bad(number, str(error))
            else:
                if entry:
                    yield entry


def write(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the events, one piece each. Raises MalformedEntry for a value that is not canonical."""
    head = b'{"response":[\n'
    for several in _batches(map(_attribute, entries)):
        yield head + _written_event(several)
        head = b",\n"
    yield (b"" if head == b",\n" else head) + b"\n]}\n"


def _batches(attributes: Iterable[_Attribute]) -> Iterator[list[_Attribute]]:
    """Yield what goes into one event each: some attributes, or fewer whose values are long."""
    batch: list[_Attribute] = []
    size = 0
    for attribute in attributes:
        batch.append(attribute)
        size += len(str(attribute["value"]))
        if len(batch) == ATTRIBUTES_PER_EVENT or size >= _MOST_VALUES_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _written_event(attributes: list[_Attribute]) -> bytes:
    latest = max(int(str(attribute["timestamp"])) for attribute in attributes)
    event = {
        "uuid": str(uuid5(NAMESPACE, json.dumps(attributes))),
        "info": "Signals",
        "date": read_unix_time(latest).date().isoformat(),
        "threat_level_id": "4",
        "analysis": "2",
        "distribution": "0",
        "published": False,
        "Attribute": attributes,
    }
    return json.dumps({"Event": event}, ensure_ascii=False, separators=(",", ":")).encode()


def _event(found: Table) -> Table:
    if not found.has("Event"):
        raise MalformedEntry("Event is missing")
    return found.table("Event")


@dataclass(slots=True)
class _Tags:
    """The tags of an attribute: ours by what they say, and the others."""

    ours: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)


def _tags(holder: Table) -> _Tags:
    tags = _Tags()
    names = [tag.text("name") for tag in holder.tables("Tag")]
    if len(names) > _MOST_TAGS:
        raise MalformedEntry(f"it has more than {_MOST_TAGS} tags")
    for name in names:
        ours = _OURS.fullmatch(name)
        if ours is None:
            tags.labels.append(name)
        elif ours[1] == "label":
            tags.labels.append(unquote(ours[2], errors="surrogateescape"))
        else:
            tags.ours[ours[1]] = unquote(ours[2], errors="surrogateescape")
    return tags


def _attributes(event: Table) -> list[object]:
    in_objects = (one.items("Attribute") for one in event.tables("Object"))
    return list(itertools.chain(event.items("Attribute"), *in_objects))


def _read_attribute(attribute: Table, event_tags: _Tags) -> Entry | None:
    """Return what an attribute lists; None for context. Raises MalformedEntry."""
    kind = attribute.text("type")
    is_retracted = attribute.flag("deleted", default=False) or not attribute.flag("to_ids", default=True)
    tags = _tags(attribute)
    signal_type = tags.ours.get("signal-type", _TYPES.get(kind, ""))
    retracted_ref = tags.ours.get("retracted-ref", "")
    if not signal_type and not retracted_ref:
        if attribute.flag("to_ids", default=False):
            raise MalformedEntry("no signal type here reads attributes of this type")
        return None
    return make_entry(
        signal_type=signal_type,
        written=_value(kind, attribute.text("value")) if signal_type else "",
        labels=[*tags.labels, *event_tags.labels],
        entity=tags.ours.get("entity", event_tags.ours.get("entity", "")),
        note=attribute.text("comment", ""),
        partner_ref=retracted_ref or tags.ours.get("partner-ref", attribute.text("uuid", "")),
        is_retracted=is_retracted,
        changed_at=_changed_at(attribute, tags.ours.get("changed-at", "")),
    )


def _changed_at(attribute: Table, exact: str) -> datetime | None:
    if exact:
        return read_time(exact)
    return attribute.time("timestamp") if attribute.identifier("timestamp") != "0" else None


def _value(kind: str, value: str) -> str:
    if "|" in kind:
        return value.rpartition("|")[2]
    if kind in _HOST_TYPES:
        if value.startswith("*"):
            raise MalformedEntry("a host is one name, without a star")
        return f"{_HOST}{value}"
    return value


def _attribute(entry: Entry) -> _Attribute:
    written = write_value(entry)
    kind, value = _kind_of(entry.signal_type, written)
    ours = {"partner-ref": entry.partner_ref}
    if kind == _OTHER and entry.signal_type:
        ours["signal-type"] = entry.signal_type
    elif kind == _OTHER:
        ours = {"retracted-ref": entry.partner_ref}
    if entry.entity:
        ours["entity"] = entry.entity
    seconds = int(entry.changed_at.timestamp()) if entry.changed_at else 0
    if entry.changed_at and (entry.changed_at.microsecond or seconds <= 0):
        ours["changed-at"] = write_time(entry.changed_at)
    names = [_ours(name, text) for name, text in ours.items()]
    names += [_label(label) for label in entry.labels]
    return {
        "uuid": str(uuid5(NAMESPACE, json.dumps([entry.signal_type, written, entry.partner_ref]))),
        "type": kind,
        "category": _CATEGORIES[kind],
        "value": value or entry.partner_ref,
        "to_ids": not entry.is_retracted,
        "deleted": entry.is_retracted,
        "distribution": "5",
        "comment": entry.note,
        "timestamp": str(max(seconds, 0)),
        "Tag": [{"name": name} for name in names],
    }


def _kind_of(signal_type: str, written: str) -> tuple[str, str]:
    """Return the type and the value of the attribute for a written signal."""
    if signal_type in {"md5", "sha256"}:
        return signal_type, written
    if signal_type == "url" and written.startswith(("http://", "https://")):
        return "url", written
    if signal_type == "url" and written.startswith(_HOST) and not written.startswith(_ANY_HOST):
        return "hostname", written.removeprefix(_HOST)
    return _OTHER, written


def _label(label: str) -> str:
    return label if _MACHINETAG.fullmatch(label) and not _OURS.fullmatch(label) else _ours("label", label)


def _ours(name: str, text: str) -> str:
    escaped = text.replace("%", "%25").replace('"', "%22")
    return f'tco:{name}="{escaped}"'
