"""Hashes on their way into an index: blocks of entries and hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from entente.core.matching.errors import MalformedHash
from entente.core.matching.matches import check_hashes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Block = tuple[NDArray[np.int64] | None, NDArray[np.uint8]]
    """What an index calls its hashes (None where it numbers them 0, 1, 2 ...), and k hashes."""


def check_block(block: Block, width: int, *, numbered: bool) -> Block:
    """Return a block of hashes of this width, with an entry for each unless they are numbered. Raises MalformedHash."""
    rows, hashes = block
    check_hashes(hashes, width)
    if numbered:
        return None, hashes
    if rows is None or rows.shape != (len(hashes),) or rows.dtype != np.int64:
        raise MalformedHash(f"{len(hashes)} hashes need as many rows of int64")
    return rows, hashes


def in_memory(
    blocks: Iterable[Block], width: int, *, count: int, numbered: bool
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the entries and hashes of all blocks. Raises MalformedHash, ValueError unless there are `count`."""
    rows, hashes = np.arange(count, dtype=np.int64), np.empty((count, width), np.uint8)
    filled = 0
    for block in blocks:
        entries, part = check_block(block, width, numbered=numbered)
        place = slice(filled, filled + len(part))
        filled += len(part)
        if filled > count:
            break
        hashes[place] = part
        if entries is not None:
            rows[place] = entries
    if filled != count:
        raise ValueError(f"the blocks hold another number of hashes than {count}")
    return rows, hashes
