"""One order about a thousand addresses: one act for whoever does it, and no transaction that holds the writer long.

What an act begins, the worker finishes by itself, in batches; it may be killed at any moment, and everything happens once.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases import waiting
from entente.apps.cases.models import Action, Decision, StatementOfReasons
from entente.apps.content import queries as content
from entente.apps.content import services as content_services
from entente.apps.content.models import ContentItem, Snapshot
from entente.apps.content.services import closing
from entente.apps.deliveries.models import Delivery
from entente.apps.evidence import vault
from entente.apps.evidence.models import CustodyEvent, EvidenceItem, Preservation
from entente.apps.orders import queries, services
from entente.apps.orders.models import RemovalOrder
from entente.apps.orders.services import deciding
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.deliveries.filedb import database_file, empty_database_file
from tests.apps.orders.acts import apply_all, end, refuse_all
from tests.apps.transactions import MOST_STATEMENTS, watched
from tests.world import ALL_YES, NOW

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = ["database_file", "empty_database_file"]
pytestmark = [pytest.mark.long, pytest.mark.usefixtures("database_file")]

COUNT = 1000
LATER = NOW + timedelta(hours=1)
Step = Callable[..., int]

_WORKER = """
import os, signal, sys
import django
django.setup()
import importlib
from datetime import datetime
at, step, act, dies_at = datetime.fromisoformat(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
def found(name):
    module, _, attribute = name.partition(":")
    return importlib.import_module(module), attribute
module, attribute = found(act)
real, done = getattr(module, attribute), []
def dies_in_time(*given, **named):
    done.append(act)
    if len(done) == dies_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)
setattr(module, attribute, dies_in_time)
module, attribute = found(step)
while getattr(module, attribute)(at=at):
    pass
"""


@pytest.fixture(autouse=True)
def _no_power_is_cut(database_file: Path) -> None:
    """Wait for no disk: processes are killed here, machines are not."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")


def killed_again_and_again(database: Path, step: str, act: str, *, at: datetime = NOW) -> None:
    """Let workers do `step`, killed in the middle of a batch each, and the last one finish."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "entente.settings.test",
        "ENTENTE_TEST_DATABASE_URL": f"sqlite://{database}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    ends = []
    for dies_at in (7, 215, 10**6):
        worker = [sys.executable, "-c", _WORKER, at.isoformat(), step, act, str(dies_at)]
        died = subprocess.run(worker, env=environment, check=False, capture_output=True)
        ends.append(died.returncode)
        assert died.returncode in {-signal.SIGKILL, 0}, died.stderr.decode()
    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0]


def finish(step: Step, at: datetime = NOW) -> None:
    while step(at=at):
        pass


def received(*, silent: bool = False) -> RemovalOrder:
    world.host()
    urls = [f"https://agora.example/p/{number}" for number in range(COUNT)]
    form = world.order_form(*urls, section_c={"non_disclosure": silent})
    return world.receive(by=world.office(), form=form).order


def execute(order: RemovalOrder, at: datetime = NOW) -> None:
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=at)


def check_asked_once(order: RemovalOrder, times: int = 1) -> None:
    """Every address with one decision, one measure, and as many requests to the platform as there should be."""
    assert Decision.objects.filter(case_id=order.case_id).count() == COUNT
    assert Action.objects.filter(decision__case_id=order.case_id, state="pending").count() == COUNT
    asked = Counter(
        Delivery.objects.filter(case_id=order.case_id, purpose="action.apply").values_list(
            "subject_id", flat=True
        )
    )
    assert (len(asked), set(asked.values())) == (COUNT, {times})


def kept_while_open(order: RemovalOrder) -> "QuerySet[Preservation]":
    """Keep every copy on the ground that its case is open."""
    Preservation.objects.bulk_create(
        Preservation(
            subject_kind="content_item",
            subject_id=item.pk,
            case_id=order.case_id,
            ground_id="house.open_case",
            starts_at=NOW,
            until=NOW + timedelta(days=90),
        )
        for item in ContentItem.objects.all()
    )
    return Preservation.objects.filter(ground_id="house.open_case")


def test_from_the_key_to_the_restoration_each_act_is_one_and_no_transaction_is_long() -> None:
    """Executed, accepted and closed, withdrawn, restored: what an act begins is finished in batches, by itself."""
    order = received()
    kept = kept_while_open(order)
    with watched() as watch:
        execute(order)
        assert Action.objects.count() == deciding.BATCH
        assert cases.item_states(order.case_id).undecided == COUNT - deciding.BATCH
        finish(services.continue_executions)
    assert len(watch.ended) >= COUNT // deciding.BATCH
    assert max(watch.ended) < MOST_STATEMENTS
    check_asked_once(order)
    apply_all(order.case_id, NOW)
    assert queries.order(order.id).execution == "executed"
    legal = world.person("Lea Example", "legal")
    assess(order.case_id, legal, road="order", outcome="accept")
    with watched() as watch:
        services.choose_course(
            order_id=order.id,
            course="accept",
            reasons="It is what it says.",
            same_for_rest=True,
            actor=legal.actor,
            at=LATER,
        )
    assert max(watch.ended) < MOST_STATEMENTS
    assert cases.case_by_id(order.case_id).state == "closed"
    assert Counter(kept.values_list("until", flat=True)) == {LATER: COUNT}
    with watched() as watch:
        end(order)
        finish(services.continue_restorations, LATER + timedelta(hours=5))
    assert max(watch.ended) < MOST_STATEMENTS
    assert cases.restored_of(order.case_id) == (COUNT, COUNT)
    assert StatementOfReasons.objects.filter(case_id=order.case_id).count() == 2 * COUNT


def test_a_worker_killed_while_it_executes_asks_for_every_measure_once(database_file: Path) -> None:
    order = received()
    execute(order)
    killed_again_and_again(
        database_file,
        "entente.apps.orders.services:continue_executions",
        "entente.apps.cases.services.deciding:request_action",
    )
    check_asked_once(order)


def test_what_the_platform_refused_is_asked_for_again_in_batches_through_kills(database_file: Path) -> None:
    """The platform was down and refused all; the obstacle ceased, and the same key is pressed again."""
    order = received()
    execute(order)
    finish(services.continue_executions)
    refuse_all(order.case_id, NOW, reason="down")
    actor = world.actor("on_call")
    with watched() as watch:
        services.declare_impossible(
            order_id=order.id, ground="force_majeure", explanation="We are down.", actor=actor, at=LATER
        )
        services.resume_order(order_id=order.id, ceased_at=LATER, note="We are up.", actor=actor, at=LATER)
        execute(order, at=LATER)
    assert max(watch.ended) < MOST_STATEMENTS
    assert len(waiting.refused_in_turn(order.case_id, limit=COUNT)) == COUNT - deciding.BATCH
    killed_again_and_again(
        database_file,
        "entente.apps.orders.services:continue_executions",
        "entente.apps.cases.services:retry_action",
        at=LATER,
    )
    assert not waiting.refused_in_turn(order.case_id, limit=COUNT)
    check_asked_once(order, times=2)


def copies(order: RemovalOrder, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a copy of every address arrive but of the last hundred."""
    own = vault.LocalVault(folder / "vault", bytes(range(32)), reserve_bytes=0)
    monkeypatch.setattr(vault, "instance", lambda: own)
    for snapshot in Snapshot.objects.filter(case_id=order.case_id).order_by("pk")[: COUNT - 100]:
        content_services.receive_snapshot(
            snapshot_id=snapshot.pk,
            parts=[content_services.IncomingPart([b"text"], "text/plain")],
            actor=world.actor("reviewer"),
            at=NOW,
        )


def test_the_key_closes_everything_at_once_and_writes_the_rest_through_kills(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = received()
    copies(order, tmp_path, monkeypatch)
    content_services.run_due_snapshots(at=NOW)
    pressed_by = world.actor("on_call", name="Olga Example")
    with watched() as watch:
        case_services.leave_case_to_route(case_id=order.case_id, actor=pressed_by, at=NOW)
    assert max(watch.ended) < MOST_STATEMENTS
    assert not ContentItem.objects.filter(preview_closed_at=None).exists()
    assert Counter(Snapshot.objects.values_list("state", flat=True)) == {"complete": 900, "cancelled": 100}
    assert not Snapshot.objects.exclude(decode_due_at=None).exists()
    assert content.closings_left(order.case_id) == COUNT - closing.BATCH
    killed_again_and_again(
        database_file,
        "entente.apps.content.services:continue_closings",
        "entente.apps.content.services.closing:_write",
        at=LATER,
    )
    assert content.closings_left(order.case_id) == 0
    assert not EvidenceItem.objects.filter(closed_at=None).exists()
    closed = CustodyEvent.objects.filter(kind="closed")
    assert closed.count() == EvidenceItem.objects.count() == 900
    assert set(closed.values_list("actor_name", "at")) == {("Olga Example", NOW)}


def test_a_silence_that_ends_over_measures_under_way_tells_the_platform_in_batches() -> None:
    order = received(silent=True)
    execute(order)
    finish(services.continue_executions)
    silence = cases.silence_of(order.case_id)
    assert silence is not None
    with watched() as watch:
        finish(case_services.end_due_silences, silence.ends_at)
    assert max(watch.ended) < MOST_STATEMENTS
    check_asked_once(order, times=2)
    assert not Action.objects.exclude(ask_again_at=None).exists()
