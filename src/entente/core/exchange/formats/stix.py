"""STIX 2.1: a bundle of indicators, one for each signal (`entente.core.exchange.formats.stix_patterns`).

`revoked` is a retraction, `labels` are the labels, `description` is the note, `modified` the time of the change. What
STIX has no room for (the entity as text, the partner's reference, a time more exact than milliseconds, no time at all)
stands in a property extension, whose definition is in every bundle. An indicator without it has its own id as
reference. Objects of other types are passed over: they are context, and no signal.

Ids are made from what they name (UUIDv5), so the same signal with the same reference has the same id in every bundle,
and its retraction is a later version of it. An entry knows only its last change, so `created` is that time too; it is
1970 for an entry that knows none.

Streams both ways, in bounded memory. The number of a bad object is its place in the bundle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import MalformedEntry
from entente.core.exchange.formats.json_stream import BROKEN, objects
from entente.core.exchange.formats.stix_patterns import read_pattern, write_pattern
from entente.core.exchange.reading import make_entry, read_time, write_time, write_value
from entente.core.exchange.tables import Table

if TYPE_CHECKING:
    from entente.core.exchange.formats.lines import Content

NAMESPACE = UUID("6a4e6c1e-6c0b-5d0e-9f0a-3d1c1b7b6f52")
"""Of every id that is made here."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_WRITTEN = "2026-11-01T00:00:00.000Z"
_IDENTITY_ID = f"identity--{uuid5(NAMESPACE, 'identity')}"
_EXTENSION_ID = f"extension-definition--{uuid5(NAMESPACE, 'extension')}"

_IDENTITY: Mapping[str, object] = {
    "type": "identity",
    "spec_version": "2.1",
    "id": _IDENTITY_ID,
    "created": _FIRST_WRITTEN,
    "modified": _FIRST_WRITTEN,
    "name": "Entente",
    "identity_class": "system",
}
_EXTENSION: Mapping[str, object] = {
    "type": "extension-definition",
    "spec_version": "2.1",
    "id": _EXTENSION_ID,
    "created_by_ref": _IDENTITY_ID,
    "created": _FIRST_WRITTEN,
    "modified": _FIRST_WRITTEN,
    "name": "Exchanged signal",
    "schema": "An object of three texts, each empty where it is not known. partner_ref: under which reference the "
    "signal is kept where it was listed first. entity: whom the content is taken to come from. changed_at: when the "
    "signal last changed there, as ISO 8601.",
    "version": "1.0.0",
    "extension_types": ["property-extension"],
}


def read(content: Content) -> Iterator[Entry | Bad]:
    """Yield what each indicator lists, or why it cannot be read. Raises FormatUnreadable.

    A list of objects without a bundle around it is read too.
    """
    for number, found in enumerate(objects(content, lists={"objects"}), start=1):
        if found is BROKEN:
            yield Bad(number, "it is not JSON")
            continue
        try:
            yield from _read_object(Table(found))
        except MalformedEntry as error:
            yield Bad(number, str(error))


def write(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield a bundle piece by piece. Raises MalformedEntry for a value that is not canonical."""
    digest = hashlib.sha256()
    head = b'{"type":"bundle","objects":[\n'
    for one in (_IDENTITY, _EXTENSION):
        yield head + _json(one)
        head = b",\n"
    for entry in entries:
        written = _json(_indicator(entry))
        digest.update(written)
        yield b",\n" + written
    bundle_id = f"bundle--{uuid5(NAMESPACE, digest.hexdigest())}"
    yield b'\n],"id":"' + bundle_id.encode() + b'"}\n'


def indicator_id(signal_type: str, written: str, partner_ref: str) -> str:
    """Return the id of the indicator of a signal under a reference."""
    return f"indicator--{uuid5(NAMESPACE, json.dumps([signal_type, written, partner_ref]))}"


def _read_object(found: Table) -> list[Entry]:
    """Return the entries of an indicator, none of another object. Raises MalformedEntry: then none of it counts."""
    if found.text("type") != "indicator":
        return []
    if found.text("pattern_type", "stix") != "stix":
        raise MalformedEntry("the pattern is not written in the STIX pattern language")
    extension = found.table("extensions").table(_EXTENSION_ID)
    is_ours = extension.has("changed_at")
    return [
        make_entry(
            signal_type=signal_type,
            written=written if signal_type else "",
            labels=found.texts("labels"),
            entity=extension.text("entity", ""),
            note=found.text("description", ""),
            partner_ref=_reference(found, extension) if signal_type else written,
            is_retracted=found.flag("revoked", default=False),
            changed_at=_changed_at(extension.text("changed_at")) if is_ours else found.time("modified"),
        )
        for signal_type, written in read_pattern(found.text("pattern"))
    ]


def _reference(found: Table, extension: Table) -> str:
    return extension.text("partner_ref") if extension.has("partner_ref") else found.text("id", "")


def _changed_at(written: str) -> datetime | None:
    return read_time(written) if written else None


def _indicator(entry: Entry) -> dict[str, object]:
    written = write_value(entry)
    at = (entry.changed_at or _BEGINNING).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    indicator: dict[str, object] = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": indicator_id(entry.signal_type, written, entry.partner_ref),
        "created_by_ref": _IDENTITY_ID,
        "created": at,
        "modified": at,
        "pattern": write_pattern(entry.signal_type, written or entry.partner_ref),
        "pattern_type": "stix",
        "valid_from": at,
    }
    if entry.is_retracted:
        indicator["revoked"] = True
    if entry.labels:
        indicator["labels"] = entry.labels
    if entry.note:
        indicator["description"] = entry.note
    indicator["extensions"] = {
        _EXTENSION_ID: {
            "extension_type": "property-extension",
            "partner_ref": entry.partner_ref,
            "entity": entry.entity,
            "changed_at": write_time(entry.changed_at) if entry.changed_at else "",
        }
    }
    return indicator


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
