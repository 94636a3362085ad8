"""POST /api/v1/snapshots/{id}: the platform pushes the copy it was asked for."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from entente.api.tokens import Bearer
from entente.apps.content import services
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Invalid

router = Router(tags=["snapshots"])


class MetaUnreadable(Invalid):
    """`meta` is not a JSON object."""

    code = "meta_unreadable"
    title = "The description of the copy cannot be read"


@router.post(
    "/snapshots/{snapshot_id}",
    auth=Bearer("snapshots:write"),
    url_name="post_snapshot",
    summary="Push a copy",
    openapi_extra={
        "requestBody": {
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["part"],
                        "properties": {
                            "meta": {
                                "type": "string",
                                "description": "JSON: platform_ref, uploader_ref, uploader_language, title, kind, published_at, public",
                            },
                            "part": {"type": "array", "items": {"type": "string", "format": "binary"}},
                            "related": {
                                "type": "string",
                                "description": "JSON: only what removing the item would destroy",
                            },
                        },
                    }
                }
            }
        }
    },
)
def post_snapshot(request: HttpRequest, snapshot_id: UUID) -> HttpResponse:
    """Take in a copy as multipart form: `meta`, one `part` per file, `related`.

    The same copy again changes nothing and another one is refused, so the copy is its own idempotency key.
    """
    at = clock.now()
    client = request.auth  # type: ignore[attr-defined] # ninja puts the authenticated client there
    parts = [
        services.IncomingPart(chunks=upload.chunks(), declared_type=upload.content_type or "")
        for upload in request.FILES.getlist("part")
    ]
    snapshot = services.receive_snapshot(
        snapshot_id=snapshot_id,
        parts=parts,
        actor=client.actor,
        at=at,
        related=request.POST.get("related", "").encode(),
        meta=_meta(request.POST.get("meta", "")),
    )
    return JsonResponse({"snapshot_id": str(snapshot.id), "state": snapshot.state, "digest": snapshot.digest})


def _meta(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        raise MetaUnreadable("Send meta as a JSON object.") from None
    if not isinstance(written, dict):
        raise MetaUnreadable("Send meta as a JSON object.")
    return written
