"""How `POST /orders` is described by OpenAPI: Annex I from the law data, the order type, an example, the answers.

The boxes are those of `core.law` and nothing is required: an order with a missing box is still an order. Servers
answer orders by hand, not by a schema, so that what cannot be read is named instead of refused.
"""

from copy import deepcopy
from typing import Any, Final

from entente.core.law import orders as law
from entente.core.law.intake import REMOVAL_ORDER_TYPE

EXAMPLE: Final[dict[str, Any]] = {
    "legal_basis": "Regulation (EU) 2021/784, Article 3",
    "language": "en",
    "section_a": {
        "issuing_state": "DE",
        "addressee": "Agora Hosting",
        "contact_point": "orders@agora.example",
        "host_state": "FR",
        "issued_at": "2026-11-23T09:00:00+00:00",
        "reference": "OBIO-2026-101",
    },
    "section_b": {
        "contents": [{"url": "https://agora.example/p/17", "additional_information": "the second paragraph"}],
        "reasons": "The text calls for attacks in the name of an invented movement.",
        "types": ["a_incites"],
    },
    "section_c": {"non_disclosure": False},
    "section_d": {"other_state": True, "copy_sent": True},
    "section_e": {
        "authority_type": "other",
        "authority_name": "Office for Exercises",
        "representative_name": "R. Example",
        "representative_post": "Head of desk",
        "file_number": "OBIO-2026-101",
        "address": "1 Example Street",
        "telephone": "+00 000 000",
        "email": "desk@office.example",
        "date": "2026-11-23",
        "authenticated_channel": True,
    },
    "section_f": {
        "feedback_contact": "desk@office.example",
        "establishment_authority_contact": "watch@state.example",
    },
    "section_g": {
        "body": "Court of Examples",
        "deadline": "one month",
        "legislation_link": "https://law.example/1",
    },
}
"""A complete order; the suite sends it to the door."""

_TEXT: Final = {"type": "string"}
_FLAG: Final = {"type": "boolean"}
_ANSWER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["id", "case", "duplicate", "binding", "status_url", "receipt"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "description": "The order's number here"},
        "case": {"type": "string", "description": "The case's reference, as people read it aloud"},
        "duplicate": {**_FLAG, "description": "This very order was received before"},
        "binding": {**_FLAG, "description": "It binds this host, as computed from the law data"},
        "related_to": {
            "type": ["string", "null"],
            "format": "uuid",
            "description": "An earlier order with the same reference, or about the same address",
        },
        "status_url": {"type": "string", "format": "uri"},
        "receipt": {
            "type": "object",
            "description": "Time of receipt, digest of the request, leaf of the public log and when it will be there, "
            "signed by the instance",
        },
    },
}
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": {**_TEXT, "description": "Stable, for machines"},
        "detail": {**_TEXT, "description": "What to do"},
    },
}
_HEADERS: Final = (
    ("Content-Digest", True, "RFC 9530, sha-256 of the body"),
    ("Signature-Input", True, "RFC 9421: exactly one signature over @method, @target-uri and content-digest"),
    ("Signature", True, "RFC 9421, Ed25519, by a key of the register; it counts once and for five minutes"),
    ("Idempotency-Key", False, "The same key with the same body gets the same answer"),
)
EXAMPLE_CONTENTS: Final = [{"url": "https://agora.example/p/18"}]
_CLARIFYING: Final = {
    "404": "No order of yours has this number (`order_missing`)",
    "409": "The order waits for no clarification (`order_not_in_this_state`), or the Idempotency-Key was used for "
    "another body (`idempotency_key_reused`)",
    "422": "The note is missing (`invalid`), or no address is left (`order_malformed`)",
}
_REFUSALS: Final = {
    "401": "The signature is missing, wrong, expired, used before, or by a key we do not know (`signature_refused`)",
    "409": "The Idempotency-Key was used for another body (`idempotency_key_reused`)",
    "413": "Too many addresses (`too_many_addresses`) or too many bytes (`order_too_large`); split the order",
    "422": "It cannot be read as an order at all (`order_malformed`, `text_unreadable`)",
    "503": "Nothing was accepted; send the same request again in a minute (`storage_unavailable`)",
}


def _body() -> dict[str, Any]:
    """Return Annex I with the order type beside it, every part written out where it is used."""
    schema: dict[str, Any] = deepcopy(dict(law.annex_schema(law.Annex.REMOVAL_ORDER)))
    address = schema.pop("$defs")["content_address"]
    for key in ("$schema", "$id"):
        del schema[key]
    schema["properties"]["section_b"]["properties"]["contents"]["items"] = address
    schema["properties"]["order_type"] = {
        "title": "Order type",
        "description": "Another law than Regulation (EU) 2021/784",
        "enum": sorted(law.order_types()),
        "default": REMOVAL_ORDER_TYPE,
    }
    return schema


def _answered(what: str) -> dict[str, Any]:
    return {"description": what, "content": {"application/json": {"schema": _ANSWER}}}


def _refused(why: str) -> dict[str, Any]:
    return {"description": why, "content": {"application/problem+json": {"schema": _PROBLEM}}}


def described_clarification() -> dict[str, Any]:
    """Return what OpenAPI says of `POST /orders/{order_id}/clarification` beside its summary."""
    form = _body()
    del form["properties"]["order_type"]
    schema = {
        "type": "object",
        "required": ["note"],
        "properties": {
            "note": {**_TEXT, "description": "What you clarify, in words; it stays with the order"},
            "form": {**form, "description": "Only the boxes that change; what is left out stays as it was"},
        },
    }
    example = {"note": "The post is number 18.", "form": {"section_b": {"contents": EXAMPLE_CONTENTS}}}
    return {
        "parameters": _parameters(),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": schema,
                    "examples": {"clarification": {"summary": "Another address", "value": example}},
                }
            },
        },
        "responses": {
            "200": {"description": "Taken in: the state of the order, as `GET /orders/{order_id}` gives it"},
            **{status: _refused(why) for status, why in {**_REFUSALS, **_CLARIFYING}.items()},
        },
    }


def _parameters() -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "required": required, "description": what, "schema": _TEXT}
        for name, required, what in _HEADERS
    ]


def described() -> dict[str, Any]:
    """Return what OpenAPI says of `POST /orders` beside its summary."""
    return {
        "parameters": _parameters(),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _body(),
                    "examples": {"removal_order": {"summary": "A complete order", "value": EXAMPLE}},
                }
            },
        },
        "responses": {
            "201": _answered("Received, with its receipt"),
            "200": _answered("This very order was received before: the first receipt"),
            **{status: _refused(why) for status, why in _REFUSALS.items()},
        },
    }
