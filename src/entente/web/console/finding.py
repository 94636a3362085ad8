"""Finding what an address of the console names, or saying plainly that it is not there."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _

from entente.apps.cases import queries as cases
from entente.apps.kernel.errors import Missing
from entente.apps.orders import queries as orders
from entente.apps.orders.errors import OrderMissing

if TYPE_CHECKING:
    from entente.apps.cases.models import Case, CaseItem
    from entente.apps.orders.models import RemovalOrder

T = TypeVar("T")


def found(read: Callable[..., T], *args: Any) -> T:
    """Return what a query reads by an id from an address. Raises Missing where there is no such row."""
    try:
        return read(*args)
    except ObjectDoesNotExist:
        raise Missing(_("There is nothing at this address.")) from None


def order_of(case: "Case") -> "RemovalOrder":
    """Return the order a case grew out of. Raises OrderMissing."""
    order = orders.of_case(case.pk)
    if order is None:
        raise OrderMissing(_("This case did not grow out of an order."))
    return order


def item_of(case: "Case", item_id: UUID) -> "CaseItem":
    """Return one address of a case. Raises Missing, also for an address of another case."""
    item = found(cases.item, item_id)
    if item.case_id != case.pk:
        raise Missing(_("There is nothing at this address."))
    return item
