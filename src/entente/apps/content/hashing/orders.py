"""What the pool says to the nursery, and what it hears: fixed records on a socket of their own.

Both sides are ours and see no hostile byte; what is not exactly a record is still refused.
"""

import struct
from typing import Final

FORK: Final = b"F"
"""Begin a worker. Two descriptors come along: its socket and its content. Answered with its process number."""

END: Final = b"E"
"""Kill the worker of that process number and bury it. Answered with its status, as `waitpid` gives it."""

READY: Final = 0
"""Said once, unasked, when everything is loaded."""

UNKNOWN_WORKER: Final = -1
"""Said of a process number that is not that of a worker."""

ORDER: Final = struct.Struct(">cI")
REPLY: Final = struct.Struct(">i")
DESCRIPTORS: Final = 2
