"""What an order leaves behind when it does not bind (any more): how the service came to know its addresses."""

from typing import TYPE_CHECKING

from entente.apps.cases.registries import Background, Found
from entente.apps.orders.models import Authenticity, Execution, Fate, RemovalOrder
from entente.apps.orders.services.recognising import SAME_ORDER

if TYPE_CHECKING:
    from entente.apps.cases.models import Case

_ENDED = {
    Fate.WITHDRAWN: Found.ORDER_WITHDRAWN,
    Fate.CEASED: Found.ORDER_CEASED,
    Fate.ANNULLED: Found.ORDER_ANNULLED,
}


def background_of(case: "Case") -> Background | None:
    """Return what became of a case's order; None while it binds, and where it is another case's order once more."""
    order = RemovalOrder.objects.get(case_id=case.pk)
    if order.related_how == SAME_ORDER:
        return None
    if order.authenticity == Authenticity.REFUTED:
        return Background(Found.ORDER_REFUTED, order.issuer_name)
    if order.fate in _ENDED:
        return Background(_ENDED[Fate(order.fate)], order.issuer_name)
    if order.execution == Execution.NOT_BINDING:
        return Background(Found.NOT_BINDING, order.issuer_name)
    return None
