"""How fast `entente serve` gives its first 200, and how much memory its tree holds when nobody asks.

Usage: python bench/serve.py [--starts 5] [--idle 60]. Makes its own data directory and removes it.
"""

import argparse
import http.client
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = (sys.executable, "-c", "import sys; from entente.cli.main import main; sys.exit(main())")
FIRST_200_SECONDS, IDLE_MEGABYTES = 3.0, 300.0
PATIENCE_SECONDS = 60.0


def main() -> int:
    """Measure both figures; return 1 when one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds without a request")
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as folder:
        subprocess.run([*COMMAND, "init", "--data", folder, "--json"], check=True, capture_output=True)
        seconds = [one_start(folder) for _ in range(asked.starts)]
        megabytes, count = idle_memory(folder, asked.idle)
    middle = statistics.median(seconds)
    print(
        f"first 200 after entente serve: median {middle:.2f} s, worst {max(seconds):.2f} s, "
        f"{asked.starts} starts (at most {FIRST_200_SECONDS:.0f} s)"
    )
    print(
        f"proportional set size of {count} processes after {asked.idle:.0f} s without a request: "
        f"{megabytes:.0f} MB (at most {IDLE_MEGABYTES:.0f} MB)"
    )
    print(f"load average now: {', '.join(f'{value:.1f}' for value in os.getloadavg())}")
    return 0 if middle <= FIRST_200_SECONDS and megabytes <= IDLE_MEGABYTES else 1


def machine() -> str:
    """Describe what is measured on."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"machine: {os.cpu_count()} cores of {cpu}, {memory:.0f} GB, Linux {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def start(folder: str) -> tuple[subprocess.Popen[str], int, float]:
    """Start a tree; return it, its port and the seconds until a client saw the first 200."""
    port = free_port()
    began = time.monotonic()
    process = subprocess.Popen(
        [*COMMAND, "serve", "--data", folder, "--json"],
        env={**os.environ, "ENTENTE_SERVER__PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    while not is_up(port):
        if process.poll() is not None or time.monotonic() - began > PATIENCE_SECONDS:
            raise SystemExit("entente serve did not come up")
        time.sleep(0.01)
    return process, port, time.monotonic() - began


def one_start(folder: str) -> float:
    """Return the seconds from the command to the first 200."""
    process, _, seconds = start(folder)
    stop(process)
    return seconds


def idle_memory(folder: str, idle: float) -> tuple[float, int]:
    """Return the megabytes of the whole tree after `idle` seconds, and its number of processes."""
    process, _, _ = start(folder)
    try:
        time.sleep(idle)
        tree = members(process.pid)
        return sum(proportional_set_size(pid) for pid in tree), len(tree)
    finally:
        stop(process)


def members(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def proportional_set_size(pid: int) -> float:
    """Return the megabytes of one process, shared pages divided among those who share them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def is_up(port: int) -> bool:
    """Say whether the health check answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def stop(process: subprocess.Popen[str]) -> None:
    """End the tree and wait for it."""
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_SECONDS)
    if process.stdout:
        print_if_wrong(process.returncode, process.stdout.read())
        process.stdout.close()


def print_if_wrong(code: int, said: str) -> None:
    """Show what a tree said when it did not end well."""
    if code:
        print(json.dumps({"exit_code": code, "said": said}))


def free_port() -> int:
    """Return a port that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
