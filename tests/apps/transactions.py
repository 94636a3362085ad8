"""How much one transaction writes: what a thousand addresses may never make long (DESIGN section 7).

Time is not measured here, it depends on the machine; statements are counted, one for each row of a bulk insert too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

MOST_STATEMENTS = 450
"""About a hundred milliseconds of writing on a slow disk: ten addresses decided, restored or told."""


class Watch:
    """The transactions that ended, each as its number of statements; reads outside of one are not counted."""

    def __init__(self) -> None:
        self.ended: list[int] = []
        self._running = 0

    def count(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001 - Django's own signature
        context: Any,
    ) -> Any:
        """Count a statement on its way."""
        self._running += len(params) if many else 1
        return execute(sql, params, many, context)

    def begin(self) -> None:
        """Start counting anew."""
        self._running = 0

    def end(self) -> None:
        """Note a transaction that ended."""
        self.ended.append(self._running)


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch this thread's transactions; the test itself must not run inside one."""
    assert not connection.in_atomic_block, "mark the test transaction=True, or use database_file"
    watch, enter, leave = Watch(), transaction.Atomic.__enter__, transaction.Atomic.__exit__

    def entering(self: transaction.Atomic) -> None:
        is_outermost = not connection.in_atomic_block
        enter(self)
        if is_outermost:
            watch.begin()

    def leaving(self: transaction.Atomic, *given: Any) -> None:
        was_inside = connection.in_atomic_block
        leave(self, *given)
        if was_inside and not connection.in_atomic_block:
            watch.end()

    transaction.Atomic.__enter__, transaction.Atomic.__exit__ = entering, leaving  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(watch.count):
            yield watch
    finally:
        transaction.Atomic.__enter__, transaction.Atomic.__exit__ = enter, leave  # type: ignore[method-assign]
