"""What the arrival desk does, one module per workflow.

`recording` takes a message in, `originals` keeps its file, `settling` says what it is, `splitting` makes several of one.
"""

from entente.apps.arrivals.services.originals import OpenedOriginal, open_original
from entente.apps.arrivals.services.recording import (
    ArrivalDraft,
    Completion,
    complete_arrival,
    propose,
    record_arrival,
)
from entente.apps.arrivals.services.settling import Chosen, conclude_case, settle_arrival, unsettle_arrival
from entente.apps.arrivals.services.splitting import split_arrival

__all__ = [
    "ArrivalDraft",
    "Chosen",
    "Completion",
    "OpenedOriginal",
    "complete_arrival",
    "conclude_case",
    "open_original",
    "propose",
    "record_arrival",
    "settle_arrival",
    "split_arrival",
    "unsettle_arrival",
]
