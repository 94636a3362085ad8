"""The compiled kernels of an instance: in its data directory, closed to others, filled by `init` and `upgrade`.

numba reads what it kept with pickle, so whoever can write there can run code as the service; and what an older version
kept must not be read by a newer one. An operator who sets NUMBA_CACHE_DIR keeps them elsewhere and looks after them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

FOLDER: Final = "kernels"
VARIABLE: Final = "NUMBA_CACHE_DIR"
_PRIVATE: Final = 0o700


def use_folder(data_dir: Path) -> None:
    """Let this process and those it starts keep compiled kernels in the data directory."""
    os.environ.setdefault(VARIABLE, str(data_dir / FOLDER))


def fill(data_dir: Path, *, anew: bool) -> bool:
    """Compile what an instance calls, so that no check waits for it; return whether there was anything to do.

    `anew` throws away what an older version kept.
    """
    folder = data_dir / FOLDER
    if os.environ.get(VARIABLE) != str(folder) or (folder.exists() and not anew):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=_PRIVATE, parents=True)
    from entente.apps.content.hashing.pool import HashingPool
    from entente.core.matching import tables

    tables.prepare()
    with HashingPool(processes=1) as pool:
        pool.warm_up()
    return True


def fill_beside(data_dir: Path) -> "subprocess.Popen[bytes]":
    """Begin to compile in a process of its own, which ends by itself, while this one goes on."""
    command = [sys.executable, "-m", "entente.cli.kernels", str(data_dir)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    fill(Path(sys.argv[1]), anew=False)
