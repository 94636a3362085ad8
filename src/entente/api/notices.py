"""POST /api/v1/notices (DSA 16) and the status of a notice by its own secret."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Field, Router, Schema

from entente.api.texts import StorableText
from entente.api.tokens import Bearer
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.apps.kernel.idempotency import run_once
from entente.apps.notices import queries, services
from entente.apps.notices.services.receiving import status_url

router = Router(tags=["notices"])


class NoticeIn(Schema):
    """The elements of DSA 16(2)."""

    urls: list[StorableText] = Field(min_length=1, max_length=1000, examples=[["https://agora.example/p/17"]])
    explanation: StorableText = Field(
        max_length=20_000, description="Why the content is illegal, in the notifier's own words"
    )
    ground_claimed: StorableText = Field(default="", max_length=60)
    notifier_name: StorableText = Field(default="", max_length=200)
    notifier_mail: StorableText = Field(default="", max_length=254)
    language: StorableText = Field(default="en", max_length=10)
    good_faith: bool = Field(
        description="The notifier believes in good faith that the notice is accurate and complete"
    )


@router.post("/notices", auth=Bearer("notices:write"), url_name="post_notice", summary="Send a notice")
def post_notice(request: HttpRequest, notice: NoticeIn) -> HttpResponse:
    """Receive a notice from a platform's own report form. It is assessed by a person before anything happens."""
    at = clock.now()
    client = request.auth  # type: ignore[attr-defined] # ninja puts the authenticated client there

    def act() -> tuple[int, dict[str, Any]]:
        received = services.receive_notice(
            draft=services.NoticeDraft(
                urls=tuple(notice.urls),
                explanation=notice.explanation,
                good_faith=notice.good_faith,
                door="api",
                received_at=at,
                ground_claimed=notice.ground_claimed,
                notifier_name=notice.notifier_name,
                notifier_mail=notice.notifier_mail,
                notifier_language=notice.language,
            ),
            actor=client.actor,
            at=at,
        )
        return 201, {
            "id": str(received.id),
            "case": received.case.reference,
            "received_at": received.received_at.isoformat(),
            "status_url": status_url(received),
            "token": received.token,
            "receipt": received.receipt,
        }

    status, body = run_once(
        owner=f"client:{client.id}",
        key=request.headers.get("Idempotency-Key", ""),
        request_body=request.body,
        at=at,
        act=act,
    )
    return JsonResponse(body, status=status)


@router.get("/notices/{token}", url_name="get_notice", summary="Ask what became of a notice")
def get_notice(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001 - ninja's signature
    """Return the state of a notice to whoever holds its token."""
    found = queries.by_token(token)
    if found is None:
        raise Missing("No notice has this token.")
    return JsonResponse(
        {
            "case": found.case.reference,
            "state": "answered" if found.answered_at else "under_assessment",
            "received_at": found.received_at.isoformat(),
            "answered_at": found.answered_at.isoformat() if found.answered_at else None,
            "status_url": status_url(found),
        }
    )
