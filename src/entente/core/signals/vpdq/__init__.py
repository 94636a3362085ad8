"""vPDQ: a video as the PDQ hashes of its frames.

`hash_video` makes one from a file, `compare` says what two share, `formats` reads and writes what others exchange.
The video decoder is loaded when the first file is hashed, not before.
"""

from entente.core.signals.vpdq.comparison import FramePair, VideoComparison, compare
from entente.core.signals.vpdq.hashing import hash_video
from entente.core.signals.vpdq.values import Frame, Limits, Mode, Outcome, VideoHash

__all__ = [
    "Frame",
    "FramePair",
    "Limits",
    "Mode",
    "Outcome",
    "VideoComparison",
    "VideoHash",
    "compare",
    "hash_video",
]
