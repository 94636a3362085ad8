"""One threat update: an indicator, and what the members of a privacy group say of it.

The shape in which the open hash exchange hands out its changes, read in its feed and in files made from it:

    {"id": "1", "type": "HASH_MD5", "indicator": "...", "last_updated": 1700146048, "should_delete": false,
     "descriptors": {"data": [{"owner": {"id": "2"}, "status": "MALICIOUS", "tags": {"data": [{"text": "video"}]}}]}}

Certain (its public documentation and reference client): these names; that `should_delete` marks what was taken back;
that an update without descriptors is to be treated as deleted where descriptors were asked for; the statuses; that
`reactions` are pairs of a name and the owners who chose it. Assumed: which of our signal types an indicator type is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entente.core.exchange.errors import MalformedEntry
from entente.core.exchange.opinions import Opinion, View
from entente.core.exchange.reading import make_entry

if TYPE_CHECKING:
    from entente.core.exchange.entries import Entry
    from entente.core.exchange.tables import Table

SIGNAL_TYPES: Mapping[str, str] = {
    "HASH_PDQ": "pdq",
    "HASH_MD5": "md5",
    "HASH_VIDEO_MD5": "md5",
    "HASH_SHA256": "sha256",
    "HASH_URL_MD5": "url_md5",
    "URI": "url",
    "RAW_URI": "url",
}
"""Indicator type -> signal type. Others are passed over."""


@dataclass(frozen=True, slots=True)
class ThreatUpdate:
    """What one update says."""

    ref: str
    entry: Entry | None
    """None for an indicator of a type that no signal type here reads."""
    opinions: tuple[Opinion, ...] = ()


_STATUSES: Mapping[str, View] = {"MALICIOUS": View.CONFIRMS, "NON_MALICIOUS": View.CONTESTS}
_REACTIONS: Mapping[str, View] = {"HELPFUL": View.CONFIRMS, "DISAGREE_WITH_TAGS": View.CONTESTS}
_MOST_DESCRIPTORS = 1000


@dataclass(frozen=True, slots=True)
class _Said:
    """One member's view, and None where they only ask for a look."""

    author: str
    view: View | None
    tags: tuple[str, ...]


def read_update(update: Table, *, with_descriptors: bool) -> ThreatUpdate:
    """Return what one update says; `with_descriptors` if they were asked for, so that their absence means deletion.

    An indicator of which every view is that it is not what the group looks for is read as retracted. Raises
    MalformedEntry.
    """
    ref = update.identifier("id")
    is_deleted = update.flag("should_delete", default=False)
    signal_type = SIGNAL_TYPES.get(update.text("type", ""), "")
    if not signal_type:
        if is_deleted and ref:
            return ThreatUpdate(
                ref, make_entry(signal_type="", written="", partner_ref=ref, is_retracted=True)
            )
        return ThreatUpdate(ref, None)
    said = list(_said(update))
    views = [one.view for one in said]
    stands = not is_deleted and bool(views or not with_descriptors) and set(views) != {View.CONTESTS}
    entry = make_entry(
        signal_type=signal_type,
        written=update.text("indicator"),
        labels=sorted({tag for one in said for tag in one.tags}) or tags_of(update),
        partner_ref=ref,
        is_retracted=not stands,
        changed_at=update.time("last_updated"),
    )
    opinions = tuple(
        Opinion(signal_type, entry.value, one.author, one.view, one.tags) for one in said if one.view
    )
    return ThreatUpdate(ref, entry, opinions)


def tags_of(holder: Table) -> list[str]:
    """Return tags, which stand as a list of texts or as an object with a list of objects. Raises MalformedEntry."""
    try:
        return holder.texts("tags")
    except MalformedEntry:
        return [tag.text("text") for tag in holder.table("tags").tables("data")]


def _said(update: Table) -> Iterator[_Said]:
    descriptors = list(update.table("descriptors").tables("data"))
    if len(descriptors) > _MOST_DESCRIPTORS:
        raise MalformedEntry(f"it has more than {_MOST_DESCRIPTORS} descriptors")
    owners: set[str] = set()
    for descriptor in descriptors:
        owner = descriptor.table("owner").identifier("id")
        owners.add(owner)
        yield _Said(owner, _STATUSES.get(descriptor.text("status", "")), tuple(tags_of(descriptor)))
    reactions: dict[str, View] = {}
    for descriptor in descriptors:
        for reaction in descriptor.tables("reactions"):
            view = _REACTIONS.get(reaction.text("key", ""))
            for owner in filter(None, map(str.strip, reaction.text("value", "").split(","))):
                if view and owner not in owners:
                    reactions.setdefault(owner, view)
    for owner, view in reactions.items():
        yield _Said(owner, view, ())
