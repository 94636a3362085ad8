"""What other rooms may do with the outbox.

`outbox` takes messages in, takes answers, calls off; `sending` is the worker's half.
"""

from entente.apps.deliveries.services.outbox import (
    acknowledge,
    cancel,
    enqueue,
    send_again,
    settle_alarms,
    settle_for_subject,
)
from entente.apps.deliveries.services.sending import attempt_due

__all__ = [
    "acknowledge",
    "attempt_due",
    "cancel",
    "enqueue",
    "send_again",
    "settle_alarms",
    "settle_for_subject",
]
