"""A part of a scan: some files, hashed one after the other and then joined with the banks, here or on a cluster.

What comes back is the lines of the journal as bytes, so nothing but text is ever sent home.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Self

from entente.apps.content.hashing.pool import HashingPool
from entente.cli.recognising.bank_folders import BankFolder
from entente.cli.recognising.hashing import FileSignals, hash_opened
from entente.cli.recognising.targets import Tree
from entente.core.signals.registry import signal_types

PART_FILES: Final = 512
"""So many files at most are joined with the banks at once."""

PART_SECONDS: Final = 3.0
"""After this much hashing a part ends and leaves the rest for another: what a kill loses, and how often it is told."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What everybody who takes part in a scan has to know. Folders must be seen at these places by all of them."""

    root: str
    banks: tuple[str, ...]
    wanted: tuple[str, ...]

    def write(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, written: str) -> Self:
        """Return what was written."""
        said = json.loads(written)
        return cls(said["root"], tuple(said["banks"]), tuple(said["wanted"]))


class PartScanner:
    """Scans parts; safe to use from any number of threads up to `processes`."""

    def __init__(self, setup: Setup, *, processes: int, seconds: float = PART_SECONDS) -> None:
        """Open folder and banks. Raises OSError, BankFolderUnusable."""
        self._banks = [BankFolder(Path(folder)) for folder in setup.banks]
        self._tree = Tree(Path(setup.root))
        self._wanted = frozenset(setup.wanted)
        self._seconds = seconds
        self._pool = HashingPool(processes=processes)

    def stop(self) -> None:
        """End the processes that hash; whoever is in `scan` is told so (PoolClosed) or by outcomes."""
        self._pool.close()

    def close(self) -> None:
        """Give everything back; nobody may be in `scan` any more."""
        self.stop()
        self._tree.close()

    def scan(self, paths: Sequence[str]) -> bytes:
        """Return one line for each of the first files, at least one; those without a line are left for another part."""
        until = time.monotonic() + self._seconds
        hashed: list[FileSignals] = []
        for path in paths:
            opening = partial(self._tree.open, path)
            hashed.append(hash_opened(self._pool, opening, self._wanted, name=path.rpartition("/")[2]))
            if time.monotonic() > until:
                break
        matches = self._matches(hashed)
        return b"".join(
            _line(path, found, matches.get(number, []))
            for number, (path, found) in enumerate(zip(paths, hashed, strict=False))
        )

    def _matches(self, hashed: Sequence[FileSignals]) -> dict[int, list[dict[str, Any]]]:
        """Return, for each file by its number, what it meets: every bank joined with all files at once, type by type."""
        by_type: dict[str, tuple[list[int], list[bytes]]] = {}
        for number, found in enumerate(hashed):
            for signal_type, value in found.signals:
                owners, values = by_type.setdefault(signal_type, ([], []))
                owners.append(number)
                values.append(value)
        told: dict[int, list[dict[str, Any]]] = {}
        for bank in self._banks:
            for signal_type, (owners, values) in by_type.items():
                nearest: dict[tuple[int, int], int] = {}
                for met in bank.search(signal_type, values):
                    place = owners[met.query], met.row
                    nearest[place] = min(met.distance, nearest.get(place, met.distance))
                for (number, row), distance in nearest.items():
                    told.setdefault(number, []).append(as_match(bank, row, distance))
        return told


def as_match(bank: BankFolder, row: int, distance: int) -> dict[str, Any]:
    """Return a match as reports tell it."""
    entry = bank.entry(row)
    return {
        "bank": bank.facts.name,
        "policy": bank.facts.policy,
        "type": entry.signal_type,
        "signal": signal_types()[entry.signal_type].write(entry.value),
        "distance": distance,
        "labels": entry.labels,
        "entity": entry.entity,
        "reference": entry.reference,
        "signal_id": entry.signal_id,
    }


def scan_part(setup: str, paths: str, threads: int) -> bytes:
    """Scan a part in this process, which keeps what it opened for the next: what a worker of a cluster is asked to do.

    Raises OSError where this machine does not see the folder, BankFolderUnusable where it does not see the banks.
    """
    try:
        scanner = _scanner(setup, threads)
    except OSError as error:
        raise OSError(f"A worker does not see the folder that is scanned: {error}") from None
    return scanner.scan(json.loads(paths))


@cache
def _scanner(setup: str, threads: int) -> PartScanner:
    return PartScanner(Setup.read(setup), processes=threads)


def _line(path: str, found: FileSignals, matches: list[dict[str, Any]]) -> bytes:
    record: dict[str, Any] = {"path": path, "outcome": found.outcome, "media_type": found.media_type}
    if found.message:
        record["message"] = found.message
    if matches:
        record["matches"] = sorted(matches, key=lambda match: (match["distance"], match["bank"]))
    return json.dumps(record).encode("ascii") + b"\n"
