"""Visiting an address for a host without a webhook: through the guarded client, straight into the vault."""

from datetime import datetime
from typing import Final

from entente.apps.content.models import Snapshot
from entente.apps.content.services.receiving import IncomingPart, receive_snapshot
from entente.apps.kernel import http
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import config
from entente.apps.kernel.http import FetchFailed

FETCH_SECONDS: Final = 120.0
"""For the whole of one visit; a slower host is tried again later."""

_OK: Final = 200


def fetch_snapshot(snapshot: Snapshot, at: datetime) -> Snapshot:
    """Fetch the item's address and receive what comes. Raises FetchError and what `receive_snapshot` raises."""
    client = http.client(total_seconds=FETCH_SECONDS)
    url = snapshot.content_item.url
    with client.stream(url, max_bytes=config().limits.snapshot_bytes) as answer:
        if answer.status_code != _OK:
            raise FetchFailed(
                f"The address answered with status {answer.status_code}.",
                reason=f"status_{answer.status_code}",
            )
        part = IncomingPart(chunks=answer.chunks(), declared_type=answer.media_type)
        return receive_snapshot(snapshot_id=snapshot.id, parts=[part], method="fetched", actor=SYSTEM, at=at)
