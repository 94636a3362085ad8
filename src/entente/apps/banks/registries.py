"""What upper layers hear from the room of banks.

- `signal_retracted`: room name -> handler(signal_ids, reason, at), called in the transaction in which signals were
  retracted, whoever took them back. The handler opens the question of what was decided because of them; it starts
  nothing slow. Several calls may tell of one act, some hundred signals each.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from entente.apps.kernel.registries import Registry

signal_retracted: Registry[str, Callable[[Sequence[int], str, datetime], None]] = Registry(
    "banks.signal_retracted"
)


def tell_retracted(signal_ids: Sequence[int], reason: str, at: datetime) -> None:
    """Tell every room that decides because of signals."""
    for handler in signal_retracted:
        handler(signal_ids, reason, at)
