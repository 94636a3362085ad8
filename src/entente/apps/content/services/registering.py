"""Knowing an address again, whoever reports it and however it is written."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from django.db import IntegrityError, transaction

from entente.apps.content.addresses import MAX_ADDRESS_CHARACTERS, canonical_url
from entente.apps.content.errors import AddressError
from entente.apps.content.models import ContentItem
from entente.apps.kernel.jsontypes import JSONValue
from entente.apps.kernel.rows import insert_rows

_BATCH: Final = 500
"""Rows per statement; an order may name a thousand addresses."""

_PLATFORM_TEXTS = {
    "platform_ref": ("platform_ref", 200),
    "uploader_ref": ("uploader_ref", 200),
    "uploader_language": ("uploader_language", 35),
    "title": ("title_hint", 200),
    "kind": ("kind", 20),
}
"""What a platform may say of an item: its word -> our field and how much of it is kept."""


def url_digest(url: str) -> str:
    """Return what an address is looked up by: the SHA-256 of its canonical form."""
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def register_content(*, url: str, at: datetime) -> ContentItem:
    """Return the content item of an address, made on its first appearance.

    A text that is no address is kept as it came (`is_readable` is false), because an order with a wrong address stays
    an order; whoever must refuse it asks `canonical_url` first.
    """
    items, _known = register_contents(urls=[url], at=at)
    return items[0]


@transaction.atomic(savepoint=False)
def register_contents(*, urls: Sequence[str], at: datetime) -> tuple[list[ContentItem], list[ContentItem]]:
    """Register many addresses at once, as `register_content` does each.

    Return the items in the order of `urls`, one for each different address, and those of them known before.
    """
    wanted = {item.url_digest: item for item in (_unsaved(url, at) for url in urls)}
    found = _find(wanted)
    known = list(found.values())
    new = [item for digest, item in wanted.items() if digest not in found]
    try:
        with transaction.atomic():
            insert_rows(new)
    except IntegrityError:  # somebody registered one of them in this moment
        ContentItem.objects.bulk_create(new, batch_size=_BATCH, ignore_conflicts=True)
        found = _find(wanted)
    else:
        found.update((item.url_digest, item) for item in new)
    return [found[digest] for digest in wanted], known


def _unsaved(url: str, at: datetime) -> ContentItem:
    try:
        address = canonical_url(url)
    except AddressError:
        kept = url.strip()[:MAX_ADDRESS_CHARACTERS].replace("\x00", "\ufffd")
        return ContentItem(url=kept, is_readable=False, url_digest=url_digest(kept), created_at=at)
    return ContentItem(
        url=address.url,
        host=address.host,
        registrable_domain=address.registrable_domain,
        url_digest=url_digest(address.url),
        created_at=at,
    )


def _find(digests: Collection[str]) -> dict[str, ContentItem]:
    found: dict[str, ContentItem] = {}
    for batch in _batches(digests):
        found.update((item.url_digest, item) for item in ContentItem.objects.filter(url_digest__in=batch))
    return found


def _batches(digests: Collection[str]) -> Iterator[list[str]]:
    rest = iter(digests)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def note_platform_facts(item: ContentItem, meta: Mapping[str, JSONValue]) -> None:
    """Keep what the platform says about its item, in the running transaction; unknown keys are ignored."""
    changed = []
    for name, (field, longest) in _PLATFORM_TEXTS.items():
        value = meta.get(name)
        if isinstance(value, str) and value:
            setattr(item, field, value[:longest])
            changed.append(field)
    if isinstance(meta.get("public"), bool):
        item.is_public = bool(meta["public"])
        changed.append("is_public")
    if changed:
        item.save(update_fields=changed)
