"""The real process: what it acknowledged is there after a kill -9, and what it owed is sent after a restart."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from .conftest import BASE, SECRET, action, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .conftest import Agora, StandIn

ROOT = Path(__file__).resolve().parents[3]


class Process:
    """One served Agora that can be killed and started again."""

    def __init__(self, data: Path, entente: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.command = [sys.executable, "-m", "examples.agora", "--port", str(self.port)]
        self.command += ["--data", str(data), "--entente", entente, "--exercise"]
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, trust_env=False)

    def start(self) -> None:
        """Start it and wait until it answers."""
        secrets = {"AGORA_WEBHOOK_SECRET": SECRET, "AGORA_ENTENTE_TOKEN": "t0ken"}
        self.running = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=os.environ | secrets,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                assert self.http.get("/healthz").text == "ok\n"
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("agora did not start")

    def stop(self, how: signal.Signals) -> int:
        """Stop it, with its children when it is killed."""
        if how == signal.SIGKILL:
            os.killpg(self.running.pid, how)
        else:
            self.running.send_signal(how)
        return self.running.wait(timeout=60)

    def tell(self, kind: str, data: Mapping[str, object], message_id: str) -> httpx.Response:
        """Send a signed webhook."""
        body = json.dumps({"type": kind, "timestamp": "", "data": data}).encode()
        return self.http.post("/entente/webhook", content=body, headers=sign(body, message_id))


@pytest.fixture
def process(agora: Agora, entente: StandIn) -> Iterator[Process]:
    """Serve an Agora that already has two posts."""
    served = Process(agora.settings.data, entente.url)
    served.start()
    yield served
    if served.running.poll() is None:
        served.stop(signal.SIGKILL)
    served.http.close()


def wait_for(fact: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + 60
    while not fact():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_acknowledged_is_durable_and_owed_is_sent(process: Process, agora: Agora, entente: StandIn) -> None:
    entente.answers = [(503, {})]
    snapshot = {
        "snapshot_id": "s-1",
        "url": f"{BASE}/p/first",
        "upload_url": f"{entente.url}/api/v1/snapshots/s-1",
    }
    assert process.tell("snapshot.requested", snapshot, "m-1").status_code == 202
    done = process.tell("action.apply", action(), "m-2")
    assert done.json()["effect"]["applied"] is True
    wait_for(lambda: agora.rows("SELECT answer FROM pushes WHERE answer IS NOT NULL") != [])
    process.stop(signal.SIGKILL)
    process.start()
    assert process.http.get("/p/first").status_code == 451
    assert process.tell("action.apply", action(), "m-2").json() == done.json()
    wait_for(lambda: len(entente.received) == 2)
    assert {got.path for got in entente.received} == {"/api/v1/snapshots/s-1"}
    assert process.stop(signal.SIGTERM) == 0
