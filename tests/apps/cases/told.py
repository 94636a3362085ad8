"""Letting letters arrive, for every test that needs somebody who was told."""

from datetime import datetime
from uuid import UUID

from entente.apps.cases.services import telling
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.services import sending


def letters_arrive(case_id: UUID, at: datetime) -> None:
    """Let the platform, or the mail server, take the letters of a case that are on their way."""
    for delivery in Delivery.objects.filter(case_id=case_id, purpose=telling.PURPOSE, state="pending"):
        sending._mark_delivered(delivery, at)
