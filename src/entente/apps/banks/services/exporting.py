"""What leaves a bank as a file is on record: how much, in which form, by whom."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import NoSuchBank
from entente.apps.banks.models import Bank
from entente.apps.banks.services.recording import record_bank
from entente.apps.kernel.actors import Actor

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject


@transaction.atomic
def record_export(*, bank_id: UUID, count: int, left_out: int, form: str, actor: Actor, at: datetime) -> None:
    """Record that a bank is being written to a file, before anybody has it. Raises NoSuchBank."""
    if not Bank.objects.filter(pk=bank_id).exists():
        raise NoSuchBank(_("There is no such bank."))
    facts: JSONObject = {"count": count, "left_out": left_out, "format": form}
    record_bank(bank_id, "exported", actor=actor, at=at, facts=facts)
