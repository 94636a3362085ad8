"""What other rooms may do with evidence.

`keeping` registers items and the grounds for keeping them, `reading` opens them, `ending` destroys them.
"""

from entente.apps.evidence.services.ending import end_due_preservations, sweep_strays
from entente.apps.evidence.services.keeping import (
    close_items,
    extend_preservation,
    preserve,
    register_item,
    release_preservation,
)
from entente.apps.evidence.services.reading import process_item, read_item

__all__ = [
    "close_items",
    "end_due_preservations",
    "extend_preservation",
    "preserve",
    "process_item",
    "read_item",
    "register_item",
    "release_preservation",
    "sweep_strays",
]
