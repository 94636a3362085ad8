"""The files that go with an answer by mail: the annex as JSON for machines and as PDF for paper (TCO 3(6) to 3(8)).

Made from the message itself while it is being sent, in a thread without a database; without Pango the JSON goes
alone, and the mail's text says everything the form says.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from entente.apps.deliveries.types import Attachment, Parcel
from entente.web.documents import annexes
from entente.web.documents.pdf import as_pdf, pdf_available

if TYPE_CHECKING:
    from entente.apps.orders.models import Answer

ANSWERS = ("feedback", "impossibility", "not_binding", "scrutiny_request", "withdrawal_request")


@dataclass(frozen=True, slots=True)
class _Case:
    reference: str


@dataclass(frozen=True, slots=True)
class _Order:
    reference: str
    case: _Case
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """What `annexes.of_answer` reads of an answer, taken from the message instead of the database."""

    kind: str
    document: dict[str, Any]
    order: _Order


def files_of(parcel: Parcel) -> list[Attachment]:
    """Return the annex of an answer as JSON, and as PDF where PDF can be made."""
    kept = parcel.payload.get("answer")
    if not isinstance(kept, dict):
        return []
    document = cast("dict[str, Any]", kept["document"])
    received = str(kept.get("received_at") or "")
    answer = _Answer(
        kind=str(kept["kind"]),
        document=document,
        order=_Order(
            reference=str(kept["reference"]),
            case=_Case(reference=str(kept["case"])),
            received_at=datetime.fromisoformat(received) if received else None,
        ),
    )
    laid_out = annexes.of_answer(cast("Answer", answer))
    files = [
        Attachment(
            name=f"{laid_out.name}.json",
            media_type="application/json",
            content=json.dumps(document, indent=2, ensure_ascii=False).encode(),
        )
    ]
    if pdf_available():
        files.append(
            Attachment(name=f"{laid_out.name}.pdf", media_type="application/pdf", content=as_pdf(laid_out))
        )
    return files
