"""The audit events of this room. A signal's number stands in its subject as the UUID of the same value."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from entente.apps.audit import services as audit
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.jsontypes import JSONObject

MOST_LISTED = 1000
"""So many signals are named in one event; an act on more of them is told by its count and its provenance."""


def signal_subject(signal_id: int) -> UUID:
    """Return under which subject the record holds what was done to one signal."""
    return UUID(int=signal_id)


def record_bank(
    bank_id: UUID,
    what: str,
    *,
    actor: Actor,
    at: datetime,
    facts: JSONObject | None = None,
    case_id: UUID | None = None,
) -> None:
    """Record something that was done to a bank, or to signals of it as one act."""
    audit.record(
        kind=f"banks:bank:{what}",
        subject_kind="bank",
        subject_id=bank_id,
        case_id=case_id,
        actor=actor,
        at=at,
        facts=facts,
    )


def record_signal(
    signal_id: int, what: str, *, actor: Actor, at: datetime, facts: JSONObject | None = None
) -> None:
    """Record something that was done to one signal."""
    audit.record(
        kind=f"banks:signal:{what}",
        subject_kind="signal",
        subject_id=signal_subject(signal_id),
        actor=actor,
        at=at,
        facts=facts,
    )


def record_exchange(
    exchange_id: UUID, what: str, *, actor: Actor, at: datetime, facts: JSONObject | None = None
) -> None:
    """Record something that was done to an exchange, or that it brought."""
    audit.record(
        kind=f"banks:exchange:{what}",
        subject_kind="exchange",
        subject_id=exchange_id,
        actor=actor,
        at=at,
        facts=facts,
    )


def listed(signal_ids: Sequence[int]) -> list[int]:
    """Return the signals an event names."""
    return list(signal_ids[:MOST_LISTED])
