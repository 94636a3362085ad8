"""Building in a thread of its own, so that the other types are followed meanwhile."""

import logging
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from django.db import connections

from entente.apps.matching.hub import opening
from entente.apps.matching.hub.connecting import be_impatient
from entente.apps.matching.hub.histories import Marks
from entente.apps.matching.hub.holding import Holding
from entente.apps.matching.hub.portions import Stopped

if TYPE_CHECKING:
    from entente.core.signals.signal_type import SignalType

_logger = logging.getLogger(__name__)


class Order(NamedTuple):
    """What is to be built."""

    kind: "SignalType"
    folder: Path


class Built(NamedTuple):
    """What came of an order: an index, or what went wrong."""

    name: str
    outcome: Holding | Exception


class Builder:
    """Builds one index after the other; its thread lives as long as there is something to build.

    One that was stopped is not used again.
    """

    def __init__(self, marks: Marks, *, patience_seconds: float, in_background: bool) -> None:
        self._marks = marks
        self.patience_seconds = patience_seconds
        self._in_background = in_background
        self._orders: list[Order] = []
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._done: SimpleQueue[Built] = SimpleQueue()

    def ask(self, kind: "SignalType", folder: Path) -> None:
        """Ask for the index of a type; `finished` will return it."""
        order = Order(kind, folder)
        if not self._in_background:
            self._done.put(self._built(order))
            return
        with self._turn:
            self._orders.append(order)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="index-builder", daemon=True)
                self._thread.start()

    def finished(self) -> Built | None:
        """Return the next that is finished; None where there is none."""
        try:
            return self._done.get_nowait()
        except Empty:
            return None

    def stop(self, seconds: float = 0.0) -> None:
        """Break off, and wait for that so long."""
        self._stop.set()
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _work(self) -> None:
        be_impatient()
        try:
            while True:
                with self._turn:
                    if not self._orders:
                        self._thread = None
                        return
                    order = self._orders.pop(0)
                self._done.put(self._built(order))
        finally:
            connections.close_all()

    def _built(self, order: Order) -> Built:
        name = order.kind.name
        try:
            held = opening.built(
                order.kind,
                order.folder,
                self._marks,
                patience_seconds=self.patience_seconds,
                stop=self._stop,
            )
        except Stopped as error:
            return Built(name, error)
        except Exception as error:  # whatever it is: the others are built, and this one is tried again
            _logger.exception("The index of %s could not be built; it is tried again.", name)
            return Built(name, error)
        return Built(name, held)
