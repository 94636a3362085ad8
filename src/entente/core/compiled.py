"""How numeric kernels are compiled: once, by numba, on their first call, kept on disk for the next process.

Importing numba costs a process about 65 MB, the first compiled kernel 50 more. So kernels live in modules named
`kernels`, which are imported where they are called and nowhere else. With NUMBA_DISABLE_JIT=1 a kernel is the Python
it is written in: slow, and equal (the suite compares both).

What is kept lies beside the module, or in NUMBA_CACHE_DIR, and numba reads it with pickle: whoever can write there can
run code, so it belongs to the user of the service alone. It is tied to the source, the processor and the types of the
arguments; a class among these is kept by its name, and where that has moved, what is kept must be removed.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def kernel(function: Kernel) -> Kernel:
    """Compile a function of numbers and arrays; other threads run on while it works."""
    return cast("Kernel", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
