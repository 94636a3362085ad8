"""How many checks were answered how: counted in memory, written once a second, never who or what was asked about.

A process that is killed loses at most the second before: these are figures, not evidence.
"""

import logging
import os
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from entente.apps.matching.hub import Query
from entente.apps.matching.models import CheckCount

_logger = logging.getLogger(__name__)

_EVERY_SECONDS: Final = 1.0


class _Name(NamedTuple):
    asker_id: str
    hour: datetime
    answer: str
    signal_type: str


class _Counts:
    """The counts of this process, and the thread that writes them; a forked process begins its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Counter[_Name] = Counter()
        self._writer: threading.Thread | None = None
        self._owner = os.getpid()

    def add(self, names: Sequence[_Name]) -> None:
        """Count, and see to it that it is written soon."""
        with self._lock:
            if self._owner != os.getpid():
                self._held, self._writer, self._owner = Counter(), None, os.getpid()
            self._held.update(names)
            if self._writer is None and settings.WRITE_COUNTS_IN_BACKGROUND:
                self._writer = threading.Timer(_EVERY_SECONDS, self._write_later)
                self._writer.daemon = True
                self._writer.start()

    def flush(self) -> int:
        """Write what is held; return how many sums changed. Raises DatabaseError, and then holds it still."""
        with self._lock:
            held, self._held = self._held, Counter()
            self._writer = None
        try:
            with transaction.atomic():
                for name, count in sorted(held.items()):
                    _write(name, count)
        except DatabaseError:
            with self._lock:
                self._held.update(held)
            raise
        return len(held)

    def _write_later(self) -> None:
        try:
            self.flush()
        except DatabaseError:
            _logger.warning("The counts of checks could not be written; they are kept for the next time.")
        finally:
            connection.close()


def _write(name: _Name, count: int) -> None:
    row, made = CheckCount.objects.get_or_create(
        asker_id_text=name.asker_id,
        hour=name.hour,
        answer=name.answer,
        signal_type=name.signal_type,
        defaults={"count": count},
    )
    if not made:
        CheckCount.objects.filter(pk=row.pk).update(count=F("count") + count)


_COUNTS: Final = _Counts()


def note(asker_id: str, answer: str, queries: Sequence[Query], at: datetime) -> None:
    """Count one check under each type of signal it asked about."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    _COUNTS.add([_Name(asker_id, hour, answer, name) for name in {query.signal_type for query in queries}])


def flush() -> int:
    """Write at once what this process holds."""
    return _COUNTS.flush()
