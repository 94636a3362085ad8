"""POST /api/v1/actions/{id}/effect: the platform says what it did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Field, Router, Schema

from entente.api.texts import StorableText
from entente.api.tokens import Bearer
from entente.apps.cases import services
from entente.apps.kernel import clock
from entente.apps.kernel.idempotency import run_once

router = Router(tags=["actions"])


class EffectIn(Schema):
    """What the platform did about a measure."""

    applied: bool = Field(description="True when the measure (or its undoing) is in effect")
    at: datetime | None = Field(default=None, description="When it took effect, with offset")
    reason: StorableText = Field(default="", max_length=300, description="Why not, when it is not")


@router.post(
    "/actions/{action_id}/effect",
    auth=Bearer("actions:write"),
    url_name="post_effect",
    summary="Acknowledge an effect",
)
def post_effect(request: HttpRequest, action_id: UUID, effect: EffectIn) -> HttpResponse:
    """Record the effect of a measure. Saying it twice changes nothing, with an Idempotency-Key or without."""
    at = clock.now()
    client = request.auth  # type: ignore[attr-defined] # ninja puts the authenticated client there

    def act() -> tuple[int, dict[str, Any]]:
        if effect.applied:
            moment = effect.at if effect.at is not None and effect.at.tzinfo is not None else at
            action = services.record_effect(action_id=action_id, effect_at=moment, actor=client.actor, at=at)
        else:
            action = services.record_refusal(
                action_id=action_id, reason=effect.reason or "refused", actor=client.actor, at=at
            )
        return 200, {"action_id": str(action.id), "state": action.state}

    status, body = run_once(
        owner=f"client:{client.id}:{action_id}",
        key=request.headers.get("Idempotency-Key", ""),
        request_body=request.body,
        at=at,
        act=act,
    )
    return JsonResponse(body, status=status)
