"""Waking people about an order while there is still time."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from entente.apps.cases import services as cases
from entente.apps.orders.models import RemovalOrder

if TYPE_CHECKING:
    from django.utils.functional import Promise

_TEXTS = {
    "platform_refused": _("The platform refused the measure of order %(reference)s: %(detail)s"),
    "protected": _(
        "Order %(reference)s names an address of the protected corpus. The scrutiny request is prepared."
    ),
    "facts_missing": _(
        "Order %(reference)s has arrived, and nobody can compute whether it binds here: %(detail)s Its hour may be running."
    ),
    "filed_came_again": _(
        "Order %(reference)s, which was filed as information, has come again. Look whether that was right."
    ),
    "protected_at_home": _(
        "Order %(reference)s names an address of the protected corpus. It comes from our own state: a court, or its issuer, can undo it."
    ),
}


def wake(
    *,
    order: RemovalOrder,
    reason: str,
    at: datetime,
    detail: "str | Promise" = "",
    role: str = "on_call",
) -> None:
    """Page the people with `role` about an order; part of the caller's transaction."""
    facts = {"reference": order.reference or order.case.reference, "detail": detail}
    # Filled in when it is read: each person is woken in their own language.
    text = lazy(lambda: str(_TEXTS[reason]) % facts, str)()
    cases.page_people(
        role=role,
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        text=text,
        at=at,
        key=f"{reason}-{order.id}",
    )


def wake_about_missing_facts(*, order: RemovalOrder, at: datetime) -> None:
    """Page who is on call, and who can fill in the profile, that an order waits for a fact and not for a decision."""
    missing = [reason for reason in order.binding_reasons if reason["weight"] == "unknown"]
    detail = lazy(lambda: " ".join(gettext(one["message"]) % one["params"] for one in missing), str)()
    for role in ("on_call", "administrator"):
        wake(order=order, reason="facts_missing", detail=detail, role=role, at=at)
