"""The authority's clarification: boxes filled in or put right, both versions kept, the order examined anew (TCO 3(8)).

What was reported as impossible gets a new hour from the moment the clarification reached us. An order whose hour never
stopped goes on under that hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.orders import facts
from entente.apps.orders.errors import NotInThisState
from entente.apps.orders.models import Authenticity, Execution, FormVersion, FormWhy, RemovalOrder
from entente.apps.orders.services import checking, examining, identifying, recognising
from entente.apps.orders.services.receiving import canonical_addresses
from entente.apps.orders.services.refusing import check_size
from entente.apps.oversight import services as oversight
from entente.apps.parties import queries as parties
from entente.core.law import orders as law

if TYPE_CHECKING:
    from entente.apps.parties.types import AuthorityFacts


@dataclass(frozen=True, slots=True)
class _Said:
    """What the authority said: the form as it stands with it, when that reached us, in which words, and how it is proven."""

    form: law.RemovalOrderForm
    received_at: datetime
    note: str
    is_proven: bool


def clarify_order(
    *,
    order_id: UUID,
    received_at: datetime,
    note: str,
    actor: Actor,
    at: datetime,
    addresses: Sequence[str] = (),
    form: law.RemovalOrderForm | None = None,
    is_proven: bool = True,
) -> RemovalOrder:
    """Take in the authority's clarification, which reached us at `received_at`: `form` is Annex I as it stands now.

    Without a form, `addresses` (if any) take the place of those of section B. `is_proven`: a key, a signature or a call
    to our number shows that it is theirs; an unproven one that changes a verified order's addresses leaves the order
    unverified until somebody calls back. Raises NotInThisState, Invalid, TooManyAddresses, OrderMalformed, ChangedMeanwhile.
    """
    order = RemovalOrder.objects.select_related("authority").get(pk=order_id)
    written = _written(order, form, addresses)
    # Before the transaction: a refusal for its length stays on record.
    check_size(written, parties.authority(order.authority_id) if order.authority_id else None, actor, at)
    return _clarify(order_id, _Said(written, received_at, note, is_proven), actor, at)


@transaction.atomic
def _clarify(order_id: UUID, said: _Said, actor: Actor, at: datetime) -> RemovalOrder:
    order = checking.lock(order_id)
    examining.refuse_over(order)
    if order.execution not in {Execution.IMPOSSIBLE, Execution.AWAITING}:
        raise NotInThisState(_("This order waits for no clarification."))
    _check(order, said, at)
    before = law.RemovalOrderForm.from_json(order.form)
    urls = canonical_addresses(said.form)
    is_moved = recognising.addresses_digest(urls) != order.addresses_digest
    if said.form != before:
        known = _take(order, said.form, urls, actor, at)
        if known is not None:
            recognising.fold(order, known, actor=actor, at=at)
            return order
    if is_moved and not said.is_proven:
        _doubt(order, actor, at)
    _go_on(order, said, urls if is_moved else [], actor, at)
    if said.form != before:
        examining.bind_again(order, actor=actor, at=at, why="clarified")
        _tell(order, changed_boxes(before, said.form), actor, at, is_proven=said.is_proven)
    return order


def _written(
    order: RemovalOrder, form: law.RemovalOrderForm | None, addresses: Sequence[str]
) -> law.RemovalOrderForm:
    """Return Annex I as the clarification leaves it; whether it is an exercise is never clarified."""
    before = law.RemovalOrderForm.from_json(order.form)
    if form is not None:
        return replace(form, exercise=before.exercise, unread=())
    if not addresses:
        return before
    contents = tuple(law.ContentAddress(url=url) for url in addresses)
    return replace(before, section_b=replace(before.section_b, contents=contents))


def _check(order: RemovalOrder, said: _Said, at: datetime) -> None:
    if not said.note.strip():
        raise Invalid(_("Say what has ceased or was clarified, and how you know."))
    reported = checking.last_impossibility(order) if order.execution == Execution.IMPOSSIBLE else None
    checking.check_moment(said.received_at, not_before=reported or order.received_at, at=at)


def _take(
    order: RemovalOrder, written: law.RemovalOrderForm, urls: list[str], actor: Actor, at: datetime
) -> RemovalOrder | None:
    """Write the clarified form on the row, keeping what stood there; return the order it turns out to be, or None."""
    FormVersion.objects.create(
        order=order, form=order.form, why=FormWhy.CLARIFIED, replaced_by_name=actor.name, replaced_at=at
    )
    authority: AuthorityFacts | None = parties.authority(order.authority_id) if order.authority_id else None
    order.form = written.to_json()
    order.silence_asked = written.section_c.non_disclosure
    order.reference, order.issued_at = facts.reference(written), facts.issued_at(written)
    order.addresses_digest = recognising.addresses_digest(urls)
    did_match = order.matches_register
    identifying.describe(order, written, authority)
    # A signed order had no mail to compare; what matched before is not unmatched by a filled box.
    order.matches_register = order.matches_register or did_match
    known = recognising.find_same(order)
    if known is not None:
        order.refresh_from_db()
        return known
    identifying.save_once(order)
    identifying.retitle(order)
    return None


def _doubt(order: RemovalOrder, actor: Actor, at: datetime) -> None:
    """Leave a verified order unverified whose addresses were changed by a message that nothing proves.

    It waits for the call back: a forged clarification would turn a genuine order against somebody else.
    """
    if order.authenticity != Authenticity.VERIFIED:
        return
    compare_and_set(
        order,
        field="authenticity",
        expected=Authenticity.VERIFIED,
        to=Authenticity.UNVERIFIED,
        authenticity_method="",
        authenticity_at=None,
        matches_register=False,
    )
    _record(order, "in_doubt", {"why": "clarified"}, actor, at)


def _go_on(order: RemovalOrder, said: _Said, urls: list[str], actor: Actor, at: datetime) -> None:
    """Start the new hour of what was reported impossible; an hour that never stopped runs on as it is."""
    note, received_at = said.note, said.received_at
    if order.execution == Execution.IMPOSSIBLE:
        checking.begin_again(
            order, kind="clarified", from_at=received_at, note=note, addresses=urls, actor=actor, at=at
        )
        return
    checking.keep_event(order, kind="clarified", note=note, happened_at=received_at, actor=actor, at=at)
    if urls:
        identifying.change_addresses(order, urls, actor, at)
    _record(order, "clarified_in_time", {"from": received_at.isoformat(), "addresses": len(urls)}, actor, at)


def changed_boxes(before: law.RemovalOrderForm, after: law.RemovalOrderForm) -> list[str]:
    """Return the paths of the boxes in which two versions of a form differ, in the order of the paper."""
    old, new = before.to_json(), after.to_json()
    found = []
    for name, value in new.items():
        if isinstance(value, dict):
            found += [f"{name}.{box}" for box in value if value[box] != old[name][box]]
        elif value != old[name]:
            found.append(name)
    return found


def _tell(order: RemovalOrder, boxes: list[str], actor: Actor, at: datetime, *, is_proven: bool) -> None:
    _record(order, "form_clarified", {"boxes": boxes, "proven": is_proven}, actor, at)
    oversight.copy_to_overseer(
        kind="order_clarified",
        subject_id=order.id,
        summary={"boxes": list(boxes), "proven": is_proven, "binding": order.is_binding},
        at=at,
    )


def _record(order: RemovalOrder, what: str, said: dict[str, Any], actor: Actor, at: datetime) -> None:
    audit.record(
        kind=f"orders:removal_order:{what}",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts=said,
    )
