"""What the loops write for one set of hashes, to the last number and in their own order: `python -m` prints it."""

import json

import numpy as np

from entente.core.matching import kernels, tables
from entente.core.matching.geometry import CHUNKS, plan_for
from tests.core.matching.sets import clustered_set, near_to, random_set


def answers() -> list[list[list[int]]]:
    """Return what searching, joining and scanning write."""
    random = np.random.default_rng(20)
    hashes = np.concatenate([clustered_set(random, 60), random_set(random, 40)])
    queries = tables.as_words(near_to(random, hashes[::9], 20))
    held = tables.held_in_memory(tables.as_words(hashes))
    plan, count = plan_for(len(hashes), 31), len(queries)
    written = [[part.ravel().tolist() for part in held]]
    found = np.empty((2_000, 3), np.int64)
    filled, _ = kernels.search(queries, 0, count, held, plan, np.zeros(count, np.bool_), found)
    written.append(found[:filled].tolist())
    for chunk in range(CHUNKS):
        heads = tables.heads_of(queries, chunk)
        order = np.argsort(heads, kind="stable")
        asked = kernels.Asked(queries, heads[order].reshape(1, -1), order, np.zeros(count, np.bool_), chunk)
        filled, _ = kernels.join(asked, 0, count, held, plan, found)
        written.append(found[:filled].tolist())
    filled, _ = kernels.scan(queries, 0, count, held.hashes, 31, found)
    return [*written, found[:filled].tolist()]


if __name__ == "__main__":
    print(json.dumps(answers()))  # noqa: T201 - that is what it is for
