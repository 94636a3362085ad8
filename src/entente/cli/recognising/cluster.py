"""The same scan on a Dask cluster: every worker opens the folder and the banks where the scheduler's machine has them.

Dask moves functions and their arguments by pickle. That is its own transport, between machines that the operator set
up; what we send is the name of one function of ours and texts, and what comes home is bytes, read as JSON.
"""

import json
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any, Final

from entente.cli.recognising.parts import Setup, scan_part
from entente.cli.recognising.scanning import Crew

INSTALL_LINE: Final = "pip install --require-hashes -r requirements/scale.txt"
_SECONDS: Final = "10s"


class ClusterProblem(Exception):
    """The cluster cannot be used; the message says what to do."""


@contextmanager
def cluster_crew(address: str, setup: Setup) -> Iterator[Crew]:
    """Give the workers of a cluster as a crew. Raises ClusterProblem."""
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise ClusterProblem(f"Dask is not installed here. Install it with: {INSTALL_LINE}") from None
    try:
        connect: Any = Client  # its types end at its constructor
        client = connect(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterProblem(
            f"The scheduler at {address} does not answer ({type(error).__name__})."
        ) from None
    with client:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        threads = [int(worker["nthreads"]) for worker in workers]
        if not threads:
            raise ClusterProblem(f"The scheduler at {address} has no worker.")
        executor, written, most = client.get_executor(pure=False), setup.write(), max(threads)
        try:
            yield Crew(
                lambda paths: executor.submit(scan_part, written, json.dumps(paths), most), sum(threads)
            )
        except (KilledWorker, CancelledError, TimeoutError) as error:
            raise ClusterProblem(
                f"The cluster gave up ({type(error).__name__}). The same command with --resume goes on from here."
            ) from None
        finally:
            executor.shutdown(wait=False)
