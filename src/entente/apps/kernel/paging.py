"""Long lists by where the last page ended, never by number: what arrives meanwhile moves nothing.

Many rows share one moment (a thousand addresses decided at once), so a mark is a time and an id.
"""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from django.db.models import Q

Mark: TypeAlias = tuple[datetime, UUID]
"""The time and the id of the last line already shown."""


def older_than(mark: Mark | None, field: str) -> Q:
    """Return which rows come after `mark` in a list that is newest first by `field`, then by id."""
    if mark is None:
        return Q()
    at, last_id = mark
    return Q(**{f"{field}__lt": at}) | Q(**{field: at, "id__lt": last_id})


def newer_than(mark: Mark | None, field: str) -> Q:
    """Return which rows come after `mark` in a list that is oldest first by `field`, then by id."""
    if mark is None:
        return Q()
    at, last_id = mark
    return Q(**{f"{field}__gt": at}) | Q(**{field: at, "id__gt": last_id})
