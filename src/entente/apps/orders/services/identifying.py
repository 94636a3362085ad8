"""What the paper says: which authority of our register it is, and the boxes of Annex I typed in from it.

A fax has no sender's domain and no boxes. Neither changes when the order reached us: its hour runs from there.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.arrivals import queries as arrivals
from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.cases.services import opening, retyping
from entente.apps.content import services as content
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.orders import facts
from entente.apps.orders.errors import FormFixed, FormProven, NotInThisState
from entente.apps.orders.models import Authenticity, Execution, FormVersion, RemovalOrder
from entente.apps.orders.services import examining, recognising
from entente.apps.orders.services.checking import lock
from entente.apps.orders.services.receiving import canonical_addresses
from entente.apps.orders.services.refusing import check_size
from entente.apps.parties import queries as parties
from entente.core.law import orders as law

if TYPE_CHECKING:
    from entente.apps.parties.types import AuthorityFacts

_UNTOUCHED = frozenset({Execution.AWAITING, Execution.NOT_BINDING, Execution.IMPOSSIBLE})


def is_form_proven(order: RemovalOrder) -> bool:
    """Say whether a key, a signature or a seal proves the boxes themselves, and not only that the authority sent something."""
    if order.door == "api" or order.authenticity_method == "registered_key":
        return True
    if order.authenticity_method != "qualified_signature":
        return False
    arrival = arrivals.of_case(order.case_id)
    return arrival is None or arrival.is_form_signed


@transaction.atomic
def identify_issuer(*, order_id: UUID, authority_id: UUID, actor: Actor, at: datetime) -> RemovalOrder:
    """Say which authority of our register an order claims to come from; the order stays as unverified as it was.

    Binding and findings are computed anew; from here on the number to call back is known. If the authority's very
    order is here already, this message ends in that one. Raises NotInThisState, FormProven, UnknownAuthority.
    """
    order = lock(order_id)
    examining.refuse_over(order)
    if order.authenticity == Authenticity.VERIFIED:
        raise FormProven(_("This order is verified: the proof says who sent it."))
    if order.execution not in _UNTOUCHED or order.related_how == recognising.SAME_ORDER:
        raise NotInThisState(_("Something was done about this order already."))
    authority = parties.authority(authority_id)
    order.authority_id = authority.id
    describe(order, law.RemovalOrderForm.from_json(order.form), authority)
    known = recognising.find_same(order)
    if known is not None:
        order.refresh_from_db()
        recognising.fold(order, known, actor=actor, at=at)
        return order
    save_once(order)
    _record(order, "identified", {"authority": authority.name}, actor, at)
    retitle(order)
    examining.bind_again(order, actor=actor, at=at, why="identified")
    return order


@transaction.atomic
def complete_form(*, order_id: UUID, form: law.RemovalOrderForm, actor: Actor, at: datetime) -> RemovalOrder:
    """Write what the paper says into an order's boxes; what stood there before is kept, and everything examined anew.

    Addresses and the request for silence are fixed once the platform was asked. Raises FormProven for what a key or
    a signature proves, FormFixed, NotInThisState, TooManyAddresses, OrderMalformed (no address left).
    """
    order = lock(order_id)
    examining.refuse_over(order)
    if order.related_how == recognising.SAME_ORDER:
        raise NotInThisState(_("This message turned out to be another case's order. Go on there."))
    if is_form_proven(order):
        raise FormProven(_("The authority signed this form. It is read as it was signed."))
    authority = parties.authority(order.authority_id) if order.authority_id else None
    check_size(form, authority, actor, at)
    before = law.RemovalOrderForm.from_json(order.form)
    urls = canonical_addresses(form)
    is_moved = recognising.addresses_digest(urls) != order.addresses_digest
    _refuse_fixed(order, before, form, is_moved=is_moved)
    FormVersion.objects.create(order=order, form=order.form, replaced_by_name=actor.name, replaced_at=at)
    order.form = form.to_json()
    order.silence_asked = form.section_c.non_disclosure
    order.reference, order.issued_at = facts.reference(form), facts.issued_at(form)
    order.addresses_digest = recognising.addresses_digest(urls)
    describe(order, form, authority)
    known = recognising.find_same(order) if order.execution in _UNTOUCHED else None
    if known is not None:
        order.refresh_from_db()
        recognising.fold(order, known, actor=actor, at=at)
        return order
    save_once(order)
    if is_moved:
        change_addresses(order, urls, actor, at)
    _record(order, "completed", {"addresses": len(urls), "moved": is_moved}, actor, at)
    retitle(order)
    examining.bind_again(order, actor=actor, at=at, why="completed")
    return order


def _refuse_fixed(
    order: RemovalOrder, before: law.RemovalOrderForm, form: law.RemovalOrderForm, *, is_moved: bool
) -> None:
    if order.execution in _UNTOUCHED:
        return
    if is_moved:
        raise FormFixed(
            _(
                "The platform was asked about these addresses. Another address is another order, or a clarification."
            )
        )
    if form.section_c != before.section_c:
        raise FormFixed(_("The measure is out: whether the person is told can not be changed here any more."))


def describe(order: RemovalOrder, form: law.RemovalOrderForm, authority: "AuthorityFacts | None") -> None:
    """Repeat on the row who issued the order, by our register where we know it, and whether it matches that entry."""
    order.issuer_name = facts.issuer_name(form, authority)
    order.issuer_country = facts.issuer_country(form, authority)
    arrival = arrivals.of_case(order.case_id)
    mail = arrival.sender_mail if arrival is not None else ""
    order.matches_register = facts.matches_register(form, authority, mail)


def save_once(order: RemovalOrder) -> None:
    """Save an order whose identity changed. Raises ChangedMeanwhile where the very order came in by another way."""
    try:
        with transaction.atomic():
            order.save()
    except IntegrityError:
        raise ChangedMeanwhile(
            _("The same order has just come in by another way. Look again, then say it once more.")
        ) from None


def retitle(order: RemovalOrder) -> None:
    """Call the case after its order, as far as that is known now."""
    if order.issuer_name:
        retyping.retitle_case(case_id=order.case_id, title=facts.title(order), sender=order.issuer_name)


def change_addresses(order: RemovalOrder, urls: list[str], actor: Actor, at: datetime) -> None:
    """Make the case's addresses those of the form: a mistyped one goes, one from the second page comes."""
    wanted, _known = content.register_contents(urls=urls, at=at)
    ids = {item.pk for item in wanted}
    for row in case_queries.items_of(order.case_id):
        if row.content_item_id not in ids:
            retyping.drop_item(item_id=row.id, actor=actor, at=at)
    held = {row.content_item_id for row in case_queries.items_of(order.case_id)}
    for item in wanted:
        if item.pk not in held:
            opening.add_item(case_id=order.case_id, content_item=item)
            if order.is_binding:
                content.request_snapshot(content_item=item, case_id=order.case_id, at=at)


def _record(
    order: RemovalOrder, what: str, said: dict[str, str | int | bool], actor: Actor, at: datetime
) -> None:
    audit.record(
        kind=f"orders:removal_order:{what}",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts=dict(said),
    )
