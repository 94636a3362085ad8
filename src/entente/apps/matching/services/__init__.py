"""What happens when known content is looked for."""

from entente.apps.matching.services.checking import check, unknown_of
from entente.apps.matching.services.deciding import decide_match
from entente.apps.matching.services.doubting import settle_doubts
from entente.apps.matching.services.looking_up import look_up, look_up_raw
from entente.apps.matching.services.offering import BehindIt, offer_signals

__all__ = [
    "BehindIt",
    "check",
    "decide_match",
    "look_up",
    "look_up_raw",
    "offer_signals",
    "settle_doubts",
    "unknown_of",
]
