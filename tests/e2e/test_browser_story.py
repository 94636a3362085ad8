"""The human part of the exercise in a real Chromium: both roads, from the first click to the restored post."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.story_steps import Visitor

pytestmark = [pytest.mark.long, pytest.mark.browser]
START_SECONDS = 150


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def exercise(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Start `entente demo` in a folder of its own, wait until it leaves the second order to the visitor."""
    entente, agora = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ENTENTE_")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    output = tmp_path / "demo.log"
    root = Path(__file__).resolve().parents[2]
    with output.open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "entente.cli.main", "demo", "--data", str(tmp_path / "demo")),
                *("--port", str(entente), "--agora-port", str(agora)),
            ],
            cwd=root,
            env={**environment, "PYTHONPATH": f"{root / 'src'}:{root}"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        end = time.monotonic() + START_SECONDS
        while "Start here" not in output.read_text(errors="replace"):
            assert process.poll() is None, output.read_text(errors="replace")
            assert time.monotonic() < end, output.read_text(errors="replace")
            time.sleep(0.3)
        yield f"http://127.0.0.1:{entente}", f"http://127.0.0.1:{agora}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_both_roads_by_hand(exercise: tuple[str, str], chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    try:
        visitor = Visitor(context.new_page(), *exercise)
        assert visitor.status_at_agora("tide-summons") == 200
        visitor.execute_the_waiting_order()
        visitor.wait_for_status("tide-summons", 451)
        visitor.restore_because_withdrawn()
        visitor.wait_for_status("tide-summons", 200)
        visitor.send_notice("toll-polemic")
        assert visitor.status_at_agora("toll-polemic") == 200
        visitor.assess_and_disable("toll-polemic")
        visitor.wait_for_status("toll-polemic", 451)
        visitor.complain("anouk")
        visitor.uphold("toll-polemic")
        visitor.wait_for_status("toll-polemic", 200)
    finally:
        context.close()
