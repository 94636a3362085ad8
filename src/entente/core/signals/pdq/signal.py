"""The signal type `pdq`: 256 bits of a picture, compared by how many of them differ."""

from __future__ import annotations

from typing_extensions import override

from entente.core.signals.errors import ImageTooPlain
from entente.core.signals.pdq import hash_image
from entente.core.signals.pdq.hashing import USABLE_QUALITY
from entente.core.signals.signal_type import Examples, HexSignalType, Medium

_LAKE = "9e2e61d5c891c482bc9d36ea73c92b3fc0369c176611cbc930fe4f4c990c62f7"
_SMALL_LAKE = "9e2e61d5ca91f482f89d36ea73490b37c0369c176411dbc930fe4f4c990c62f7"
_SHAPES = "03a3f0d2fe0e8fb681daf82d4f8149e949254b2949e5493f1f0136c6b65eb656"


class Pdq(HexSignalType):
    """PDQ of a picture. Its quality is not part of the signal: what shows too little has none."""

    name = "pdq"
    title = "PDQ"
    media = frozenset({Medium.IMAGE})
    size_bytes = 32
    distance_unit = "bits that differ, of 256"
    default_radius = 31
    widest_radius = 43  # as far as an index finds all without comparing every hash
    examples = Examples(
        canonical=(_LAKE, _SMALL_LAKE, _SHAPES),  # landscapes and shapes made for the tests
        malformed=(_LAKE[:-1], _LAKE + "\n", _LAKE + "00", "zz" * 32, f"0x{_LAKE[2:]}"),
        near=((_LAKE, _SMALL_LAKE),),
        far=((_LAKE, _SHAPES),),
        folded=((_LAKE.upper(), _LAKE),),
    )

    @override
    def distance(self, one: bytes, other: bytes) -> int:
        """Return how many bits differ; raises MalformedSignal."""
        return (int.from_bytes(self.checked(one)) ^ int.from_bytes(self.checked(other))).bit_count()

    def from_content(self, content: bytes) -> bytes:
        """Return the 32 bytes of the hash of a picture, decoded at full scale.

        Raises what `hash_image` raises, and ImageTooPlain for a quality under 50.
        """
        found = hash_image(content)
        if found.quality < USABLE_QUALITY:
            raise ImageTooPlain(
                f"the picture has a PDQ quality of {found.quality}; from {USABLE_QUALITY} on it is compared"
            )
        return found.value
