"""The index of addresses: which entries (exact addresses, hosts, paths) meet this one.

The index holds the SHA-256 of each entry. One address can meet at most 28 entries, whatever is listed (the keys of
`entente.core.signals.urls.matching`): so it is looked up as that many digests, and nothing is parsed or compared that
was not asked for.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from entente.core.matching.exact import ExactIndex
from entente.core.matching.matches import Answer, check_radius
from entente.core.matching.segmented import SegmentedIndex
from entente.core.signals.urls.canonical import canonical
from entente.core.signals.urls.matching import lookup_keys

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from entente.core.signals.urls.canonical import CanonicalUrl

_ADDRESS = b"http"


class UrlIndex(SegmentedIndex[ExactIndex]):
    """Entries of addresses, hosts and paths that follow a change sequence. Values are those of the signal type `url`."""

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Open the index in a folder; see `SegmentedIndex.follow`."""
        return cls.follow(folder, ExactIndex)

    @override
    def hashes_of(self, value: bytes) -> bytes:
        """Return the digest of an entry."""
        return hashlib.sha256(value).digest()

    @override
    def search(self, value: bytes, radius: int = 0) -> Answer:
        """Return (row, 0) of every entry that an address meets; of a host or a path, of that very entry.

        The value is one of the signal type `url`. Raises RadiusTooWide for any radius but 0, MalformedUrl.
        """
        check_radius(radius, ExactIndex.widest_radius)
        if value.startswith(_ADDRESS):
            return self.search_address(canonical(value.decode(errors="replace")))
        return self._of_keys([value])

    def search_address(self, address: CanonicalUrl) -> Answer:
        """Return (row, 0) of every entry that an address meets, those that say most about it first."""
        return self._of_keys([key.encode() for key in lookup_keys(address)])

    def _of_keys(self, keys: list[bytes]) -> Answer:
        """Return (row, 0) of the entries with these keys, in their order."""
        digests = np.frombuffer(b"".join(map(self.hashes_of, keys)), np.uint8).reshape(len(keys), -1)
        found, reached = self.search_many(digests, 0)
        return Answer([(row, 0) for row in found.rows.tolist()], reached)
