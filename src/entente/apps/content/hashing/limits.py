"""How much a hostile file may cost the pool. Each number with the reason it has this size."""

from dataclasses import dataclass
from typing import Final

from entente.apps.content.decoding.sniffing import DECODED_MEDIA

SHARED_BYTES: Final = 64 * 1024 * 1024
"""Up to this size a file is copied into the memory a worker shares with us; a larger one gets a worker of its own,
which reads it where it lies. Larger than any photograph, and copied in 20 ms."""

IMAGE_BYTES: Final = 64 * 1024 * 1024
"""A compressed picture of 100 megapixels has 20 to 50 MB; more is not decoded."""

DOCUMENT_BYTES: Final = 64 * 1024 * 1024
"""How large a PDF is opened: the whole of it is held in memory."""

TEXT_BYTES: Final = 16 * 1024 * 1024
"""More than a large book in any script. The normal form needs some forty bytes for each."""

DOCUMENT_PAGES: Final = 32
"""Pages of a PDF that are drawn. A copy of a longer document shares these with it."""

DOCUMENT_CHARACTERS: Final = 1_000_000
"""Characters of a PDF that are read: some four hundred printed pages."""

PAGE_PIXELS: Final = 1024
"""The longest side of a drawn page. pdfium scales pictures roughly: a photograph on a page is up to 8 bits from itself
at this size, and up to 18 at half of it."""

READ_BYTES_PER_SECOND: Final = 50_000_000
"""How fast a file is read and digested at the least, from a slow disk."""

VIDEO_FRAMES: Final = 20_000
"""Frames of a video that are hashed: more than five hours at one each second."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The time one file may take."""

    cpu_seconds: float
    wall_seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What the pool may use; defaults are for two cores and little memory."""

    memory_bytes: int = 1536 * 1024 * 1024
    """Address space of a worker beyond what its libraries have. Of the pictures of 100 megapixels, WebP needs the most:
    its decoder makes three copies in four colours, 1.4 GB. A JPEG needs 100 MB, a PNG next to nothing."""

    cpu_seconds: float = 20.0
    """The slowest honest picture of 100 megapixels takes about 5 s; four times that is a trap."""

    wall_seconds: float = 30.0
    """A worker is killed after this, whatever it waits for."""

    video_cpu_seconds: float = 120.0
    """What a film of two hours takes keyframe by keyframe, twice. What was hashed until then is kept."""

    video_wall_seconds: float = 300.0

    input_bytes: int = 8 * 1024**3
    """Larger files are not looked at: reading them for their digests alone takes a minute of one core."""

    jobs: int = 256
    """A worker is replaced after this many files, so that one that was taken over does not see all that follow."""

    worker_seconds: float = 600.0
    """A worker is replaced after this much work."""

    kept_bytes: int = 96 * 1024 * 1024
    """A worker that still holds this much more than when it was new is replaced."""

    waiting: int = 64
    """How many callers may wait for a worker; at 100 pictures a second the last of them waits 0.7 s."""

    waiting_seconds: float = 10.0
    """How long a caller waits for a worker."""

    def allowance(self, media_type: str, size_bytes: int) -> Allowance:
        """Return the time that a file of this sniffed type and size may take."""
        reading = size_bytes / READ_BYTES_PER_SECOND
        if media_type in DECODED_MEDIA:
            return Allowance(self.video_cpu_seconds + reading, self.video_wall_seconds + reading)
        return Allowance(self.cpu_seconds + reading, self.wall_seconds + reading)

    @property
    def lifetime_cpu_seconds(self) -> int:
        """Processor time after which the kernel ends a worker, should we ever forget to."""
        return int(self.worker_seconds + max(self.cpu_seconds, self.video_cpu_seconds)) + 60


DEFAULT_LIMITS: Final = Limits()
