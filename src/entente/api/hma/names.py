"""Names on both sides: banks and exchanges are capitals and underscores there and free text here; types differ in one."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, Protocol
from uuid import UUID

from entente.api.hma.gate import NothingThere, RequestUnreadable
from entente.apps.banks import queries
from entente.apps.banks.queries import BankLine, ExchangeLine
from entente.core.signals.registry import signal_types

LONGEST: Final = 120

_WIRE: Final = re.compile(r"[A-Z0-9_]+", re.ASCII)
_OTHER: Final = re.compile(r"[^A-Z0-9]+", re.ASCII)
_SHOWN_OF_ID: Final = 8

_OURS: Final = {"video_md5": "md5"}
_THEIRS: Final = {ours: theirs for theirs, ours in _OURS.items()}

CONTENT_TYPES: Final[Mapping[str, tuple[str, ...]]] = {"photo": ("pdq",), "video": ("video_md5", "vpdq")}
"""Content type -> the types of signal that are made of it where nobody asks for others."""

FROM_FILES: Final = frozenset({"pdq", "video_md5", "vpdq", "sha256"})
"""The types of signal that can be made of a file here."""


class Named(Protocol):
    """What has a name of its own here."""

    @property
    def id(self) -> UUID:
        """The identifier."""

    @property
    def name(self) -> str:
        """As people wrote it."""


def folded(name: str) -> str:
    """Return a free name in capitals, digits and underscores; empty where none of it is a Latin letter or a digit."""
    return _OTHER.sub("_", name.upper()).strip("_") if not _WIRE.fullmatch(name) else name


def wire_names(named: Iterable[Named]) -> dict[UUID, str]:
    """Return a name for each, in their order: who comes later with the same one has the end of its id behind it."""
    taken: set[str] = set()
    names = {}
    for one in named:
        end = one.id.hex[-_SHOWN_OF_ID:].upper()
        name = folded(one.name) or end
        names[one.id] = f"{name}_{end}" if name in taken else name
        taken.add(names[one.id])
    return names


class Banks:
    """The banks as this interface shows them: those in use that protect nothing.

    The oldest has its name first, retired ones included, so that no name passes from one bank to another.
    """

    def __init__(self) -> None:
        lines = sorted(queries.banks(include_retired=True), key=lambda one: (one.created_at, one.id))
        self._names = wire_names([one.policy for one in lines])
        self.shown: dict[str, BankLine] = {
            self._names[one.id]: one
            for one in lines
            if one.policy.state == "in_use" and not one.policy.is_negative
        }

    def is_taken(self, name: str) -> bool:
        """Say whether a bank has this name, or had it."""
        return name in self._names.values()

    def named(self, name: str) -> BankLine:
        """Return a bank by its name here. Raises NothingThere."""
        if name not in self.shown:
            raise NothingThere("There is no bank of this name.")
        return self.shown[name]

    def name_of(self, bank_id: UUID) -> str:
        """Return the name of a bank here."""
        return self._names[bank_id]

    def ids(self, names: Iterable[str] | None) -> frozenset[UUID] | None:
        """Return the banks that a request names; None where it names none. Raises NothingThere."""
        return None if names is None else frozenset(self.named(name).id for name in names)


def exchange_names() -> dict[str, ExchangeLine]:
    """Return the exchanges by their names here."""
    lines = sorted(queries.exchanges(), key=lambda one: one.id)  # ids are ordered by time
    names = wire_names(lines)
    return {names[one.id]: one for one in lines}


def checked_name(name: object) -> str:
    """Return a name that a bank may have here. Raises RequestUnreadable."""
    if not isinstance(name, str) or not _WIRE.fullmatch(name) or len(name) > LONGEST:
        raise RequestUnreadable(
            f"`name` is 1 to {LONGEST} of the characters A to Z, 0 to 9 and the underscore."
        )
    return name


def our_type(name: str) -> str:
    """Return our name of a type of signal. Raises RequestUnreadable."""
    ours = _OURS.get(name, name)
    if ours not in signal_types():
        raise RequestUnreadable("There is no signal type of this name here.")
    return ours


def their_type(name: str) -> str:
    """Return the peer's name of a type of signal of ours."""
    return _THEIRS.get(name, name)
