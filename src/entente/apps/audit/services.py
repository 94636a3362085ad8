"""Writing the record, always inside the transaction of the act it records."""

from datetime import datetime
from uuid import UUID

from entente.apps.audit.models import AuditEvent
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.jsontypes import JSONObject
from entente.apps.kernel.rows import insert_row


def record(
    *,
    kind: str,
    subject_kind: str,
    subject_id: UUID,
    actor: Actor,
    at: datetime,
    case_id: UUID | None = None,
    facts: JSONObject | None = None,
) -> AuditEvent:
    """Append one event; `kind` reads `app:subject:what_happened`, as in `orders:removal_order:received`.

    `facts` hold what is needed to understand the act later: never a secret, never content.
    """
    return insert_row(
        AuditEvent(
            kind=kind,
            subject_kind=subject_kind,
            subject_id=subject_id,
            case_id=case_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            at=at,
            facts=dict(facts or {}),
        )
    )
