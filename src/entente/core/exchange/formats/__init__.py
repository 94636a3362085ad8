"""The formats in which signals are exchanged as documents: what each is called, and how it is read and written.

Every `read` takes a document in memory, an open binary file, or its pieces, and yields an Entry for what is listed and
a Bad for what cannot be read; a FormatUnreadable ends it where nothing further can be made out. Every `write` yields
the document piece by piece, and reading that gives back equal entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entente.core.exchange.errors import UnknownFormat
from entente.core.exchange.formats import csv_lines, misp, peers_json, stix

if TYPE_CHECKING:
    from entente.core.exchange.entries import Bad, Entry
    from entente.core.exchange.formats.lines import Content


@dataclass(frozen=True, slots=True)
class Format:
    """One format."""

    name: str
    """The identifier in settings, the API and the command."""

    title: str
    """What people call it, in English."""

    media_type: str
    suffix: str
    """Of a file's name, with its dot."""

    read: Callable[[Content], Iterator[Entry | Bad]]
    write: Callable[[Iterable[Entry]], Iterator[bytes]]


FORMATS: tuple[Format, ...] = (
    Format("csv", "CSV", "text/csv; charset=utf-8", ".csv", csv_lines.read, csv_lines.write),
    Format(
        "peers_json",
        "JSON of Hasher-Matcher-Actioner and ThreatExchange",
        "application/x-ndjson",
        ".jsonl",
        peers_json.read,
        peers_json.write,
    ),
    Format("stix", "STIX 2.1", "application/stix+json;version=2.1", ".stix.json", stix.read, stix.write),
    Format("misp", "MISP", "application/json", ".misp.json", misp.read, misp.write),
)


def by_name(name: str) -> Format:
    """Return a format. Raises UnknownFormat."""
    for one in FORMATS:
        if one.name == name:
            return one
    raise UnknownFormat(f"the formats are {', '.join(one.name for one in FORMATS)}")
