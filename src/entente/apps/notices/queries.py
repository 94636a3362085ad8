"""Reading notices."""

from uuid import UUID

from entente.apps.notices.models import Notice, NoticeKind


def by_token(token: str) -> Notice | None:
    """Return the notice behind a status link; what is of our own initiative has no sender, and no such page."""
    sent = Notice.objects.exclude(kind=NoticeKind.OWN_INITIATIVE)
    return sent.select_related("case", "authority").filter(token=token).first()


def of_case(case_id: UUID) -> Notice | None:
    """Return the notice a case grew out of."""
    return Notice.objects.select_related("authority").filter(case_id=case_id).first()


def own_found_in(case_id: UUID) -> list[Notice]:
    """Return what the service looks at of its own accord because of a case, newest first."""
    found = Notice.objects.filter(kind=NoticeKind.OWN_INITIATIVE, found_in_case_id=case_id)
    return list(found.select_related("case").order_by("-recorded_at", "-id"))
