"""What other rooms may do with content.

`registering` knows addresses, `requesting` asks for copies, `missing` wakes people about those that never came, `receiving`
takes them in, `decoding_due` makes the stills, `showing` opens
parts, `closing` shuts them, `protecting` keeps the list of protected sources.
"""

from entente.apps.content.addresses import canonical_url
from entente.apps.content.services.closing import close_previews, close_previews_of, continue_closings
from entente.apps.content.services.decoding_due import decode_due
from entente.apps.content.services.missing import ask_snapshots_again
from entente.apps.content.services.protecting import add_protected_source, remove_protected_source
from entente.apps.content.services.receiving import IncomingPart, receive_snapshot
from entente.apps.content.services.registering import register_content, register_contents, url_digest
from entente.apps.content.services.requesting import (
    request_snapshot,
    request_snapshots,
    run_due_snapshots,
    seal_gap,
)
from entente.apps.content.services.showing import OpenedPart, open_part

__all__ = [
    "IncomingPart",
    "OpenedPart",
    "add_protected_source",
    "ask_snapshots_again",
    "canonical_url",
    "close_previews",
    "close_previews_of",
    "continue_closings",
    "decode_due",
    "open_part",
    "receive_snapshot",
    "register_content",
    "register_contents",
    "remove_protected_source",
    "request_snapshot",
    "request_snapshots",
    "run_due_snapshots",
    "seal_gap",
    "url_digest",
]
