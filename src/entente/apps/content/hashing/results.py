"""What the pool answers: the signals of one file, or why there are fewer than were asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from entente.apps.content.decoding.sniffing import UNKNOWN
from entente.apps.content.hashing.limits import DOCUMENT_PAGES, VIDEO_FRAMES

Outcome = Literal[
    "ok",
    "low_quality",
    "not_decodable",
    "image_too_large",
    "image_too_small",
    "too_large",
    "unsupported",
    "timeout",
    "memory",
    "crashed",
    "busy",
]
"""How it ended. Digests may be there whatever the word is, unless the file was never looked at.

ok: made, perhaps with notes. low_quality: decoded, and shows or says too little to be compared. not_decodable: not
what it begins like, cut short, broken, empty. image_too_large, image_too_small, too_large: the message says the limit.
unsupported: content of which none of the perceptual signals asked for can be made. timeout, memory, crashed: what
decoding it did to the worker. busy: no worker was free in time; the file was not looked at.
"""

OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)

SHA256: Final = "sha256"
MD5: Final = "md5"
PDQ: Final = "pdq"
PDQ_DIHEDRAL: Final = "pdq_dihedral"
"""The PDQ hashes of the eight views of a picture; the first is the picture as it is."""
VPDQ: Final = "vpdq"
"""Sparse: for a query."""
VPDQ_DENSE: Final = "vpdq_dense"
"""The same signal type with a frame each second: for a bank. Takes some twenty times as long."""
TEXT_EXACT: Final = "text_exact"
TEXT_MINHASH: Final = "text_minhash"

WANTED: Final = (SHA256, MD5, PDQ, PDQ_DIHEDRAL, VPDQ, VPDQ_DENSE, TEXT_EXACT, TEXT_MINHASH)
"""All that can be asked for. The order is that of the bits and numbers on the wire."""

DIGESTS: Final = frozenset({SHA256, MD5})
"""What every content has."""

OF_IMAGES: Final = frozenset({PDQ, PDQ_DIHEDRAL})
OF_VIDEOS: Final = frozenset({VPDQ, VPDQ_DENSE})
OF_TEXTS: Final = frozenset({TEXT_EXACT, TEXT_MINHASH})
OF_DOCUMENTS: Final = OF_TEXTS | {PDQ}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value can look like: fixed bytes, or a row of up to `most_parts` such parts; how many values at most."""

    size_bytes: int
    most_parts: int = 1
    most_values: int = 1


VPDQ_FRAME_BYTES: Final = 37
MINHASH_VERSION: Final = 1

SHAPES: Final = {
    SHA256: Shape(32),
    MD5: Shape(16),
    PDQ: Shape(32, most_values=DOCUMENT_PAGES),
    PDQ_DIHEDRAL: Shape(32, most_values=8),
    VPDQ: Shape(VPDQ_FRAME_BYTES, most_parts=VIDEO_FRAMES),
    VPDQ_DENSE: Shape(VPDQ_FRAME_BYTES, most_parts=VIDEO_FRAMES),
    TEXT_EXACT: Shape(32),
    TEXT_MINHASH: Shape(257),
}
"""Known here too, so that the process that asks loads none of the signals' libraries; a test compares."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """The signals of one file.

    `signals` has an entry only for what was asked for and made; of a PDF, `pdq` has one value per usable page.
    `quality` is the PDQ quality, 0 to 100, of the picture or of the best frame or page; None where there is none.
    `notes` are short stable words such as `mislabelled`, `truncated`, `pages_left_out`.
    """

    outcome: Outcome
    signals: dict[str, list[bytes]] = field(default_factory=dict)
    quality: int | None = None
    sniffed_type: str = UNKNOWN
    notes: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to make of a file."""

    wanted: frozenset[str]

    as_text: bool = False
    """It is a text, whatever its first bytes look like."""

    declared_text: bool = False
    """Somebody calls it a text: markup, and what looks like nothing known, is read as one."""

    def __post_init__(self) -> None:
        """Refuse what nobody can make."""
        if unknown := self.wanted.difference(WANTED):
            raise ValueError(f"cannot be made from a file: {', '.join(sorted(unknown))}")

    def of(self, makable: Iterable[str]) -> frozenset[str]:
        """Return what is asked for of these."""
        return self.wanted.intersection(makable)
