"""Django's SQLite backend, whose write transactions wait for their turn in the writers' queue.

Django imports this module by its name; the settings name the package (`settings.databases`).
"""

from pathlib import Path

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from entente.apps.kernel.sqlite.queueing import QueueTimeout, WriterQueue, queue_of


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that queues before `BEGIN IMMEDIATE` and lets the next one in after its end."""

    _turn: WriterQueue | None = None

    def _start_transaction_under_autocommit(self) -> None:
        queue = self._queue()
        if queue is None or self._turn is not None:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        try:
            queue.enter(float(self.settings_dict["OPTIONS"].get("timeout", 5)))
        except QueueTimeout:
            raise OperationalError("database is locked") from None
        except OSError:
            # Without a lock file (a full disk) SQLite's own waiting is what there is.
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        self._turn = queue
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _queue(self) -> WriterQueue | None:
        name = self.settings_dict["NAME"]
        if self.is_in_memory_db() or not name:
            return None
        return queue_of(Path(name))

    def _leave(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.leave()

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()
