"""The documented door of checks: JSON, or a multipart form with files."""

import json
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from entente.api.checking import answering, reading
from entente.api.tokens import Bearer
from entente.apps.kernel import clock
from entente.apps.matching import preparing
from entente.apps.matching.errors import CheckUnreadable

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

SCOPE: Final = "checks:ask"

MOST_FILES: Final = 20

router = Router(tags=["check"])

_CONTENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "How you name the thing. With an address, a match can open a case; without, it is only answered.",
    "properties": {
        "id": {"type": "string", "maxLength": 200},
        "url": {"type": "string", "maxLength": 8192},
        "uploader_ref": {"type": "string", "maxLength": 200},
        "uploader_language": {"type": "string", "maxLength": 35},
        "title": {"type": "string", "maxLength": 200},
        "kind": {"type": "string", "maxLength": 20},
    },
    "additionalProperties": False,
}
_ITEM: Final[dict[str, Any]] = {
    "content": _CONTENT,
    "signals": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["type", "value"],
            "properties": {"type": {"type": "string"}, "value": {"type": "string"}},
        },
    },
    "urls": {"type": "array", "maxItems": reading.MOST_ADDRESSES, "items": {"type": "string"}},
    "text": {"type": "string", "maxLength": reading.MOST_TEXT_CHARACTERS},
}
_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        **_ITEM,
        "items": {
            "type": "array",
            "maxItems": reading.MOST_ITEMS,
            "items": {"type": "object", "properties": _ITEM},
            "description": "Several things at once; the answer then has `results`, in this order.",
        },
    },
    "example": {
        "content": {"id": "17", "url": "https://agora.example/p/17", "kind": "image"},
        "signals": [{"type": "pdq", "value": "f" * 64}],
    },
}
_ANSWER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["answer", "check_id", "reached"],
    "properties": {
        "answer": {"enum": ["no_match", "match", "unknown"]},
        "check_id": {"type": "string"},
        "reached": {"type": "integer", "description": "The last change of signals that was compared with"},
        "why": {"type": "string", "description": "With `unknown`: what could not be looked at"},
        "policy": {"enum": ["", "observe", "open_case", "restrict"]},
        "matches": {"type": "array", "items": {"type": "object"}},
        "case": {"type": ["object", "null"]},
        "notes": {"type": "array", "items": {"type": "string"}},
    },
}


@router.post(
    "/check",
    auth=Bearer(SCOPE),
    url_name="post_check",
    summary="Ask whether something is known",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _SCHEMA},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                            "item": {
                                "type": "string",
                                "description": "JSON: content, signals, urls, text; about all files together",
                            },
                        },
                    }
                },
            },
        },
        "responses": {"200": {"content": {"application/json": {"schema": _ANSWER}}}},
    },
)
def post_check(request: HttpRequest) -> HttpResponse:
    """Compare a file, a text, an address or ready signals with what is known here.

    `unknown` means that nobody can tell at the moment: never treat it as a match, nor as the absence of one. A question
    takes no idempotency key; asking again about the same thing finds the same match and case.
    """
    client = request.auth  # type: ignore[attr-defined] # ninja puts the authenticated client there
    files = request.FILES.getlist("file")
    if request.content_type == "multipart/form-data":
        questions, many = [_with_files(_json(request.POST.get("item", "{}").encode()), files)], False
    else:
        questions, many = reading.questions_of(_json(request.body))
    return JsonResponse(answering.answers(questions, many=many, client=client, at=clock.now()))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise CheckUnreadable("The request is not JSON.", field="body") from None


def _with_files(item: Any, files: "list[UploadedFile[Any]]") -> reading.Question:
    if not isinstance(item, dict):
        raise CheckUnreadable("`item` is a JSON object.", field="item")
    if not 0 < len(files) <= MOST_FILES:
        raise CheckUnreadable(f"Send 1 to {MOST_FILES} files as `file`.", field="file")
    question = reading.question_of(item, with_file=True)
    for file in files:
        question = question.with_prepared(preparing.of_file(_source(file), file.content_type or ""))
    return question


def _source(file: "UploadedFile[Any]") -> bytes | int:
    """Return an upload's bytes, or the descriptor of the file that a large one was spooled to."""
    if hasattr(file, "temporary_file_path"):
        descriptor: int = file.fileno()
        return descriptor
    content: bytes = file.read()
    return content
