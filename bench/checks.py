"""POST /api/v1/check under load: ready PDQ hashes against a million, and pictures.

Load model: open loop, a fixed offered rate, keep-alive connections; a question that finds every connection busy waits
for the next free one, and its time counts from when it was due. The client runs on the same cores; its share of the CPU
is printed. One question in a hundred meets a signal; all of them carry a token; while it runs, one signal is added each
second in another process.

    python -m bench.checks [--rows 1000000] [--rate 1000] [--seconds 60] [--connections 16]
    python -m bench.checks --pictures [--seconds 20]
"""

import argparse
import collections
import json
import os
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench.banks_import import write_list
from bench.orders import wait
from bench.serve import COMMAND, machine

MOST_P99_MS = 20.0
LEAST_PICTURES = 100.0
MOST_FIRST_MB, MOST_NEXT_MB = 300.0, 60.0
WEB_WORKERS = 2

MAKER = """
import os, sys
from pathlib import Path
from entente.cli.recognising.instances import open_instance
open_instance(Path(os.environ["ENTENTE_DATA_DIR"]))
from entente.apps.banks import services
from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.parties import services as parties
who = Actor("person", "bench", "Bench", frozenset({"senior_reviewer"}))
settings = services.BankSettings(name="Bench", basis="A benchmark.", policy="open_case")
services.create_bank(settings=settings, owner=services.BankOwner(), actor=who, at=clock.now())
_client, token = parties.create_api_client(name="bench", scopes=["checks:ask"], actor=SYSTEM, at=clock.now())
print(token)
"""

ADDER = """
import os, sys, time
from pathlib import Path
from entente.cli.recognising.instances import open_instance
open_instance(Path(os.environ["ENTENTE_DATA_DIR"]))
from entente.apps.banks import queries, services
from entente.apps.kernel import clock
from entente.apps.kernel.actors import Actor
who = Actor("person", "bench", "Bench", frozenset({"senior_reviewer"}))
(bank,) = queries.banks()
added = 0
while True:
    services.add_signals(
        bank_id=bank.id, signals=[services.NewSignal("pdq", os.urandom(32))], source=services.Source(), actor=who,
        at=clock.now(),
    )
    added += 1
    print(added, flush=True)
    time.sleep(1.0)
"""


class Client:
    """Sends prepared requests over a few connections when they are due, in one thread."""

    def __init__(self, port: int, connections: int) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._free: collections.deque[socket.socket] = collections.deque()
        self._under_way: dict[socket.socket, tuple[float, bytearray]] = {}
        self.latencies: list[float] = []
        self.statuses: collections.Counter[int] = collections.Counter()
        self.answers: collections.Counter[str] = collections.Counter()
        for _number in range(connections):
            made = socket.create_connection(("127.0.0.1", port))
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(made, selectors.EVENT_READ)
            self._free.append(made)

    def offer(self, requests: list[bytes], rate: float) -> float:
        """Send all of them at a fixed rate whatever the answers do; return how long it took in seconds."""
        began = time.perf_counter()
        waiting: collections.deque[float] = collections.deque()
        sent = taken = 0
        while sent < len(requests) or self._under_way:
            now = time.perf_counter()
            while taken < len(requests) and began + taken / rate <= now:
                waiting.append(began + taken / rate)
                taken += 1
            while waiting and self._free:
                one = self._free.popleft()
                self._under_way[one] = (waiting.popleft(), bytearray())
                one.sendall(requests[sent])
                sent += 1
            due = began + taken / rate if taken < len(requests) else now + 1.0
            for key, _events in self._selector.select(max(0.0, due - time.perf_counter())):
                self._read(key.fileobj)  # type: ignore[arg-type] # we registered sockets
        return time.perf_counter() - began

    def _read(self, one: socket.socket) -> None:
        data = one.recv(65_536)
        planned, gathered = self._under_way[one]
        gathered += data
        head, found, body = bytes(gathered).partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        place = lower.index(b"content-length:") + 15
        if len(body) < int(lower[place:].split(b"\r\n", 1)[0]):
            return
        self.latencies.append((time.perf_counter() - planned) * 1000)
        self.statuses[int(head[9:12])] += 1
        self.answers[str(json.loads(body).get("answer"))] += 1
        del self._under_way[one]
        self._free.append(one)


def request(port: int, token: str, body: bytes, kind: str = "application/json") -> bytes:
    """Return one whole request."""
    head = (
        f"POST /api/v1/check HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def hashes(listed: Path, count: int) -> list[str]:
    """Return some hashes of the list, from all over it."""
    step = max(1, (listed.stat().st_size // 69) // max(1, count))
    found = []
    with listed.open() as file:
        next(file)
        for number, line in enumerate(file):
            if number % step == 0:
                found.append(line.strip().partition(",")[2])
    return found[:count]


def questions(port: int, token: str, listed: Path, total: int) -> list[bytes]:
    """Return requests of random hashes, one in a hundred known, each about a thing of its own."""
    known = hashes(listed, total // 100 + 1)
    made = []
    for number in range(total):
        value = known[number // 100] if number % 100 == 50 else os.urandom(32).hex()
        item = {
            "content": {"id": str(number), "url": f"https://agora.example/p/{number}"},
            "signals": [{"type": "pdq", "value": value}],
        }
        made.append(request(port, token, json.dumps(item).encode()))
    return made


def pictures(port: int, token: str, total: int) -> list[bytes]:
    """Return requests that each carry a JPEG of 1.6 megapixels."""
    from bench.pdq import photos

    content = photos()["1.6-megapixel JPEG"][0]
    boundary = "bench-boundary"
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode()
        + content
        + f"\r\n--{boundary}--\r\n".encode()
    )
    return [request(port, token, body, f"multipart/form-data; boundary={boundary}")] * total


def processes_below(parent: int) -> list[int]:
    """Return the nursery of a tree and its children; they are forked in the order web workers, worker."""
    listed = subprocess.run(
        ["/usr/bin/pgrep", "-P", str(parent)], check=False, capture_output=True, text=True
    ).stdout.split()
    found = [int(pid) for pid in listed]
    return [*found, *(below for pid in found for below in processes_below(pid))]


def proportional_mb(pids: list[int]) -> float:
    """Return the proportional set size of processes, in megabytes (10^6 bytes)."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total * 1024 / 1e6


def main() -> int:
    """Run the load and print what was seen; return 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=1000.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--port", type=int, default=8795)
    parser.add_argument("--pictures", action="store_true")
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as name:
        folder = Path(name)
        os.environ["ENTENTE_DATA_DIR"] = str(folder / "data")
        subprocess.run([*COMMAND, "init", "--json"], check=True, capture_output=True)
        configuration = folder / "data" / "entente.toml"
        configuration.write_text(
            f'demo = true\nbase_url = "http://127.0.0.1:{asked.port}"\n[server]\nport = {asked.port}\n'
        )
        made = subprocess.run([sys.executable, "-c", MAKER], check=True, stdout=subprocess.PIPE, text=True)
        token = made.stdout.strip().splitlines()[-1]
        listed = folder / "list.csv"
        write_list(listed, asked.rows, 0)
        subprocess.run(
            [*COMMAND, "banks", "import", "Bench", str(listed), "--json"], check=True, capture_output=True
        )
        with subprocess.Popen([*COMMAND, "serve"], stdout=subprocess.DEVNULL) as server:
            try:
                wait(asked.port)
                become_known(asked.port, token)
                run = measure_pictures if asked.pictures else measure_hashes
                broken = run(asked, token, listed, server.pid)
            finally:
                server.terminate()
                server.wait(30)
    for line in broken:
        print("BROKEN:", line)
    return 1 if broken else 0


def become_known(port: int, token: str) -> None:
    """Ask until every web worker answers, which it does once it holds the index."""
    client = Client(port, 16)
    end = time.monotonic() + 120
    while time.monotonic() < end:
        client.answers.clear()
        one = request(port, token, json.dumps({"signals": [{"type": "pdq", "value": "0" * 64}]}).encode())
        client.offer([one] * 64, 500.0)
        if set(client.answers) == {"no_match"}:
            return
        time.sleep(0.5)
    raise SystemExit(f"the index was not ready within two minutes: {client.answers}")


def measure_hashes(asked: argparse.Namespace, token: str, listed: Path, parent: int) -> list[str]:
    """Offer ready hashes; return a sentence for each promise that was not kept."""
    total = int(asked.rate * asked.seconds)
    made = questions(asked.port, token, listed, total)
    warm = Client(asked.port, asked.connections)
    warm.offer(questions(asked.port, token, listed, 3000), 500.0)
    client = Client(asked.port, asked.connections)
    with subprocess.Popen([sys.executable, "-c", ADDER], stdout=subprocess.PIPE, text=True) as adder:
        added = _counted(adder)
        before, began = time.process_time(), time.perf_counter()
        taken = client.offer(made, asked.rate)
        share = (time.process_time() - before) / (time.perf_counter() - began)
        adder.terminate()
    report(client, taken, share, asked)
    print(f"signals added meanwhile: {added[-1] if added else 0}")
    nursery, *children = sorted(processes_below(parent))
    webs = children[:WEB_WORKERS]
    mb, most = proportional_mb(webs), MOST_FIRST_MB + MOST_NEXT_MB * (WEB_WORKERS - 1)
    each = ", ".join(f"{proportional_mb([pid]):.0f}" for pid in (nursery, *children))
    print(
        f"proportional set size of the web workers: {mb:.0f} MB (at most {most:.0f}); nursery, web workers, worker: {each}"
    )
    broken = broken_promises(client, total)
    return broken if mb <= most else [*broken, f"web workers hold {mb:.0f} MB, {most:.0f} promised"]


def measure_pictures(asked: argparse.Namespace, token: str, _listed: Path, _parent: int) -> list[str]:
    """Offer pictures as fast as they are answered; return a sentence for a promise that was not kept."""
    rate = max(LEAST_PICTURES * 2, asked.rate if asked.rate != 1000.0 else 0)
    total = int(LEAST_PICTURES * asked.seconds)
    made = pictures(asked.port, token, total)
    Client(asked.port, 8).offer(made[:100], 50.0)
    client = Client(asked.port, 8)
    before, began = time.process_time(), time.perf_counter()
    taken = client.offer(made, rate)
    share = (time.process_time() - before) / (time.perf_counter() - began)
    report(client, taken, share, asked)
    speed = total / taken
    print(f"pictures of 1.6 megapixels: {speed:.1f} a second")
    return (
        [] if speed >= LEAST_PICTURES else [f"{speed:.0f} pictures a second, {LEAST_PICTURES:.0f} promised"]
    )


def _counted(adder: subprocess.Popen[str]) -> list[int]:
    """Keep reading how many signals were added, beside the load."""
    added: list[int] = []

    def read() -> None:
        assert adder.stdout is not None
        added.extend(int(line) for line in adder.stdout)

    threading.Thread(target=read, daemon=True).start()
    return added


def report(client: Client, taken: float, share: float, asked: argparse.Namespace) -> None:
    """Print what was seen."""
    ordered = sorted(client.latencies)
    at = {
        name: ordered[min(len(ordered) - 1, int(len(ordered) * part))]
        for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999))
    }
    print(
        f"{len(ordered)} questions in {taken:.1f} s over {asked.connections} connections: {dict(client.statuses)}"
    )
    print("answers: " + ", ".join(f"{name} {count}" for name, count in sorted(client.answers.items())))
    print(
        "milliseconds: "
        + ", ".join(f"{name} {value:.1f}" for name, value in at.items())
        + f", worst {ordered[-1]:.1f}"
    )
    print(f"the client's share: {share:.2f} of a core; load average {os.getloadavg()[0]:.1f}")
    print(f"largest child {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


def broken_promises(client: Client, total: int) -> list[str]:
    """Return a sentence for each promise that was not kept."""
    broken = []
    ordered = sorted(client.latencies)
    p99 = ordered[int(len(ordered) * 0.99)]
    if p99 > MOST_P99_MS:
        broken.append(f"p99 is {p99:.1f} ms, {MOST_P99_MS:.0f} promised")
    if client.statuses != collections.Counter({200: total}):
        broken.append(f"{total} questions, answers {dict(client.statuses)}")
    matches = client.answers.get("match", 0)
    if matches != total // 100 or client.answers.get("unknown"):
        broken.append(f"{total // 100} questions meet a signal; answers {dict(client.answers)}")
    return broken


if __name__ == "__main__":
    sys.exit(main())
