"""The loop closes: what people disabled gives its signals to a bank of this service, with one click.

Hashing comes first, outside any transaction, in the confined pool; then a short transaction keeps the signals.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.banks import services as banks
from entente.apps.banks.types import Added, NewSignal
from entente.apps.cases import decided
from entente.apps.cases import queries as case_queries
from entente.apps.content import queries as content
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import Actor
from entente.apps.matching import preparing
from entente.apps.matching.errors import NothingToOffer
from entente.core.law import bases

MOST_PARTS: Final = 20
_REASON: Final = "making signals for a bank of this service"


@dataclass(frozen=True, slots=True)
class BehindIt:
    """The order that a decision carried out, and until when it may be scrutinised."""

    order_id: UUID
    not_shared_before: datetime


def offer_signals(
    *,
    decision_id: UUID,
    bank_id: UUID,
    entity: str,
    actor: Actor,
    at: datetime,
    order: BehindIt | None = None,
) -> Added:
    """Make the signals of what a decision disabled, and keep them in a bank; who clicks confirms them.

    A video is hashed densely, so that a sparse query finds it. A decision that carries out an order names the order:
    its signals end with it. Raises NothingToOffer without a copy or a signal, and what `banks.offer_from_decision` raises.
    """
    decision = case_queries.decision(decision_id)
    if not decided.is_disabling(decision.pk):
        raise NothingToOffer(_("Only what a person disabled, and what is still disabled, gives its signals."))
    if (bases.basis(decision.basis_id).kind is bases.BasisKind.ORDER) != (order is not None):
        raise NothingToOffer(_("A decision under an order gives signals that are born of the order."))
    signals = list(_signals(decision.item.content_item_id, decision.case_id, entity, at))
    if not signals:
        raise NothingToOffer(_("No signal can be made: there is no copy, or it shows too little."))
    return banks.offer_from_decision(
        bank_id=bank_id,
        signals=signals,
        decided=banks.Decided(
            case_id=decision.case_id,
            decision_id=decision.pk,
            order_id=order.order_id if order else None,
            not_shared_before=order.not_shared_before if order else None,
            reason=_("Disabled after assessment."),
        ),
        actor=actor,
        at=at,
    )


def _signals(content_item_id: UUID, case_id: UUID, entity: str, at: datetime) -> Iterator[NewSignal]:
    """Yield the signals of every original of the case's copy, each once."""
    seen = set()
    for original in content.originals_of(content_item_id=content_item_id, case_id=case_id)[:MOST_PARTS]:
        for name, value in _hashed(original.evidence_item_id, original.declared_type, at):
            if (name, value) not in seen:
                seen.add((name, value))
                yield NewSignal(name, value, entity=entity)


def _hashed(item_id: UUID, declared_type: str, at: datetime) -> list[tuple[str, bytes]]:
    """Return the signals of one sealed original; nothing of it touches the disk unsealed."""
    with os.fdopen(os.memfd_create("original", os.MFD_CLOEXEC), "w+b") as plain:
        for chunk in evidence.process_item(item_id=item_id, reason=_REASON, at=at):
            plain.write(chunk)
        plain.flush()
        return preparing.for_bank(plain.fileno(), declared_type)
