"""What else holds the same content: measures of other decisions, of whatever order, notice or look of our own.

Measures at the platform are a set (docs/decisions/0011): one may end while another stands. Whoever says what the end of a
measure changes, to the platform, to a hand or to the person affected, asks here first.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Exists, OuterRef

from entente.apps.cases.models import Action, Silence
from entente.apps.cases.models.decision import ActionState, Outcome
from entente.core.law.areas import Area
from entente.core.law.scopes import ScopeKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entente.apps.cases.models import Decision

IN_FORCE: Final = (ActionState.PENDING, ActionState.APPLIED)
"""Asked for, or carried out, and not asked back. What the platform refused holds nothing."""

HOLDING: Final = frozenset({Outcome.DISABLE.value, Outcome.RESTRICT.value})
"""Kinds of measures that make content unavailable; a warning does not."""


@dataclass(frozen=True, slots=True)
class OtherMeasure:
    """A measure of another decision on the same content. `is_silent`: a lawful silence runs on its case (rule 14)."""

    action_id: UUID
    kind: str
    label: str
    area: Area
    is_silent: bool

    @property
    def countries(self) -> list[str] | None:
        """Return where it holds as the platform is told: country codes, or None for the world."""
        return None if self.area.is_everywhere else sorted(self.area.countries)


@dataclass(frozen=True, slots=True)
class Remainder:
    """What the end of a measure of `kind` leaves: where it held, and the others that hold the content there."""

    kind: str
    area: Area
    others: tuple[OtherMeasure, ...] = ()

    @property
    def is_held(self) -> bool:
        """Say whether the content stays unavailable somewhere where the ended measure held it."""
        return bool(self.others)

    @property
    def freed(self) -> Area:
        """Return where nothing holds the content any more."""
        return _without(self.area, self.others)

    @property
    def told(self) -> tuple[OtherMeasure, ...]:
        """Return the others that may be spoken of."""
        return tuple(other for other in self.others if not other.is_silent)

    @property
    def unexplained(self) -> Area:
        """Return where only measures hold it that the law keeps silent: it is not available there, and no more is said."""
        return _without(self.area, self.told).without(self.freed)


def other_measures_in_force(action: Action, *, until: datetime | None = None) -> tuple[OtherMeasure, ...]:
    """Return the measures of other decisions on the content of `action`, oldest first; with `until`, those decided by then."""
    silences = Silence.objects.filter(case_id=OuterRef("decision__case_id"), ended_at__isnull=True)
    found = (
        Action.objects.filter(
            decision__item__content_item_id=action.decision.item.content_item_id, state__in=IN_FORCE
        )
        .exclude(pk=action.pk)
        .annotate(is_silent=Exists(silences))
        .select_related("decision")
        .order_by("requested_at", "pk")
    )
    if until is not None:
        found = found.filter(decision__decided_at__lte=until)
    return tuple(
        OtherMeasure(
            action_id=other.pk,
            kind=other.kind,
            label=other.decision.label,
            area=area_of(other.decision),
            is_silent=other.is_silent,
        )
        for other in found
    )


def area_of(decision: "Decision") -> Area:
    """Return where the measure of a decision holds."""
    return Area(frozenset(decision.scope_countries), decision.scope_kind == ScopeKind.WORLDWIDE)


def remainder_of(action: Action, *, until: datetime | None = None) -> Remainder:
    """Return what the end of a measure leaves; with `until`, only others decided by then count."""
    return remainder_beside(action, other_measures_in_force(action, until=until))


def remainder_beside(action: Action, others: "Iterable[OtherMeasure]") -> Remainder:
    """Return what the end of a measure leaves beside `others`; a warning held nothing, so nothing of it is held on."""
    area = area_of(action.decision)
    if action.kind not in HOLDING:
        return Remainder(action.kind, area)
    there = [other for other in others if other.kind in HOLDING and not area.shared(other.area).is_nowhere]
    return Remainder(action.kind, area, tuple(there))


def left_by(decision: "Decision", *, until: datetime | None = None) -> Remainder | None:
    """Return what is left of the measure that a restoration took back; None for any other decision."""
    if decision.outcome != Outcome.RESTORE:
        return None
    ended = Action.objects.filter(decision__superseded_by=decision).select_related("decision__item").first()
    return remainder_of(ended, until=until) if ended is not None else Remainder("", Area())


def is_held_in(action: Action, country: str) -> bool:
    """Say whether another measure makes the content of `action` unavailable in a country."""
    others = other_measures_in_force(action)
    return any(other.kind in HOLDING and other.area.has(country) for other in others)


def _without(area: Area, others: "Iterable[OtherMeasure]") -> Area:
    return reduce(lambda left, other: left.without(other.area), others, area)
