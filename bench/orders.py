"""Signed orders per second on SQLite, with the disk's own fsync time beside it.

Load model: open loop, a fixed offered rate, keep-alive connections, the client on the same cores; every
order is signed beforehand by one registered key. Counted afterwards in the database: orders, cases, audit
events, leaves, deadlines, receipts; none lost, none doubled.

    python -m bench.orders --rate 100 --seconds 30
"""

import argparse
import http.client
import json
import os
import queue
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.serve import machine

CONNECTIONS = 8
MOST_P99_MS = 500.0


def fsync_times(folder: Path, count: int = 200) -> list[float]:
    """Measure how long one appended 4 KiB page takes to be durable, in milliseconds."""
    times = []
    with (folder / "fsync-probe").open("wb") as handle:
        for _turn in range(count):
            handle.write(b"\0" * 4096)
            handle.flush()
            began = time.perf_counter()
            os.fsync(handle.fileno())
            times.append((time.perf_counter() - began) * 1000)
    (folder / "fsync-probe").unlink()
    return times


def prepare(folder: Path, port: int) -> tuple[Any, str]:
    """Make an exercise instance with one authority; return its key and key id."""
    (folder / "entente.toml").write_text(
        f'demo = true\nbase_url = "http://127.0.0.1:{port}"\n[server]\nport = {port}\n', encoding="utf-8"
    )
    from entente.cli.init import initialise
    from entente.cli.surroundings import use_data_dir

    use_data_dir(folder)
    initialise(folder)
    from tests import world

    from entente.apps.kernel import clock

    world.host(at=clock.now())
    office = world.office(
        at=clock.now() - timedelta(days=1), exercise=True, name="Office for Exercises (EXERCISE)"
    )
    return office.key, office.key_id


def sign(number: int, key: Any, key_id: str, port: int) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of one signed order about an address of its own."""
    from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms
    from tests import world
    from typing_extensions import override

    from entente.cli.demo.authority import Letter

    class Key(HTTPSignatureKeyResolver):
        @override
        def resolve_private_key(self, _key_id: str) -> Any:
            return key

    body = json.dumps(
        world.order_form(f"https://agora.example/p/{number}", reference=f"B-{number}") | {"exercise": True}
    ).encode()
    letter = Letter("POST", f"http://127.0.0.1:{port}/api/v1/orders", {"Content-Type": "application/json"})
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Key())
    signer.sign(
        letter,
        key_id=key_id,
        nonce=secrets.token_hex(8),
        covered_component_ids=("@method", "@target-uri"),
        body=body,
    )
    return body, letter.headers


def offer(
    requests: list[tuple[bytes, dict[str, str]]], rate: float, port: int
) -> tuple[list[float], list[int]]:
    """Send at a fixed rate whatever the answers do; return latencies from the due time (ms) and statuses."""
    due: queue.Queue[tuple[float, bytes, dict[str, str]] | None] = queue.Queue()
    latencies: list[float] = []
    statuses: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while (item := due.get()) is not None:
            planned, body, headers = item
            connection.request("POST", "/api/v1/orders", body, {**headers, "Host": f"127.0.0.1:{port}"})
            response = connection.getresponse()
            response.read()
            with lock:
                latencies.append((time.perf_counter() - planned) * 1000)
                statuses.append(response.status)

    threads = [threading.Thread(target=work) for _number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    for number, (body, headers) in enumerate(requests):
        planned = began + number / rate
        time.sleep(max(0.0, planned - time.perf_counter()))
        due.put((planned, body, headers))
    for _thread in threads:
        due.put(None)
    for thread in threads:
        thread.join()
    return latencies, statuses


def count_rows() -> dict[str, int]:
    """Count what every accepted order must have left behind."""
    from django.apps import apps

    names = ["orders.RemovalOrder", "cases.Case", "deadlines.Deadline", "content.Snapshot"]
    found = {name: apps.get_model(name).objects.count() for name in names}
    found["leaves of receipt"] = apps.get_model("tlog.Leaf").objects.filter(kind="order_received").count()
    events = apps.get_model("audit.AuditEvent").objects
    found["audit events of receipt"] = events.filter(kind="orders:removal_order:received").count()
    found["receipts"] = apps.get_model("orders.RemovalOrder").objects.exclude(receipt={}).count()
    return found


def main() -> int:
    """Run the load and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--port", type=int, default=8790)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key, key_id = prepare(folder, options.port)
        server = subprocess.Popen(
            [sys.executable, "-m", "entente.cli.main", "serve"], env={**os.environ, "ENTENTE_DATA_DIR": name}
        )
        try:
            wait(options.port)
            total = int(options.rate * options.seconds)
            requests = [sign(number, key, key_id, options.port) for number in range(total)]
            syncs = fsync_times(folder)
            latencies, statuses = offer(requests, options.rate, options.port)
        finally:
            server.terminate()
            server.wait(30)
        rows = count_rows()
        report(options, latencies, statuses, syncs, rows)
    broken = broken_promises(total, latencies, statuses, rows)
    for line in broken:
        print("BROKEN:", line)
    return 1 if broken else 0


def p99(latencies: list[float]) -> float:
    """Return the 99th percentile."""
    return sorted(latencies)[int(len(latencies) * 0.99)]


def broken_promises(
    total: int, latencies: list[float], statuses: list[int], rows: dict[str, int]
) -> list[str]:
    """Return a sentence for each promise that was not kept: accepted, in time, none lost, none doubled."""
    broken = []
    accepted = statuses.count(201)
    if accepted != total:
        broken.append(f"{total} orders were offered, {accepted} accepted")
    if p99(latencies) > MOST_P99_MS:
        broken.append(f"p99 is {p99(latencies):.0f} ms, {MOST_P99_MS:.0f} promised")
    broken += [f"{name}: {count}, not {total}" for name, count in rows.items() if count != total]
    return broken


def wait(port: int) -> None:
    """Wait for the first 200."""
    for _turn in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/healthz", headers={"Host": f"127.0.0.1:{port}"})
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def report(
    options: argparse.Namespace,
    latencies: list[float],
    statuses: list[int],
    syncs: list[float],
    rows: dict[str, int],
) -> None:
    """Print the figures with the machine."""
    ordered = sorted(latencies)
    print(f"offered {options.rate:.0f}/s for {options.seconds:.0f} s, {CONNECTIONS} connections, open loop")
    print(f"{machine()}; client on the same cores")
    print(f"fsync median {statistics.median(syncs):.2f} ms, worst {max(syncs):.2f} ms")
    print(
        f"latency p50 {ordered[len(ordered) // 2]:.0f} ms, p99 {p99(latencies):.0f} ms, worst {ordered[-1]:.0f} ms"
    )
    print("statuses", {status: statuses.count(status) for status in sorted(set(statuses))})
    for name, count in rows.items():
        print(f"{name}: {count}")


if __name__ == "__main__":
    raise SystemExit(main())
