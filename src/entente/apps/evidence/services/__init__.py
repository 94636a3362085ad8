"""What other rooms may do with evidence.

`keeping` registers items and the grounds for keeping them, `lasting` says for how long, `reading` opens them, `ending` destroys them.
"""

from entente.apps.evidence.services.ending import end_due_preservations, sweep_strays
from entente.apps.evidence.services.keeping import close_items, preserve, register_item
from entente.apps.evidence.services.lasting import (
    extend_preservation,
    extend_preservations,
    release_preservation,
    release_preservations,
)
from entente.apps.evidence.services.reading import process_item, read_item

__all__ = [
    "close_items",
    "end_due_preservations",
    "extend_preservation",
    "extend_preservations",
    "preserve",
    "process_item",
    "read_item",
    "register_item",
    "release_preservation",
    "release_preservations",
    "sweep_strays",
]
