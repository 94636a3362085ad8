"""Does a signal stand, and when does time alone change that? Pure: facts and a moment in, a state out."""

from datetime import datetime
from typing import TYPE_CHECKING

from entente.apps.banks.models import SignalState

if TYPE_CHECKING:
    from entente.apps.banks.models import Signal


def state_of(signal: "Signal", at: datetime) -> SignalState:
    """Return the state at a moment. Of several reasons not to stand, the one that lasts longest is named."""
    if signal.retracted_at is not None:
        return SignalState.RETRACTED
    if signal.quarantined_at is not None:
        return SignalState.QUARANTINED
    if signal.expires_at is not None and signal.expires_at <= at:
        return SignalState.EXPIRED
    if signal.disabled_until is not None and signal.disabled_until > at:
        return SignalState.DISABLED
    return SignalState.STANDING


def next_turn(signal: "Signal", at: datetime) -> datetime | None:
    """Return when time alone changes the state next; None for what only a person, a partner or an order changes."""
    if state_of(signal, at) in {SignalState.RETRACTED, SignalState.QUARANTINED, SignalState.EXPIRED}:
        return None
    ahead = [turn for turn in (signal.expires_at, signal.disabled_until) if turn is not None and turn > at]
    return min(ahead, default=None)
