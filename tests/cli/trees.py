"""Start a real process tree on loopback, look at it, end exactly what was started."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ENTENTE = (sys.executable, "-c", "import sys; from entente.cli.main import main; sys.exit(main())")
PATIENCE_SECONDS = 180.0


def environment(**extra: str) -> dict[str, str]:
    """Return the environment of a command: ours, without what belongs to the suite."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENTENTE_", "DJANGO_"))}
    return {**kept, **extra}


def entente(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*ENTENTE, *arguments],
        env=environment(**extra),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that must happen. Raises AssertionError when it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"did not happen: {what}")


def parent_of(pid: int) -> int:
    """Return the parent of a process; 0 when it is gone or only waits to be buried."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return 0
    return 0 if state == "Z" else int(parent)


def children_of(pid: int) -> list[int]:
    """Return the living children of a process, oldest first."""
    return sorted(
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and parent_of(int(entry.name)) == pid
    )


@dataclass
class Tree:
    """One `entente serve`."""

    process: subprocess.Popen[str]
    address: str
    known: set[int] = field(default_factory=set)

    @property
    def nursery(self) -> int:
        """Return the pid of the process that forks the others."""
        children = children_of(self.process.pid)
        return children[0] if children else 0

    def members(self) -> list[int]:
        """Return web workers and worker; remembers everybody, so that ends can be checked."""
        children = children_of(self.nursery) if self.nursery else []
        self.known |= {self.nursery, *children}
        return children

    def get(self, path: str = "/healthz") -> int:
        """Return the status of one request; 0 when nobody answers."""
        host, _, port = self.address.removeprefix("http://").partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the tree to end; return its exit code."""
        self.members()
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def survivors(self) -> list[int]:
        """Return who is still there of all that were ever seen."""
        return [pid for pid in self.known - {0} if parent_of(pid)]


@contextlib.contextmanager
def tree(data: Path, **extra: str) -> Iterator[Tree]:
    """Serve `data` on a free port; end everything on the way out, whatever happened."""
    with (data / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [*ENTENTE, "serve", "--data", str(data), "--json"],
            env=environment(ENTENTE_SERVER__PORT="0", **extra),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    started: Tree | None = None
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (data / "serve.log").read_text()
        started = Tree(process, json.loads(line)["address"])
        started.members()
        yield started
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_SECONDS)
        for pid in [] if started is None else started.survivors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
