"""Signatures that were used; a second use is a replay."""

from datetime import datetime

from django.db import IntegrityError, transaction

from entente.apps.kernel.rows import insert_row
from entente.apps.orders.errors import SignatureRefused
from entente.apps.orders.models import SeenSignature


def remember(*, digest: str, expires_at: datetime) -> None:
    """Keep a signature's digest. Raises SignatureRefused when it was used before."""
    try:
        with transaction.atomic():
            insert_row(SeenSignature(digest=digest, expires_at=expires_at))
    except IntegrityError:
        raise SignatureRefused(
            "This signed request was received before. Sign it anew to send it again."
        ) from None


def forget_expired(*, at: datetime, limit: int = 1000) -> int:
    """Delete signatures too old to be accepted anyway; the worker calls this."""
    old = SeenSignature.objects.filter(expires_at__lt=at).values_list("pk", flat=True)[:limit]
    deleted, _by_model = SeenSignature.objects.filter(pk__in=list(old)).delete()
    return deleted
