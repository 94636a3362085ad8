"""Repeated requests: the same key and the same body get the same answer, and nothing happens twice.

The answer is kept in the transaction of the act, so that there is no moment in which one exists without
the other (IETF draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from entente.apps.kernel.errors import Conflict, Invalid
from entente.apps.kernel.models import KeptAnswer

KEEP_FOR = timedelta(hours=48)
MAX_KEY = 255


class KeyUsedOtherwise(Conflict):
    """The same key came with another body; a key belongs to one request."""

    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another request"


class KeyUnreadable(Invalid):
    """Too long, or empty."""

    code = "idempotency_key_unreadable"
    title = "The Idempotency-Key cannot be used"


def run_once(
    *, owner: str, key: str, request_body: bytes, at: datetime, act: Callable[[], tuple[int, Any]]
) -> tuple[int, Any]:
    """Run `act` unless this owner's `key` has been answered; return status and body either way.

    Without a key `act` simply runs. Raises KeyUsedOtherwise, KeyUnreadable, and what `act` raises.
    """
    if not key:
        return act()
    if len(key) > MAX_KEY or not key.isprintable():
        raise KeyUnreadable(f"An Idempotency-Key has at most {MAX_KEY} printable characters.")
    name = hashlib.sha256(f"{owner}\n{key}".encode()).hexdigest()
    digest = hashlib.sha256(request_body).hexdigest()
    known = _kept(name, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            status, body = act()
            KeptAnswer.objects.create(
                key=name, request_digest=digest, status=status, body=body, kept_until=at + KEEP_FOR
            )
            return status, body
    except IntegrityError:
        # Two copies of one request at the same moment: the other one won, its answer is ours.
        known = _kept(name, digest)
        if known is None:
            raise
        return known


def _kept(name: str, digest: str) -> tuple[int, Any] | None:
    row = KeptAnswer.objects.filter(key=name).first()
    if row is None:
        return None
    if row.request_digest != digest:
        raise KeyUsedOtherwise(
            "Use a new key for a new request; this one belongs to an earlier request with another body."
        )
    return row.status, row.body


def forget_old_answers(*, at: datetime, limit: int = 500) -> int:
    """Delete answers past their time; the worker calls this."""
    old = KeptAnswer.objects.filter(kept_until__lt=at).values_list("pk", flat=True)[:limit]
    deleted, _by_model = KeptAnswer.objects.filter(pk__in=list(old)).delete()
    return deleted
