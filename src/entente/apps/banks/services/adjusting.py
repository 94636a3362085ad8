"""One or two settings of a bank changed and the others left as they are: for programs, which know no more of a bank."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from entente.apps.banks.models import Bank
from entente.apps.banks.services.keeping import change_bank, locked_bank
from entente.apps.banks.types import BankSettings
from entente.apps.kernel.actors import Actor


@transaction.atomic
def adjust_bank(
    *,
    bank_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    name: str | None = None,
    share_of_traffic: float | None = None,
) -> Bank:
    """Change the name or the share of traffic of a bank; what is None stays as it is at that moment.

    Raises what `change_bank` raises, and follows its rules.
    """
    bank = locked_bank(bank_id)
    settings = BankSettings(
        name=bank.name if name is None else name,
        basis=bank.basis,
        basis_reference=bank.basis_reference,
        policy=bank.policy,
        radii=bank.radii,
        share_of_traffic=bank.share_of_traffic if share_of_traffic is None else share_of_traffic,
        provisional_hours=bank.provisional_hours,
        disabled_until=bank.disabled_until,
        expires_at=bank.expires_at,
    )
    return change_bank(bank_id=bank_id, settings=settings, reason=reason, actor=actor, at=at)
