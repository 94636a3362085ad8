"""What the clock room tells the rooms above.

- `deadline_expired`: rule id -> handler, called once when a deadline of that rule ends unmet, in a transaction of its
  own, after the expiry itself was committed and people were woken. A handler that fails is called again a minute
  later. It must look at its subject, because the world may have moved on since the end.
- `next_due_changed`: called with the case's id, inside the caller's transaction, whenever a running deadline of the
  case starts, moves or ends; one that only started comes with its end and rule, so that nobody need look for the
  nearest one again. `cases` registers "cases".
- `page_link`: "console" -> the address of the page where a deadline's work is done, for the letter that wakes
  somebody. `web` registers it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entente.apps.kernel.registries import Registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from entente.apps.deadlines.models import Deadline

deadline_expired: Registry[str, Callable[[Deadline, datetime], None]] = Registry("deadlines.deadline_expired")
next_due_changed: Registry[str, Callable[[UUID, tuple[datetime, str] | None], None]] = Registry(
    "deadlines.next_due_changed"
)
page_link: Registry[str, Callable[[Deadline], str]] = Registry("deadlines.page_link")


def tell_next_due_changed(case_id: UUID | None, started: tuple[datetime, str] | None = None) -> None:
    """Tell every room that keeps a case's nearest deadline; `started` is end and rule of a duty that only began."""
    if case_id is not None:
        for handler in next_due_changed:
            handler(case_id, started)
