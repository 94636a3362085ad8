"""Annex I of Regulation (EU) 2021/784, the removal-order form, as typed values.

Sections A to G and their fields follow the annex one to one (section A and the head were seen, the rest is from memory,
see the law reference). Reading is tolerant: what a sender wrote is kept as far as it can be, what could not be read is
named in ``unread``, and nothing is judged here; `examination.examine` does that. An order with a missing box is an order.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from entente.core.law.clocks import parse_timestamp

Section = TypeVar("Section")


class ContentType(StrEnum):
    """The kinds of terrorist content of TCO Art. 2(7)."""

    INCITES = "a_incites"
    SOLICITS_COMMIT = "b_solicits_commit"
    SOLICITS_GROUP = "c_solicits_group"
    INSTRUCTS = "d_instructs"
    THREATENS = "e_threatens"


@dataclass(frozen=True, slots=True)
class SectionA:
    """Who orders, who is addressed, when, under which reference. Times are kept as written."""

    issuing_state: str = ""
    addressee: str = ""
    legal_representative: str = ""
    contact_point: str = ""
    host_state: str = ""
    issued_at: str = ""
    reference: str = ""

    @property
    def issued_at_time(self) -> datetime | None:
        """The time and date of issuing as an instant (UTC), or None where it names none."""
        try:
            return parse_timestamp(self.issued_at)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class ContentAddress:
    """One exact address and what else helps to find the item."""

    url: str = ""
    additional_information: str = ""


@dataclass(frozen=True, slots=True)
class SectionB:
    """What must go and why: the addresses, the reasons, the boxes of Art. 2(7)(a) to (e)."""

    contents: tuple[ContentAddress, ...] = ()
    reasons: str = ""
    types: tuple[ContentType, ...] = ()
    additional_information: str = ""


@dataclass(frozen=True, slots=True)
class SectionC:
    """Whether the content provider must not be told, for reasons of public security (Art. 11(3))."""

    non_disclosure: bool = False


@dataclass(frozen=True, slots=True)
class SectionD:
    """Whether the host is established in another Member State and its authority has the copy (Art. 4(1)).

    None means that neither answer is given.
    """

    other_state: bool | None = None
    copy_sent: bool | None = None


@dataclass(frozen=True, slots=True)
class SectionE:
    """The issuing authority and who certifies the order.

    ``signature`` says how it is signed; a signature is not needed where the order came through an authenticated channel.
    """

    authority_type: str = ""
    authority_name: str = ""
    representative_name: str = ""
    representative_post: str = ""
    file_number: str = ""
    address: str = ""
    telephone: str = ""
    fax: str = ""
    email: str = ""
    date: str = ""
    stamp: bool = False
    signature: str = ""
    authenticated_channel: bool = False


@dataclass(frozen=True, slots=True)
class SectionF:
    """Where feedback and questions go, and the authority of the Member State of establishment."""

    feedback_contact: str = ""
    establishment_authority_contact: str = ""


@dataclass(frozen=True, slots=True)
class SectionG:
    """The redress: which body or court, by when, under which provisions."""

    body: str = ""
    deadline: str = ""
    legislation_link: str = ""


@dataclass(frozen=True, slots=True)
class RemovalOrderForm:
    """The whole form. ``legal_basis`` and ``language`` stand in the annex's head; ``exercise`` marks an exercise.

    ``unread`` names what the sender wrote and we could not place; it is not part of the form.
    """

    legal_basis: str = ""
    language: str = ""
    section_a: SectionA = SectionA()
    section_b: SectionB = SectionB()
    section_c: SectionC = SectionC()
    section_d: SectionD = SectionD()
    section_e: SectionE = SectionE()
    section_f: SectionF = SectionF()
    section_g: SectionG = SectionG()
    exercise: bool = False
    unread: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, mapping: Mapping[str, Any]) -> "RemovalOrderForm":
        """Read a form from parsed JSON, keeping what can be kept. Never raises for a wrong or missing box."""
        unread: list[str] = []
        contents_and_types: dict[str, Any] = {}
        section_b = mapping.get("section_b")
        plain = dict(mapping)
        if isinstance(section_b, Mapping):
            plain["section_b"] = {k: v for k, v in section_b.items() if k not in ("contents", "types")}
            contents_and_types = {
                "contents": _contents(section_b.get("contents"), unread),
                "types": _types(section_b.get("types"), unread),
            }
        sections: dict[str, Any] = {
            name: _section(kind, plain.pop(name, None), name, unread) for name, kind in _SECTIONS.items()
        }
        b = sections["section_b"]
        sections["section_b"] = SectionB(
            reasons=b.reasons, additional_information=b.additional_information, **contents_and_types
        )
        head = _section(_Head, plain, "", unread)
        return cls(
            legal_basis=head.legal_basis,
            language=head.language,
            exercise=head.exercise,
            unread=tuple(unread),
            **sections,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the form as plain JSON values, with the same names; ``unread`` is left out."""
        plain = asdict(self)
        del plain["unread"]
        plain["section_b"]["contents"] = list(plain["section_b"]["contents"])
        plain["section_b"]["types"] = [str(kind) for kind in self.section_b.types]
        return plain


@dataclass(frozen=True, slots=True)
class _Head:
    """The fields of the form outside its sections."""

    legal_basis: str = ""
    language: str = ""
    exercise: bool = False


_SECTIONS: dict[str, type[Any]] = {
    "section_a": SectionA,
    "section_b": SectionB,
    "section_c": SectionC,
    "section_d": SectionD,
    "section_e": SectionE,
    "section_f": SectionF,
    "section_g": SectionG,
}
_YES = {"true", "yes", "on", "x", "1"}
_NO = {"false", "no", "off", "0", ""}


def _section(kind: type[Section], written: Any, where: str, unread: list[str]) -> Section:
    """Return a section filled with what can be read; the rest goes to ``unread`` by its path."""
    if written is None:
        return kind()
    if not isinstance(written, Mapping):
        unread.append(where)
        return kind()
    known = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass by construction
    values: dict[str, Any] = {}
    for key, value in written.items():
        path = f"{where}.{key}" if where else str(key)
        read = _box(value) if known.get(key) in (bool, bool | None) else _text(value)
        if key not in known or (read is None and value is not None):
            unread.append(path)
        elif read is not None:
            values[key] = read
    return kind(**values)


def _text(value: Any) -> str | None:
    """Return a text as written without its outer blanks; a number becomes text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str | int | float):
        return str(value).strip()
    return None


def _box(value: Any) -> bool | None:
    """Return whether a box is ticked, or None where that cannot be read."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in _YES:
        return True
    return False if word in _NO else None


def _contents(written: Any, unread: list[str]) -> tuple[ContentAddress, ...]:
    """Return the addresses; a bare text is an address too."""
    if written is None:
        return ()
    if not isinstance(written, list | tuple):
        written = [written]
    found = []
    for number, item in enumerate(written):
        where = f"section_b.contents[{number}]"
        found.append(
            _section(ContentAddress, {"url": item} if isinstance(item, str) else item, where, unread)
        )
    return tuple(found)


def _types(written: Any, unread: list[str]) -> tuple[ContentType, ...]:
    """Return the ticked boxes; the bare letter (``a``) is understood."""
    if written is None:
        return ()
    found: list[ContentType] = []
    for item in written if isinstance(written, list | tuple) else [written]:
        word = str(item).strip().lower()
        match = next((kind for kind in ContentType if word in (kind, kind[0])), None)
        if match is None:
            unread.append(f"section_b.types: {item}")
        elif match not in found:
            found.append(match)
    return tuple(found)
