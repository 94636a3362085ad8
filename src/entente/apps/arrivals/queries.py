"""Reading arrivals."""

from uuid import UUID

from entente.apps.arrivals.models import Arrival


def unsettled(*, limit: int = 100) -> list[Arrival]:
    """Return the messages nobody has settled, the oldest receipt first."""
    return list(Arrival.objects.filter(settled_at__isnull=True).order_by("received_at")[:limit])


def arrival(arrival_id: UUID) -> Arrival:
    """Return one message."""
    return Arrival.objects.get(pk=arrival_id)


def of_case(case_id: UUID) -> Arrival | None:
    """Return the message a case grew out of, where it came through this desk."""
    return Arrival.objects.filter(case_id=case_id).first()
