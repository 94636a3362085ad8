"""Loading the compiled loops: a second, or half a minute where nobody has compiled them yet.

In a thread of its own, so that everything else is followed meanwhile; begun as soon as there is a bank, so that its
first signal need not wait for it.
"""

import logging
import threading

_logger = logging.getLogger(__name__)


class Warmer:
    """Loads the loops once; in the foreground, at once."""

    def __init__(self, *, in_background: bool) -> None:
        self._in_background = in_background
        self._has_begun = False
        self._done = threading.Event()

    @property
    def is_done(self) -> bool:
        """Whether the loops are loaded, or cannot be: then the first question says why."""
        return self._done.is_set()

    @property
    def is_busy(self) -> bool:
        """Whether they are being loaded."""
        return self._has_begun and not self.is_done

    def begin(self) -> None:
        """Begin, unless it was begun."""
        if self._has_begun:
            return
        self._has_begun = True
        if self._in_background:
            threading.Thread(target=self._load, name="index-warmer", daemon=True).start()
        else:
            self._load()

    def _load(self) -> None:
        try:
            from entente.core.matching.tables import prepare

            prepare()
        except Exception:  # a broken cache of compiled loops must not keep the other types from being found
            _logger.exception("The compiled loops could not be loaded.")
        finally:
            self._done.set()
