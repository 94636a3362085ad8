"""The signals of one file, whoever made it: by the pool of confined processes, with an outcome for whatever goes wrong."""

import mimetypes
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from entente.apps.content.hashing import results
from entente.cli.recognising.targets import Unopened

if TYPE_CHECKING:
    from entente.apps.content.hashing.pool import HashingPool

TYPE_OF: Final = {name: name for name in results.WANTED} | {
    results.PDQ_DIHEDRAL: "pdq",
    results.VPDQ_DENSE: "vpdq",
}
"""What can be asked for -> the signal type it is a value of."""

TO_HASH: Final = ("sha256", "md5", "pdq", "vpdq", "text_exact", "text_minhash")
"""What `entente hash` makes unless it is told otherwise."""

TO_ASK: Final = {"pdq": results.PDQ_DIHEDRAL} | {name: name for name in TO_HASH if name != "pdq"}
"""Signal type -> what is made of a file to look for it. A picture is looked for turned and mirrored too."""

FAILED: Final = frozenset(
    {
        *("not_decodable", "image_too_large", "too_large", "timeout", "memory", "crashed", "busy"),
        *("unreadable", "not_a_file", "vanished"),
    }
)
"""Outcomes after which a file was not looked at, or not wholly."""


class UnknownTypes(ValueError):
    """Somebody asked for what cannot be made from a file; the message says what can."""


@dataclass(frozen=True, slots=True)
class FileSignals:
    """What came of one file. `signals` are (signal type, value); `outcome` is a word of the pool or of `Unopened`."""

    outcome: str
    signals: tuple[tuple[str, bytes], ...] = ()
    media_type: str = ""
    quality: int | None = None
    notes: tuple[str, ...] = ()
    message: str = ""

    @property
    def has_failed(self) -> bool:
        """Whether it was not looked at, or not wholly."""
        return self.outcome in FAILED


def read_types(written: str, default: Iterable[str]) -> frozenset[str]:
    """Return what is named in a list with commas; the default for nothing. Raises UnknownTypes."""
    names = [name.strip() for name in written.split(",") if name.strip()]
    unknown = [name for name in names if name not in results.WANTED]
    if unknown:
        raise UnknownTypes(f"No file has {', '.join(unknown)}. There are: {', '.join(results.WANTED)}")
    return frozenset(names) or frozenset(default)


def hash_opened(
    pool: "HashingPool", opening: Callable[[], int], wanted: frozenset[str], *, name: str = ""
) -> FileSignals:
    """Open a file and hash it. Whatever is wrong with it is an outcome; only a closed pool raises (PoolClosed).

    What its name says it is, is compared with what it is, and lets markup be read as a text.
    """
    try:
        descriptor = opening()
    except Unopened as error:
        return FileSignals(error.outcome, message=str(error))
    try:
        declared = mimetypes.guess_type(f"file:{name}")[0] or ""
        found = pool.hash(descriptor, wanted=wanted, declared_type=declared)
    except OSError as error:
        return FileSignals("unreadable", message=error.strerror or type(error).__name__)
    finally:
        os.close(descriptor)
    values = ((TYPE_OF[name], value) for name in results.WANTED for value in found.signals.get(name, ()))
    return FileSignals(
        outcome=found.outcome,
        signals=tuple(dict.fromkeys(values)),
        media_type=found.sniffed_type,
        quality=found.quality,
        notes=found.notes,
        message=found.message,
    )
