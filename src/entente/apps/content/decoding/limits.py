"""How much a hostile file may cost. Each number with the reason it has this size."""

from dataclasses import dataclass
from typing import Final

LONGEST_SIDE_PIXELS: Final = 640
"""A still is for judging whether to look closer, not for looking closely."""

EXCERPT_CHARACTERS: Final = 2000
"""About one printed page: enough to see what a text is."""

MAX_PIXELS: Final = 64_000_000
"""Larger than any phone's usual photograph; decoded as RGBA it still fits into the memory limit."""

MAX_GIF_COUNT_BYTES: Final = 4 * 1024 * 1024
"""Counting frames walks through a whole GIF; larger ones are shown without the count."""

MAX_VIDEO_PACKETS: Final = 600
"""Where no picture came out of the first packets, none is waited for: 20 s of a usual video."""

OUTPUT_BYTES: Final = 6 * 1024 * 1024
"""Three stills of 640 x 640 uncompressed are 2.5 MB; more than this is not an answer of ours."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one decoding may use; defaults are for two cores and little memory."""

    memory_bytes: int = 768 * 1024 * 1024
    """Address space of the subprocess: libraries 250 MB, one picture of 64 Mpx in RGBA 256 MB, its copy."""

    cpu_seconds: int = 20
    """A 64 MB video needs about 2 s; ten times that is a trap."""

    wall_seconds: float = 30.0
    """The subprocess is killed after this, whatever it waits for."""

    input_bytes: int = 64 * 1024 * 1024
    """How much of a copy is given to the decoder; of a longer video the beginning is enough for a still."""


DEFAULT_LIMITS: Final = Limits()
