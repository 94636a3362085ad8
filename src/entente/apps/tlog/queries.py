"""Reading leaves: what waits, what was stated, what can still be opened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, Min, Q

from entente.apps.tlog.errors import NoSuchLeaf
from entente.apps.tlog.models import Leaf
from entente.core.tlog.leaf import ReadLeaf, read_leaf

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class LeafLine:
    """One leaf as a person reads it; `openable` counts the salts that are still here."""

    id: UUID
    kind: str
    leaf_hash: str
    state: str
    created_at: datetime
    statement: ReadLeaf
    openable: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the integrator has before it; `oldest` is how long the oldest leaf has waited."""

    count: int
    oldest: timedelta | None


def leaf_by_hash(leaf_hash: str) -> LeafLine:
    """Return the leaf with this hash (64 hexadecimal digits). Raises NoSuchLeaf."""
    row = _with_salts().filter(leaf_hash=leaf_hash).first()
    if row is None:
        raise NoSuchLeaf("No leaf of this instance has this hash.")
    return _line(row)


def newest(*, limit: int = 50, kind: str = "") -> list[LeafLine]:
    """Return the newest leaves, newest first, of all kinds or of one."""
    rows = _with_salts()
    if kind:
        rows = rows.filter(kind=kind)
    return [_line(row) for row in rows.order_by("-created_at", "-id")[:limit]]


def waiting(*, at: datetime) -> Waiting:
    """Return what is not in the log's tree yet."""
    found = Leaf.objects.filter(state=Leaf.State.PENDING).aggregate(
        number=Count("pk"), oldest=Min("created_at")
    )
    return Waiting(count=found["number"], oldest=at - found["oldest"] if found["oldest"] else None)


def _with_salts() -> "QuerySet[Leaf]":
    return Leaf.objects.annotate(openable=Count("salts", filter=Q(salts__salt__isnull=False)))


def _line(row: Leaf) -> LeafLine:
    return LeafLine(
        id=row.id,
        kind=row.kind,
        leaf_hash=row.leaf_hash,
        state=row.state,
        created_at=row.created_at,
        statement=read_leaf(bytes(row.data)),
        openable=row.openable,  # type: ignore[attr-defined] # annotated by _with_salts
    )
