"""Splitting a message that names more addresses than one order may have: several orders of the same hour."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.arrivals import queries
from entente.apps.arrivals.errors import NothingToSplit
from entente.apps.arrivals.models import Arrival
from entente.apps.arrivals.services.recording import refuse_settled, ring
from entente.apps.audit import services as audit
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.ids import new_id


@transaction.atomic
def split_arrival(*, arrival_id: UUID, actor: Actor, at: datetime) -> list[Arrival]:
    """Split a message into parts that each fit into one order; return them, the message itself as the first.

    Every part has the message's receipt, proof, sender, boxes and file; only its addresses are its own.
    Raises AlreadySettled, NothingToSplit.
    """
    arrival = Arrival.objects.select_for_update().get(pk=arrival_id)
    refuse_settled(arrival)
    limit = config().limits.order_addresses
    shares = list(_shares(arrival, limit))
    if len(shares) < 2:  # noqa: PLR2004 - one share is the whole message
        raise NothingToSplit(_("It names no more addresses than one order may have."))
    root, total = queries.root_of(arrival), queries.count_addresses(arrival)
    parts = [_part(arrival, share, root, at) for share in shares[1:]]
    _narrow(arrival, shares[0])
    arrival.save(update_fields=["urls", "form"])
    audit.record(
        kind="arrivals:arrival:split",
        subject_kind="arrival",
        subject_id=arrival.id,
        actor=actor,
        at=at,
        facts={"addresses": total, "limit": limit, "split_into": len(shares)},
    )
    return [arrival, *parts]


def _shares(arrival: Arrival, limit: int) -> Iterator[tuple[list[Any], bool]]:
    """Yield the addresses of a message in shares; those of its form where it has some, else those written beside it."""
    entries = queries.form_addresses(arrival)
    is_form = bool(entries)
    found = entries or list(arrival.urls)
    for start in range(0, len(found), limit):
        yield found[start : start + limit], is_form


def _part(arrival: Arrival, share: tuple[list[Any], bool], root: UUID, at: datetime) -> Arrival:
    part = Arrival.objects.get(pk=arrival.pk)
    part.pk, part.part_of_id, part.due_at = new_id(), root, None
    _narrow(part, share)
    part.save(force_insert=True)
    if arrival.due_at is not None:
        ring(part, at)
    return part


def _narrow(arrival: Arrival, share: tuple[list[Any], bool]) -> None:
    """Leave one share of the addresses in a message."""
    entries, is_form = share
    if not is_form:
        arrival.urls = entries
        return
    form = dict(arrival.form or {})
    form["section_b"] = {**form["section_b"], "contents": entries}
    arrival.form = form
    arrival.urls = [entry["url"] for entry in entries if isinstance(entry, dict) and entry.get("url")]
