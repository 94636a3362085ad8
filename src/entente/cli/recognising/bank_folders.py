"""A bank in a folder of its own: a mapped index for each signal type, and beside it what is said of each signal.

Made once for a scan, then opened by every process that takes part in it. Nothing in it needs a database. The folder
appears whole or not at all: it is made beside its place and renamed. `entries.jsonl` has a line for each row,
`entries.places` where each of them begins, `bank.json` what the folder is.
"""

import json
import mmap
import os
import shutil
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self

from entente.core.matching.compared import ComparedIndex
from entente.core.matching.errors import MatchingError
from entente.core.matching.indexes import index_for
from entente.core.signals.registry import signal_types

if TYPE_CHECKING:
    from entente.core.matching.indexes import SignalIndex

FORMAT_VERSION: Final = 1

_BANK, _ENTRIES, _PLACES = "bank.json", "entries.jsonl", "entries.places"
_PLACE: Final = struct.Struct("<Q")
_SPOOLED: Final = struct.Struct("<QI")
_SPOOL, _VALUES = ".spool", "values.bin"
_MAKING: Final = ".making"
_REACHED: Final = 1


class BankFolderUnusable(Exception):
    """The folder holds no whole bank of this version; make it anew."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One signal of a bank with what is said of it. A retraction takes back what stands before it in the list."""

    signal_type: str
    value: bytes
    labels: tuple[str, ...] = ()
    entity: str = ""
    reference: str = ""
    signal_id: int | None = None
    is_retracted: bool = False


@dataclass(frozen=True, slots=True)
class BankFacts:
    """What a bank is. `origin` says which list it was made from, so that nobody goes on with another one.

    `policy` is what a match may lead to at most, or what it protects, where the bank is one of this instance.
    """

    name: str
    origin: str
    policy: str = ""
    radii: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Met:
    """A signal of a bank that one of several queries met."""

    query: int
    row: int
    distance: int


class BankFolder:
    """A bank that was made. Any number of threads may search."""

    def __init__(self, folder: Path) -> None:
        """Open it. Raises BankFolderUnusable."""
        try:
            about = json.loads((folder / _BANK).read_text(encoding="utf-8"))
            if about["version"] != FORMAT_VERSION:
                raise BankFolderUnusable(f"{folder} was made by another version")
            self.facts = BankFacts(**about["facts"])
            self.counts: Mapping[str, int] = about["counts"]
            self._entries = _Entries(folder)
            self._indexes = {name: _opened(folder / name, name, count) for name, count in self.counts.items()}
        except (OSError, ValueError, KeyError, TypeError, MatchingError) as error:
            raise BankFolderUnusable(f"{folder} is no whole bank ({type(error).__name__})") from None

    @classmethod
    def make(cls, folder: Path, facts: BankFacts, listed: Iterable[Listed]) -> Self:
        """Make a folder from a list, in bounded memory but for the numbers of one index. Raises OSError."""
        making = folder.with_name(folder.name + _MAKING)
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        counts = _Maker(making).run(listed)
        about = {"version": FORMAT_VERSION, "facts": asdict(facts), "counts": counts}
        (making / _BANK).write_text(json.dumps(about), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        making.rename(folder)
        return cls(folder)

    def __len__(self) -> int:
        """Count the signals that stand in it."""
        return sum(self.counts.values())

    def radius(self, signal_type: str) -> int:
        """Return how far a match may be."""
        return self.facts.radii.get(signal_type, signal_types()[signal_type].default_radius)

    def search(self, signal_type: str, values: Sequence[bytes]) -> list[Met]:
        """Return what values of one type meet: all of them joined with the index at once, where it can."""
        index = self._indexes.get(signal_type)
        if index is None or not values:
            return []
        radius = self.radius(signal_type)
        if signal_type in _OF_ONE_WIDTH:
            return _joined(index, values, radius)
        return [
            Met(number, row, distance)
            for number, value in enumerate(values)
            for row, distance in index.search(value, radius).matches
        ]

    def entry(self, row: int) -> Listed:
        """Return what the bank says of a signal."""
        said = self._entries.said(row)
        kind = said["type"]
        return Listed(
            signal_type=kind,
            value=signal_types()[kind].parse(said["value"]),
            labels=tuple(said.get("labels", ())),
            entity=said.get("entity", ""),
            reference=said.get("reference", ""),
            signal_id=said.get("id"),
        )


_OF_ONE_WIDTH: Final = frozenset({"pdq", "sha256", "md5", "url_md5", "text_exact", "text_minhash"})
"""Types of which each value is one hash: many of them are one array."""


def _joined(index: Any, values: Sequence[bytes], radius: int) -> list[Met]:
    import numpy as np

    queries = np.frombuffer(b"".join(values), np.uint8).reshape(len(values), -1)
    found, _reached = index.search_many(queries, radius)
    return [
        Met(*three)
        for three in zip(found.queries.tolist(), found.rows.tolist(), found.distances.tolist(), strict=True)
    ]


class _Maker:
    """Writes the folder: every entry as it comes, its value into a spool of its type, then an index from each spool."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._spools: dict[str, BinaryIO] = {}
        self._values_back: dict[tuple[str, bytes], int] = {}
        self._references_back: dict[str, int] = {}

    def run(self, listed: Iterable[Listed]) -> dict[str, int]:
        """Return how many signals of each type stand in it."""
        with ExitStack() as files:
            entries = files.enter_context((self._folder / _ENTRIES).open("wb"))
            places = files.enter_context((self._folder / _PLACES).open("wb"))
            row = place = 0
            for one in listed:
                if one.is_retracted:
                    self._take_back(one, row)
                    continue
                line = _line(one)
                entries.write(line)
                places.write(_PLACE.pack(place))
                self._spool(files, one.signal_type).write(_SPOOLED.pack(row, len(one.value)) + one.value)
                place += len(line)
                row += 1
        with _Entries(self._folder) as written:
            return {name: self._indexed(name, written) for name in self._spools}

    def _take_back(self, one: Listed, row: int) -> None:
        """Remember that what stands before this row is taken back: the value, or all that came under a reference."""
        if one.value:
            self._values_back[one.signal_type, one.value] = row
        else:
            self._references_back[one.reference] = row

    def _spool(self, files: ExitStack, signal_type: str) -> BinaryIO:
        if signal_type not in self._spools:
            path = self._folder / f"{signal_type}{_SPOOL}"
            self._spools[signal_type] = files.enter_context(path.open("wb"))
        return self._spools[signal_type]

    def _indexed(self, signal_type: str, written: "_Entries") -> int:
        """Make the index of a type from its spool; return how many signals are in it."""
        folder, spool = self._folder / signal_type, self._folder / f"{signal_type}{_SPOOL}"
        count = 0

        def standing() -> Iterator[tuple[int, bytes]]:
            nonlocal count
            for row, value in _spooled(spool):
                if not self._is_taken_back(signal_type, value, row, written):
                    count += 1
                    yield row, value

        index = index_for(signal_types()[signal_type], folder)
        if isinstance(index, ComparedIndex):
            folder.mkdir()
            with (folder / _VALUES).open("wb") as file:
                file.writelines(_SPOOLED.pack(row, len(value)) + value for row, value in standing())
        else:
            index.rebuild(standing(), _REACHED)
        spool.unlink()
        return count

    def _is_taken_back(self, signal_type: str, value: bytes, row: int, written: "_Entries") -> bool:
        if self._values_back.get((signal_type, value), -1) > row:
            return True
        if not self._references_back:
            return False
        return self._references_back.get(written.said(row).get("reference", ""), -1) > row


class _Entries:
    """What is said of each row, read from where it lies."""

    def __init__(self, folder: Path) -> None:
        """Map the two files. Raises OSError."""
        self._lines, self._places = _mapped(folder / _ENTRIES), _mapped(folder / _PLACES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for mapped in (self._lines, self._places):
            if isinstance(mapped, mmap.mmap):
                mapped.close()

    def said(self, row: int) -> dict[str, Any]:
        """Return the line of a row."""
        (begin,) = _PLACE.unpack_from(self._places, row * _PLACE.size)
        said: dict[str, Any] = json.loads(self._lines[begin : self._lines.find(b"\n", begin)])
        return said


def _mapped(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _opened(folder: Path, signal_type: str, count: int) -> "SignalIndex":
    """Open the index of a type. Raises BankFolderUnusable for one that is not whole, OSError, KeyError."""
    index = index_for(signal_types()[signal_type], folder)
    if isinstance(index, ComparedIndex):
        index.rebuild(_spooled(folder / _VALUES), _REACHED)
    if count and index.reached != _REACHED:
        raise BankFolderUnusable(f"the index of {signal_type} in {folder.parent} is not whole")
    return index


def _spooled(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        while head := file.read(_SPOOLED.size):
            row, size = _SPOOLED.unpack(head)
            yield row, file.read(size)


def _line(one: Listed) -> bytes:
    said: dict[str, Any] = {
        "type": one.signal_type,
        "value": signal_types()[one.signal_type].write(one.value),
    }
    optional = {"labels": one.labels, "entity": one.entity, "reference": one.reference, "id": one.signal_id}
    said.update({key: value for key, value in optional.items() if value})
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"
