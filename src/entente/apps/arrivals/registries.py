"""Where the intake rooms turn a settled arrival into what it is."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from entente.apps.kernel.registries import Registry

if TYPE_CHECKING:
    from entente.apps.arrivals.models import Arrival
    from entente.apps.kernel.actors import Actor

arrival_checked: "Registry[str, Callable[[Arrival, Actor, datetime], None]]" = Registry("arrivals.checked")
"""Key: the kind about to be settled. The handler may refuse, outside any transaction: what it records of it stays."""

arrival_settled: "Registry[str, Callable[[Arrival, Actor, datetime], UUID]]" = Registry("arrivals.settled")
"""Key: the settled kind. The handler opens what the kind needs and returns the case's id."""
