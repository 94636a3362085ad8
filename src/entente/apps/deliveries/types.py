"""What passes between the outbox and its transports: plain frozen values, safe to hand to a thread."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from entente.apps.kernel.jsontypes import JSONObject

LONGEST_SUBJECT = 250
LONGEST_REASON = 500
LONGEST_DETAIL = 200


_NEVER_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def is_one_line(text: str) -> bool:
    """Say whether a text can stand in a header: no control character, no line end; a no-break space is fine."""
    return not any(unicodedata.category(character) in _NEVER_IN_A_LINE for character in text)


def one_line(text: str) -> str:
    """Return what a stranger wrote (a reference, an address) as it can stand in a subject, shortened where it must be.

    Senders pass their subjects through here: a newline in an order's reference must never keep it from being answered.
    """
    visible = "".join(character if is_one_line(character) else " " for character in text)
    line = " ".join(part for part in visible.split(" ") if part)
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


class DeliveryState(StrEnum):
    """The states of a delivery; docs/lifecycles/delivery.md draws the way between them."""

    PENDING = "pending"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery as a transport sees it; `address` is where it goes now, resolved just before sending."""

    delivery_id: UUID
    purpose: str
    destination: str
    address: object
    headers: Mapping[str, str]
    payload: JSONObject
    created_at: datetime
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side says it did. `applied` False is a refusal: it read the message and answers no."""

    applied: bool
    at: datetime | None = None
    reason: str = ""

    def facts(self) -> dict[str, str | bool | None]:
        """Return the answer as the facts that handlers get and the row keeps."""
        return {
            "applied": self.applied,
            "at": self.at.isoformat() if self.at else None,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail that stays in the mailbox page instead of leaving (exercise)."""

    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    attachments: tuple[Attachment, ...] = ()


Result = Literal["delivered", "answered", "retry", "rejected"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt.

    `delivered`: the other side has it. `answered`: and `answer` says what it did. `retry`: not now. `rejected`: never
    as it is. `detail` is ours: a status, an error's class; never a body, an address or a secret.
    """

    result: Result
    detail: str = ""
    status_code: int | None = None
    answer: Answer | None = None
    retry_after_seconds: float | None = None
    kept_mail: KeptMail | None = field(default=None, repr=False)
