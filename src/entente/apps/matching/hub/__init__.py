"""The index hub: in every process, the index of each signal type, kept at the end of the change sequence.

Each process follows the sequence by itself, in one thread of its own that reads the database; a search reads memory and
mapped files only. Segments lie in `<data>/indexes/<type>`, made once and mapped by all processes of the host. They are
a cache: each can be deleted at any time, and what nobody can vouch for is thrown away and built anew.

A search is answered only while this process knew, five seconds ago at most, that it had read everything. Else the
answer is unknown, and why.
"""

from entente.apps.matching.hub.answers import Found, HubAnswer, HubStatus, Query, TypeStatus
from entente.apps.matching.hub.index_hub import IndexHub
from entente.apps.matching.hub.keeping import kept_status, merge_due
from entente.apps.matching.hub.process import hub

__all__ = [
    "Found",
    "HubAnswer",
    "HubStatus",
    "IndexHub",
    "Query",
    "TypeStatus",
    "hub",
    "kept_status",
    "merge_due",
]
