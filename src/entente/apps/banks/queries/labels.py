"""Entity labels: who designated whom, and where a label may support a restriction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.banks.errors import NoSuchEntityLabel
from entente.apps.banks.models import Designation, EntityLabel
from entente.apps.banks.territories import DesignationFacts, Territories, territories_of
from entente.apps.kernel.config import config


@dataclass(frozen=True, slots=True)
class EntityLine:
    """One entity label with its designations, oldest first."""

    id: UUID
    name: str
    designations: tuple[DesignationFacts, ...]


def entities(*, name_contains: str = "", limit: int = 200) -> list[EntityLine]:
    """Return entity labels by name."""
    rows = EntityLabel.objects.filter(name__icontains=name_contains).prefetch_related("designations")
    return [
        EntityLine(row.pk, row.name, tuple(_facts(sorted(row.designations.all(), key=lambda d: d.since))))
        for row in rows.order_by("name")[:limit]
    ]


def territories(entity_id: UUID | None, *, on: date) -> Territories:
    """Return where the label of a signal may support a restriction on a day.

    A signal without a label is limited by none: everywhere, as far as labels go. A label that nobody's designation in
    force stands behind supports nothing. Raises NoSuchEntityLabel.
    """
    if entity_id is None:
        return Territories(everywhere=True)
    if not EntityLabel.objects.filter(pk=entity_id).exists():
        raise NoSuchEntityLabel(_("There is no such entity label."))
    rows = Designation.objects.filter(label_id=entity_id)
    return territories_of(_facts(rows), on=on, exercise=config().demo)


def _facts(rows: Iterable[Designation]) -> list[DesignationFacts]:
    return [DesignationFacts(row.designated_by, row.since, row.until, row.reference) for row in rows]
