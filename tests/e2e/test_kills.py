"""`kill -9` at any moment between receipt and feedback, and a disk that is full: nothing acknowledged is lost or doubled.

A real process tree on a SQLite file, agora as a process of its own, orders sent without pause, a person who executes
them; meanwhile web workers, the worker and the whole tree are killed without warning.
"""

import base64
import contextlib
import http.client
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError

from entente.apps.audit.models import AuditEvent
from entente.apps.cases.models import Action, Case, StatementOfReasons
from entente.apps.deadlines.models import Deadline
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel import keys
from entente.apps.kernel.config import reset_cache
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.orders.errors import NotInThisState
from entente.apps.orders.models import RemovalOrder
from entente.apps.tlog.models import Leaf
from entente.core.tlog.receipts import verify_receipt
from examples.agora import store
from tests import world
from tests.api.test_orders import signed_headers
from tests.apps.deliveries.filedb import _pointed_at
from tests.cli.trees import ENTENTE, Tree, entente, environment, parent_of, wait_until
from tests.world import ALL_YES, Office

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]
KILLS = 20
MOST_SECONDS = 240
SETTLE_SECONDS = 240  # a message that a dead worker held goes out again when its lease of 90 s ends
SECRET = "whsec_" + base64.b64encode(b"a secret of the suite only, long").decode()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@dataclass
class Instance:
    """One Entente with its platform, on ports that stay the same over every death."""

    folder: Path
    port: int
    agora_port: int
    tree: Tree | None = None
    deaths: Counter[str] = field(default_factory=Counter)
    known: set[int] = field(default_factory=set)

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """The address that orders are signed for."""
        return f"http://127.0.0.1:{self.port}/api/v1/orders"

    def configure(self) -> None:
        """Point the instance at its platform."""
        (self.data / "entente.toml").write_text(
            f'base_url = "http://127.0.0.1:{self.port}"\n'
            f"[server]\nport = {self.port}\n"
            f'[platform]\nkind = "webhook"\nwebhook_url = "http://127.0.0.1:{self.agora_port}/entente/webhook"\n'
            f'webhook_secret = "{SECRET}"\n'
        )

    def serve(self) -> None:
        """Start the tree and wait for its first answer."""
        log = (self.folder / "serve.log").open("a")
        process = subprocess.Popen(
            [*ENTENTE, "serve", "--data", str(self.data), "--json"],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        log.close()
        assert process.stdout
        line = process.stdout.readline()
        assert line, (self.folder / "serve.log").read_text()
        self.tree = Tree(process, json.loads(line)["address"])
        self.members()

    def members(self) -> list[int]:
        """Return web workers and worker, and remember everybody for the way out."""
        assert self.tree is not None
        found = self.tree.members()
        self.known |= {self.tree.process.pid, *self.tree.known}
        return found

    def kill_one(self, choice: random.Random) -> None:
        """Kill one of the children."""
        victims = self.members()
        if victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(choice.choice(victims), signal.SIGKILL)
            self.deaths["child"] += 1

    def kill_everybody(self) -> None:
        """Kill the whole tree at once, and start it again."""
        assert self.tree is not None
        everybody = [self.tree.process.pid, self.tree.nursery, *self.members()]
        for pid in everybody:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.tree.process.wait()
        if self.tree.process.stdout:
            self.tree.process.stdout.close()
        wait_until(lambda: not any(parent_of(pid) for pid in everybody), "everybody has ended")
        self.deaths["tree"] += 1
        self.serve()

    def end(self) -> None:
        """End what was started, and nothing else."""
        if self.tree is not None:
            self.members()
            self.tree.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.tree.process.wait(60)
            self.tree.process.kill()
            self.tree.process.wait()
            if self.tree.process.stdout:
                self.tree.process.stdout.close()
        for pid in self.known - {0}:
            if parent_of(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[Instance]:
    """Make an instance and its platform, and look at its database from here."""
    made = Instance(tmp_path, free_port(), free_port())
    done = entente("init", "--data", str(made.data), "--json")
    assert done.returncode == 0, done.stderr
    made.configure()
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(made.data))
    reset_cache()
    keys.read.cache_clear()
    with (
        agora(made),
        django_db_blocker.unblock(),
        _pointed_at(made.data / "entente.sqlite3"),
    ):
        try:
            yield made
        finally:
            made.end()
    monkeypatch.undo()
    reset_cache()
    keys.read.cache_clear()


@contextlib.contextmanager
def agora(made: Instance) -> Iterator[None]:
    """Run agora in a process of its own."""
    folder = made.folder / "agora"
    store.prepare(folder)
    with store.opened(folder) as db:
        db.execute(
            "INSERT INTO users (name, password, language, created_at) VALUES ('ada', '!', 'en', ?)",
            (store.now_text(),),
        )
    given = {
        "AGORA_DATA": str(folder),
        "AGORA_ENTENTE": f"http://127.0.0.1:{made.port}",
        "AGORA_ENTENTE_TOKEN": "t0ken",
        "AGORA_WEBHOOK_SECRET": SECRET,
        "AGORA_PORT": str(made.agora_port),
    }
    with (made.folder / "agora.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "examples.agora"],
            cwd=ROOT,
            env={**environment(), **given},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until(lambda: answers(made.agora_port), "agora answers")
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(port: int) -> bool:
    """Say whether somebody answers on a port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


def publish(made: Instance, number: int) -> str:
    """Put a post on agora and return its public address."""
    with store.opened(made.folder / "agora") as db:
        db.execute(
            "INSERT INTO posts (id, user_id, title, body, language, published_at) VALUES (?, 1, 'T', 'B', 'en', ?)",
            (f"post-{number}", store.now_text()),
        )
    return f"https://agora.example/p/post-{number}"


def send(made: Instance, office: Office, body: bytes) -> tuple[int, dict[str, Any]]:
    """Send a signed order once; status 0 when the connection broke before an answer."""
    headers = signed_headers(office, body, url=made.url)
    connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=30)
    try:
        connection.request("POST", "/api/v1/orders", body, {**headers, "Host": f"127.0.0.1:{made.port}"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()


def order_body(url: str, number: int, **sections: dict[str, Any]) -> bytes:
    """Return the body of one order."""
    return json.dumps(world.order_form(url, reference=f"K-{number}", **sections)).encode()


@dataclass
class Authority:
    """Sends orders without pause, again after every broken connection, until told to stop."""

    made: Instance
    office: Office
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Make the thread."""
        self.thread = threading.Thread(target=self.work)

    def work(self) -> None:
        """Send one order after the other; the same one again when its answer was lost."""
        number = 0
        while not self.stop.is_set():
            number += 1
            body = order_body(publish(self.made, number), number)
            while True:
                status, answer = send(self.made, self.office, body)
                self.statuses[status] += 1
                if status in {200, 201}:
                    self.acknowledged[f"K-{number}"] = answer
                    break
                self.broken += status == 0
                if self.stop.is_set():
                    return
                time.sleep(0.1)


def execute(order_id: UUID, person: Any) -> bool:
    """Answer the five questions, unless that was done."""
    try:
        order_services.execute_order(order_id=order_id, answers=ALL_YES, actor=person, at=datetime.now(UTC))
    except NotInThisState:
        return True
    except OperationalError:
        return False
    return True


def test_twenty_deaths_lose_and_double_nothing(instance: Instance) -> None:
    now = datetime.now(UTC)
    world.host(at=now)
    office, person = world.office(at=now - timedelta(hours=1)), world.actor("on_call")
    instance.serve()
    choice = random.Random(2784)  # noqa: S311 - which child dies next is no secret
    authority = Authority(instance, office)
    authority.thread.start()
    done: set[str] = set()
    began = time.monotonic()
    try:
        while sum(instance.deaths.values()) < KILLS and time.monotonic() - began < MOST_SECONDS:
            for reference, answer in list(authority.acknowledged.items()):
                if reference not in done and execute(UUID(answer["id"]), person):
                    done.add(reference)
            time.sleep(choice.uniform(0.05, 0.6))
            if sum(instance.deaths.values()) % 7 == 6:
                instance.kill_everybody()
            else:
                instance.kill_one(choice)
    finally:
        authority.stop.set()
        authority.thread.join(60)
    assert sum(instance.deaths.values()) >= KILLS // 2, instance.deaths
    assert authority.acknowledged, authority.statuses
    assert set(authority.statuses) <= {0, 200, 201, 503}, authority.statuses
    for reference, answer in authority.acknowledged.items():
        if reference not in done:
            assert execute(UUID(answer["id"]), person)
    wait_quiet(instance)
    for reference, answer in authority.acknowledged.items():
        check_one(instance, reference, answer)
    references = list(RemovalOrder.objects.values_list("reference", flat=True))
    assert len(references) == len(set(references))
    assert Case.objects.count() == len(references)


def wait_quiet(instance: Instance) -> None:
    """Wait until the worker has nothing left to do for what was executed."""
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        open_orders = RemovalOrder.objects.filter(execution="executing").count()
        open_messages = Delivery.objects.filter(
            state="pending", purpose__in=["action.apply", "person.inform"]
        ).count()
        if not open_orders and not open_messages:
            return
        time.sleep(0.5)
    raise AssertionError(
        f"not settled: {open_orders} orders, {open_messages} messages\n"
        + "".join(f"{row}\n" for row in Delivery.objects.filter(state="pending").values())
        + (instance.folder / "serve.log").read_text()[-3000:]
    )


def check_one(instance: Instance, reference: str, answer: dict[str, Any]) -> None:
    """Look for everything an acknowledged and executed order must have, and for nothing twice."""
    order = RemovalOrder.objects.get(reference=reference)
    assert str(order.id) == answer["id"]
    verify_receipt(answer["receipt"], keys.instance_public_key().public_bytes_raw())
    assert answer["receipt"] == order.receipt
    assert Leaf.objects.filter(leaf_hash=order.leaf_hash).count() == 1
    received = AuditEvent.objects.filter(kind="orders:removal_order:received", subject_id=order.id)
    assert received.count() == 1
    hour = Deadline.objects.get(subject_id=order.id, rule_id="tco.execute")
    assert (hour.state, hour.due_at) == ("met", order.received_at + timedelta(hours=1))
    assert order.execution == "executed"
    action = Action.objects.get(decision__case_id=order.case_id)
    assert action.state == "applied"
    (feedback,) = orders.answers_of(order.id)
    assert feedback.kind == "feedback"
    assert Delivery.objects.filter(subject_kind="answer", subject_id=feedback.id).count() == 1
    statement = StatementOfReasons.objects.get(case_id=order.case_id)
    with store.opened(instance.folder / "agora") as db:
        measures = db.execute("SELECT undone_at FROM measures WHERE action_id = ?", (str(action.id),))
        assert [row["undone_at"] for row in measures] == [None]
        letters = db.execute(
            "SELECT letter_url FROM messages WHERE letter_url LIKE ?", (f"%{statement.token}",)
        )
        assert len(list(letters)) == 1


def limit_files(pids: list[int], size: int) -> None:
    """Let processes write no file beyond `size` bytes, as on a disk that is full; the hard limit stays."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            _soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size if size >= 0 else hard, hard))


def test_a_full_disk_acknowledges_nothing_and_works_again_with_space(instance: Instance) -> None:
    now = datetime.now(UTC)
    world.host(at=now)
    office = world.office(at=now - timedelta(hours=1))
    instance.serve()
    first = order_body(publish(instance, 1), 1)
    assert send(instance, office, first)[0] == 201
    everybody = [*instance.members()]
    limit_files(everybody, 4096)
    body = order_body(publish(instance, 2), 2, section_b={"reasons": "x" * 300_000})
    refused = [send(instance, office, body)[0] for _turn in range(6)]
    assert set(refused) <= {500, 503}, refused
    assert not RemovalOrder.objects.filter(reference="K-2").exists()
    limit_files(instance.members(), -1)
    end = time.monotonic() + 60
    while (status := send(instance, office, body)[0]) not in {200, 201} and time.monotonic() < end:
        time.sleep(0.5)
    assert status == 201
    assert RemovalOrder.objects.filter(reference="K-2").count() == 1
    assert RemovalOrder.objects.filter(reference="K-1").count() == 1
    assert instance.tree is not None
    assert instance.tree.get() == 200
