"""Whether the service may look at an address of its own accord, after a message that does not bind (any more).

An order is executed, not second-guessed: while one holds an address down there is nothing of our own to decide. What
it held down comes back first; only then may a new case begin, so that no measure quietly outlives its order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.cases import registries
from entente.apps.cases.errors import CaseMissing, OwnRoadClosed
from entente.apps.cases.models import Action, Case, CaseItem, Departure
from entente.apps.cases.models.case import CaseKind, CaseState
from entente.apps.cases.models.decision import ActionState
from entente.core.law import bases

if TYPE_CHECKING:
    from entente.apps.content.models import ContentItem

_HOLDING = (ActionState.PENDING, ActionState.APPLIED, ActionState.UNDOING)


@dataclass(frozen=True, slots=True)
class OwnRoad:
    """What a case of the service's own starts from: the case it was found in, how, and the addresses."""

    case: Case
    background: registries.Background
    items: "tuple[ContentItem, ...]"


def find_own_road(*, case_id: UUID, item_ids: Sequence[UUID]) -> OwnRoad:
    """Return what a case of the service's own about these addresses starts from.

    Part of the transaction that opens it: the case is locked where the database can, so that two people who open one
    at once open one. Raises CaseMissing, and OwnRoadClosed for what stands in the way.
    """
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise CaseMissing(_("This case does not exist."))
    if Departure.objects.filter(case=case).exists():
        raise OwnRoadClosed(_("This case was sent to its route. Nothing in it is looked at again."))
    background = _background(case)
    chosen = CaseItem.objects.filter(case=case, pk__in=list(item_ids)).select_related("content_item")
    items = [row.content_item for row in chosen.order_by("position", "id")]
    if not items:
        raise OwnRoadClosed(_("Choose at least one address of this case."))
    for item in items:
        _check(item)
    return OwnRoad(case=case, background=background, items=tuple(items))


def has_own_road(case: Case) -> bool:
    """Say whether a case of the service's own may be opened beside a case at all, whatever its addresses."""
    handler = registries.backgrounds.find(case.intake_kind)
    is_left = Departure.objects.filter(case=case).exists()
    return handler is not None and not is_left and handler(case) is not None


def _background(case: Case) -> registries.Background:
    handler = registries.backgrounds.find(case.intake_kind)
    background = handler(case) if handler is not None else None
    if background is None:
        raise OwnRoadClosed(
            _(
                "What stands behind this case is dealt with here. A case of our own follows only where an order has ended, proved false, or never bound this service."
            )
        )
    return background


def _check(item: "ContentItem") -> None:
    measures = Action.objects.filter(decision__item__content_item=item, state__in=_HOLDING)
    if measures.filter(decision__basis_id__in=_order_bases()).exists():
        raise OwnRoadClosed(
            _(
                "An order still holds %(url)s down, or the platform has not said yet that it is back. First it comes back; then it may be assessed anew."
            )
            % {"url": item.url}
        )
    if measures.exists():
        raise OwnRoadClosed(_("A decision of our own already holds for %(url)s.") % {"url": item.url})
    twin = (
        CaseItem.objects.filter(
            content_item=item, case__kind=CaseKind.OWN_INITIATIVE, case__state=CaseState.OPEN
        )
        .values_list("case__reference", flat=True)
        .first()
    )
    if twin is not None:
        raise OwnRoadClosed(
            _("Case %(reference)s, of our own, is open about %(url)s already.")
            % {"reference": twin, "url": item.url}
        )


def _order_bases() -> list[str]:
    return [basis.id for basis in bases.bases().values() if basis.kind is bases.BasisKind.ORDER]
