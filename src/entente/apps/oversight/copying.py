"""The overseer's copy of an act, written in the transaction of the act.

At a platform an overseer is optional: the copy is written when one is appointed, or when `overseen_kinds` says that
this kind is overseen in any case. Otherwise it costs one indexed look and writes nothing; what happened before an
overseer was appointed is in the audit record and the log, and is not copied afterwards.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from entente.apps.kernel.ids import new_id
from entente.apps.kernel.jsontypes import JSONObject
from entente.apps.oversight import registries
from entente.apps.oversight.models import OverseerAppointment, OverseerCopy
from entente.apps.oversight.sealing import seal

if TYPE_CHECKING:
    from entente.apps.parties.registries import RegisterChange


@transaction.atomic(savepoint=False)
def copy_to_overseer(
    *, kind: str, subject_id: UUID, summary: JSONObject, at: datetime
) -> OverseerCopy | None:
    """Write the overseer's copy of an act; return None when nobody oversees this kind here.

    The summary holds decisions, reasons and figures; at a platform no names and no addresses (DESIGN.md rule 7).
    """
    if not is_overseen(kind):
        return None
    copy_id = new_id()
    return OverseerCopy.objects.create(
        id=copy_id,
        kind=kind,
        subject_id=subject_id,
        summary_sealed=seal(summary, copy_id=copy_id, kind=kind),
        copied_at=at,
    )


def is_overseen(kind: str) -> bool:
    """Tell whether copies of this kind of act are kept."""
    always = registries.overseen_kinds.find(kind)
    if always is not None and always():
        return True
    return OverseerAppointment.objects.filter(ended_at__isnull=True).exists()


def copy_register_change(change: "RegisterChange") -> None:
    """Copy a change of the register of authorities: who may order something here is the overseer's business."""
    copy_to_overseer(
        kind="register_change",
        subject_id=change.subject_id,
        summary={"change": change.kind, **change.public_facts},
        at=change.at,
    )
