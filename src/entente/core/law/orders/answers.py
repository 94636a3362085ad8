"""What the host answers: Annex II (feedback, TCO Art. 3(6)) and Annex III (impossibility, Art. 3(7) and 3(8)).

The fields are those of the annexes one to one (from memory, see the law reference), and beside them the addresses the
answer is about: one order may name a thousand, and an answer may cover some of them. Times are aware and written in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from entente.core.law.clocks import aware
from entente.core.law.errors import NaiveTime
from entente.core.law.orders.findings import Finding, ImpossibilityGround, Severity


class Measure(StrEnum):
    """What was done about the content (Annex II, section B)."""

    REMOVED = "removed"
    DISABLED = "disabled_in_all_member_states"


MESSAGES = {
    "answer.missing": "%(field)s is empty.",
    "answer.naive": "%(field)s has no offset from UTC.",
    "answer.before_receipt": "The measure (%(at)s) lies before the receipt of the order (%(received)s).",
    "answer.no_address": "Name the addresses the answer is about.",
    "answer.no_ground": "No reason is ticked.",
    "answer.no_explanation": "Say why the order cannot be executed.",
    "answer.no_question": "Say which errors you see, or which information you need.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """Annex II: the order was executed."""

    addressee: str
    issuing_authority: str
    authority_reference: str
    addressee_reference: str
    received_at: datetime
    measure: Measure
    measure_at: datetime
    host_name: str
    host_state: str
    authorised_person: str
    contact_email: str
    date: datetime
    addresses: tuple[str, ...]
    exercise: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the form as plain JSON values in its sections A to C."""
        return {
            "section_a": _section_a(self),
            "section_b": {"measure": str(self.measure), "measure_at": _written(self.measure_at)},
            "section_c": {
                "host_name": self.host_name,
                "host_state": self.host_state,
                "authorised_person": self.authorised_person,
                "contact_email": self.contact_email,
                "date": _written(self.date),
            },
            "addresses": list(self.addresses),
            "exercise": self.exercise,
        }

    def validate(self) -> tuple[Finding, ...]:
        """Name what keeps the feedback from being sent."""
        found = _empty(self, (*_SECTION_A, "host_name", "host_state", "authorised_person", "contact_email"))
        found += _naive(self, ("received_at", "measure_at", "date"))
        found += _no_address(self)
        if not found and aware(self.measure_at) < aware(self.received_at):
            params = {"at": _written(self.measure_at), "received": _written(self.received_at)}
            found.append(_finding("answer.before_receipt", "measure_at", Severity.CONTRADICTORY, **params))
        return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Impossibility:
    """Annex III: why the order cannot be executed, or not yet."""

    addressee: str
    issuing_authority: str
    authority_reference: str
    addressee_reference: str
    received_at: datetime
    grounds: tuple[ImpossibilityGround, ...]
    further_information: str
    errors_or_clarification: str
    host_name: str
    authorised_person: str
    contact_email: str
    signature: str
    at: datetime
    addresses: tuple[str, ...]
    exercise: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the form as plain JSON values in its sections A to C."""
        return {
            "section_a": _section_a(self),
            "section_b": {
                "grounds": [str(ground) for ground in self.grounds],
                "further_information": self.further_information,
                "errors_or_clarification": self.errors_or_clarification,
            },
            "section_c": {
                "host_name": self.host_name,
                "authorised_person": self.authorised_person,
                "contact_email": self.contact_email,
                "signature": self.signature,
                "at": _written(self.at),
            },
            "addresses": list(self.addresses),
            "exercise": self.exercise,
        }

    def validate(self) -> tuple[Finding, ...]:
        """Name what keeps the answer from being sent: a ground, and the words that ground asks for."""
        found = _empty(self, (*_SECTION_A, "host_name", "authorised_person", "contact_email", "signature"))
        found += _naive(self, ("received_at", "at"))
        found += _no_address(self)
        if not self.grounds:
            found.append(_finding("answer.no_ground", "grounds", Severity.MISSING))
        if ImpossibilityGround.FORCE_MAJEURE in self.grounds and not self.further_information.strip():
            found.append(_finding("answer.no_explanation", "further_information", Severity.MISSING))
        asks = {ImpossibilityGround.MANIFEST_ERROR, ImpossibilityGround.INSUFFICIENT_INFORMATION}
        if asks & set(self.grounds) and not self.errors_or_clarification.strip():
            found.append(_finding("answer.no_question", "errors_or_clarification", Severity.MISSING))
        return tuple(found)


_SECTION_A = ("addressee", "issuing_authority", "authority_reference", "addressee_reference")


def _section_a(answer: Feedback | Impossibility) -> dict[str, Any]:
    return {
        "addressee": answer.addressee,
        "issuing_authority": answer.issuing_authority,
        "authority_reference": answer.authority_reference,
        "addressee_reference": answer.addressee_reference,
        "received_at": _written(answer.received_at),
    }


def _written(moment: datetime) -> str:
    """Return the instant in UTC as ISO 8601; a naive one as it is, so that a draft can be shown."""
    return moment.astimezone(UTC).isoformat() if moment.tzinfo else moment.isoformat()


def _empty(answer: Feedback | Impossibility, names: tuple[str, ...]) -> list[Finding]:
    return [
        _finding("answer.missing", name, Severity.MISSING, field=name)
        for name in names
        if not str(getattr(answer, name)).strip()
    ]


def _no_address(answer: Feedback | Impossibility) -> list[Finding]:
    if answer.addresses:
        return []
    return [_finding("answer.no_address", "addresses", Severity.MISSING)]


def _naive(answer: Feedback | Impossibility, names: tuple[str, ...]) -> list[Finding]:
    found = []
    for name in names:
        try:
            aware(getattr(answer, name))
        except NaiveTime:
            found.append(_finding("answer.naive", name, Severity.CONTRADICTORY, field=name))
    return found


def _finding(code: str, where: str, severity: Severity, **params: str) -> Finding:
    return Finding(
        code=code,
        message=MESSAGES[code],
        params=params,
        field=where,
        severity=severity,
        article="Annexes II and III",
    )
