"""/.well-known/entente: who this instance is, and the key its receipts verify with."""

import base64

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from entente.apps.kernel import keys
from entente.apps.kernel.config import config


@require_safe
def well_known(_request: HttpRequest) -> JsonResponse:
    """Name the instance, its hats, its key and its endpoints."""
    settings = config()
    base = settings.base_url.rstrip("/")
    public = keys.instance_public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    response = JsonResponse(
        {
            "name": settings.instance_name,
            "hats": sorted(settings.hats),
            "exercise": settings.demo,
            "keys": [
                {
                    "id": keys.instance_key_id(),
                    "algorithm": "ed25519",
                    "public_key": base64.b64encode(public).decode(),
                }
            ],
            "endpoints": {
                "orders": f"{base}/api/v1/orders",
                "notices": f"{base}/api/v1/notices",
                "openapi": f"{base}/api/v1/openapi.json",
                "notice_form": f"{base}/notices/new",
            },
        }
    )
    response["Cache-Control"] = "public, max-age=300"
    return response
