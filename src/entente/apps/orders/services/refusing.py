"""Orders too long or too large to be taken in: refused with the limit, on record, and shown until somebody looked."""

from datetime import datetime
from typing import TYPE_CHECKING, NoReturn
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.orders import facts
from entente.apps.orders.errors import OrderMalformed, OrderMissing, OrderTooLarge, TooManyAddresses
from entente.apps.orders.models import RefusedOrder
from entente.core.law import orders as law

if TYPE_CHECKING:
    from entente.apps.parties.types import AuthorityFacts


def check_size(
    form: law.RemovalOrderForm, authority: "AuthorityFacts | None", actor: Actor, at: datetime
) -> None:
    """Refuse an order without addresses or with too many; the latter goes on record, outside any transaction.

    Raises OrderMalformed, TooManyAddresses.
    """
    limit = config().limits.order_addresses
    count = len(facts.addresses(form))
    if count > limit:
        row = RefusedOrder(reference=facts.reference(form), addresses=count, limit=limit)
        if authority is not None and actor.kind == "authority":
            row.authority_id = authority.id
        _note(row, facts.issuer_name(form, authority), actor, at)
        raise TooManyAddresses(
            _("One order may name %(limit)s addresses here; this one names %(count)s. Please split it.")
            % {"limit": limit, "count": count},
            limit=limit,
            count=count,
        )
    if count == 0:
        raise OrderMalformed(
            _("No address was found. An order names at least one address (Annex I, section B).")
        )


def refuse_too_large(
    *, size_bytes: int, authority: "AuthorityFacts | None", actor: Actor, at: datetime
) -> NoReturn:
    """Refuse a message of more bytes than an order may have; what an authority signed goes on record.

    Anybody can send many bytes: an unsigned attempt is for the log of the process, not for the record.
    Raises OrderTooLarge.
    """
    limit = config().limits.order_bytes
    if authority is not None:
        row = RefusedOrder(authority_id=authority.id, size_bytes=size_bytes, limit=limit)
        _note(row, authority.name, actor, at)
    raise OrderTooLarge(
        _("An order may have %(limit)s bytes here; this one has %(count)s. Please split it.")
        % {"limit": limit, "count": size_bytes},
        limit=limit,
        count=size_bytes,
    )


@transaction.atomic
def _note(row: RefusedOrder, issuer: str, actor: Actor, at: datetime) -> None:
    """Put a refusal on record, and what an authority sent itself before those who work the inbox.

    The same attempt again, while nobody has looked, is only counted.
    """
    is_shown = bool(row.authority_id)
    if is_shown and not _is_new(row, at):
        return
    what, measure = (
        ("refused_too_many", {"addresses": row.addresses})
        if row.addresses
        else ("refused_too_large", {"bytes": row.size_bytes})
    )
    audit.record(
        kind=f"orders:removal_order:{what}",
        subject_kind="refused_order" if is_shown else "instance",
        subject_id=row.id,
        actor=actor,
        at=at,
        facts={**measure, "limit": row.limit, "issuer": issuer},
    )


def _is_new(row: RefusedOrder, at: datetime) -> bool:
    """Keep a refusal, or count it where the same one waits already; say which."""
    same = RefusedOrder.objects.filter(
        authority_id=row.authority_id,
        reference=row.reference,
        addresses=row.addresses,
        size_bytes=row.size_bytes,
        seen_at__isnull=True,
    )
    if same.update(times=F("times") + 1, last_at=at):
        return False
    row.first_at = row.last_at = at
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # the same attempt, at the same moment
        same.update(times=F("times") + 1, last_at=at)
        return False
    return True


@transaction.atomic
def mark_refusal_seen(*, refused_id: UUID, actor: Actor, at: datetime) -> RefusedOrder:
    """Note that somebody has looked at a refused order, so that it is shown no more. Idempotent. Raises OrderMissing."""
    row = RefusedOrder.objects.select_for_update().filter(pk=refused_id).first()
    if row is None:
        raise OrderMissing(_("There is no such order."))
    if row.seen_at is None:
        row.seen_at, row.seen_by_name = at, actor.name
        row.save(update_fields=["seen_at", "seen_by_name"])
        audit.record(
            kind="orders:removal_order:refusal_seen",
            subject_kind="refused_order",
            subject_id=row.id,
            actor=actor,
            at=at,
        )
    return row
