"""The one hub of this process, made when it is first asked for and never carried over a fork."""

import atexit
import os
import threading

from entente.apps.kernel.config import config
from entente.apps.matching.hub.index_hub import IndexHub

FOLDER = "indexes"

_turn = threading.Lock()
_hub: IndexHub | None = None


def hub() -> IndexHub:
    """Return the hub of this process, in the data directory; another data directory has another hub."""
    global _hub
    folder = config().data_dir / FOLDER
    known = _hub
    if known is not None and known.folder == folder:
        return known
    with _turn:
        if _hub is None or _hub.folder != folder:
            before, _hub = _hub, IndexHub(folder)
            if before is not None:
                before.stop()
        return _hub


def install(other: IndexHub | None) -> None:
    """Let this process use another hub, or forget the one it has: for tests and commands; the one before is stopped."""
    global _hub
    with _turn:
        before, _hub = _hub, other
    if before is not None and before is not other:
        before.stop()


def _forked() -> None:
    global _hub, _turn
    _hub, _turn = None, threading.Lock()


os.register_at_fork(after_in_child=_forked)
atexit.register(install, None)
