"""The nursery: `python -m entente.apps.content.hashing.confined.nursery CONTROL SETTINGS...`.

Loads and runs everything once, then forks a worker whenever the pool asks for one: that takes milliseconds, and the
workers share the memory of what was loaded. It never reads a byte of a file, has a single thread, and ends, with all
its workers, when the pool hangs up.
"""

import gc
import os
import signal
import socket
import sys

from entente.apps.content.hashing import orders
from entente.apps.content.hashing.confined import serving, warming
from entente.apps.content.hashing.confined.serving import Settings


class Nursery:
    """Its workers, and the orders it knows."""

    def __init__(self, control: socket.socket, settings: Settings) -> None:
        self._control = control
        self._settings = settings
        self._workers: set[int] = set()

    def obey(self) -> None:
        """Follow orders until the pool hangs up, then end all workers."""
        try:
            self._reply(orders.READY)
            while self._follow_one():
                pass
        finally:
            for worker in tuple(self._workers):
                self._end(worker)

    def _follow_one(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(
            self._control, orders.ORDER.size, orders.DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
        )
        if len(message) != orders.ORDER.size:
            return False
        order, worker = orders.ORDER.unpack(message)
        if order == orders.FORK and len(descriptors) == orders.DESCRIPTORS:
            self._reply(self._fork(*descriptors))
        else:
            self._reply(self._end(worker) if order == orders.END else orders.UNKNOWN_WORKER)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _reply(self, number: int) -> None:
        self._control.send(orders.REPLY.pack(number))

    def _fork(self, answers: int, content: int) -> int:
        nursery = os.getpid()
        worker = os.fork()
        if worker == 0:
            try:
                self._control.close()
                confined = serving.confine(self._settings, parent=nursery)
                serving.serve(answers, content, self._settings, confined=confined)
            finally:
                # Nothing is left to clean up, and finalisers of libraries have no business after hostile input.
                os._exit(1)
        self._workers.add(worker)
        return worker

    def _end(self, worker: int) -> int:
        """Kill a worker and bury it. Until then its number cannot become another process's."""
        if worker not in self._workers:
            return orders.UNKNOWN_WORKER
        os.kill(worker, signal.SIGKILL)
        _, status = os.waitpid(worker, 0)
        self._workers.remove(worker)
        return status


def main(arguments: list[str]) -> int:
    """Run until the pool hangs up; the arguments are the descriptor of the control socket and the settings."""
    control, *settings = (int(argument) for argument in arguments)
    warming.warm_up()
    # Libraries that print must not fill the log of the service with what strangers wrote.
    silent = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(silent, standard)
    os.close(silent)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=control) as opened:
        Nursery(opened, Settings(*settings)).obey()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
