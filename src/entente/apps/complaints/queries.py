"""Reading complaints."""

from uuid import UUID

from entente.apps.complaints.models import Complaint, ScrutinyRequest


def by_token(token: str) -> Complaint | None:
    """Return the complaint behind a status link."""
    return Complaint.objects.select_related("decision__item", "case").filter(token=token).first()


def of_case(case_id: UUID) -> list[Complaint]:
    """Return the complaints of a case, newest first."""
    return list(
        Complaint.objects.filter(case_id=case_id).select_related("decision__item").order_by("-lodged_at")
    )


def complaint(complaint_id: UUID) -> Complaint:
    """Return one complaint."""
    return Complaint.objects.select_related("decision__item", "case").get(pk=complaint_id)


def scrutiny_request_of(statement_id: UUID) -> ScrutinyRequest | None:
    """Return the request for scrutiny a person made on the ground of a letter."""
    return ScrutinyRequest.objects.filter(statement_id=statement_id).order_by("requested_at").first()
