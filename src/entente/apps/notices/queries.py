"""Reading notices."""

from uuid import UUID

from entente.apps.notices.models import Notice


def by_token(token: str) -> Notice | None:
    """Return the notice behind a status link."""
    return Notice.objects.select_related("case", "authority").filter(token=token).first()


def of_case(case_id: UUID) -> Notice | None:
    """Return the notice a case grew out of."""
    return Notice.objects.select_related("authority").filter(case_id=case_id).first()
