"""Giving back what a long order held down: in batches, through kills, once each, with the letters in their order."""

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action, Decision, StatementOfReasons
from entente.apps.cases.services import informing
from entente.apps.cases.services.deciding import Ruling
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries, services
from entente.apps.orders.models import RemovalOrder, Restoration
from entente.apps.orders.services import deciding, restoring
from tests import world
from tests.apps.deliveries.filedb import at_once, database_file, empty_database_file
from tests.apps.orders.acts import apply_all, end, executed, restore_all
from tests.world import ALL_YES, NOW, Office

__all__ = ["database_file", "empty_database_file"]

MANY = tuple(f"https://agora.example/p/{number}" for number in range(25))
LATER = NOW + timedelta(hours=6)


@pytest.fixture
def office(db: None) -> Office:
    world.host()
    return world.office()


def long_order(office: Office, *, silent: bool = False, authenticity: str = "verified") -> RemovalOrder:
    """Receive an order about 25 addresses and let the platform carry all of it out."""
    form = world.order_form(*MANY, section_c={"non_disclosure": True}) if silent else None
    order = world.receive(*MANY, by=office, authenticity=authenticity, form=form).order
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    while services.continue_executions(at=NOW):
        pass
    apply_all(order.case_id, NOW)
    return queries.order(order.id)


def restored(order: RemovalOrder) -> int:
    return cases.restored_of(order.case_id)[0]


def check_all_back_once(order: RemovalOrder) -> None:
    """Every address restored by one decision, one request to the platform, and one letter."""
    assert cases.restored_of(order.case_id) == (25, 25)
    outcomes = Counter(decision.outcome for decision in cases.decisions_of(order.case_id))
    assert outcomes == {"disable": 25, "restore": 25}
    assert StatementOfReasons.objects.filter(state="sent").count() == 50
    sent = Counter(Delivery.objects.filter(case_id=order.case_id).values_list("purpose", flat=True))
    assert (sent["action.undo"], sent["person.inform"]) == (25, 50)
    assert not restoring.is_restoring(order.id)


def test_the_end_is_recorded_at_once_and_the_rest_follows_in_batches(office: Office) -> None:
    order = long_order(office)
    end(order)
    assert queries.order(order.id).fate == "withdrawn"
    assert restored(order) == restoring.BATCH
    assert queries.restoring(order) == queries.Restoring(done=restoring.BATCH, total=25)
    assert services.continue_restorations(at=LATER) == restoring.BATCH
    assert restored(order) == 2 * restoring.BATCH
    restore_all()
    check_all_back_once(order)
    assert queries.restoring(order) is None


def test_content_comes_back_before_the_letters_are_written(office: Office) -> None:
    order = long_order(office)
    end(order)
    while restored(order) < 25:
        services.continue_restorations(at=LATER)
    assert StatementOfReasons.objects.count() == 25
    services.continue_restorations(at=LATER)
    assert StatementOfReasons.objects.count() == 25 + restoring.BATCH


def test_between_two_batches_the_case_stays_open_whatever_the_platform_answers(office: Office) -> None:
    order = long_order(office)
    end(order)
    for turn in range(20):
        apply_all(order.case_id, LATER + timedelta(seconds=turn))
        if not restoring.is_restoring(order.id):
            break
        assert cases.case_by_id(order.case_id).state == "open"
        services.continue_restorations(at=LATER + timedelta(seconds=turn))
    check_all_back_once(order)
    assert cases.case_by_id(order.case_id).state == "closed"
    assert {action.state for action in Action.objects.all()} == {"undone"}


def test_a_platform_that_answers_after_the_last_batch_closes_the_case(office: Office) -> None:
    order = long_order(office)
    end(order)
    restore_all()
    assert cases.case_by_id(order.case_id).state == "open"
    apply_all(order.case_id, LATER)
    assert cases.case_by_id(order.case_id).state == "closed"


def test_every_address_names_who_ended_the_order_and_the_same_reasons(office: Office) -> None:
    order = long_order(office)
    end(order, "annulled")
    restore_all()
    back = Decision.objects.filter(outcome="restore")
    assert len(set(back.values_list("reasons", "decided_by_id_text", "decided_by_name"))) == 1
    assert back[0].decided_by_name == Restoration.objects.get().actor_name != "Entente"
    running = {line.rule_id for line in deadlines.running_for_case(order.case_id)}
    assert "house.second_look" in running


def test_what_the_program_ends_itself_needs_no_second_look(office: Office) -> None:
    order = long_order(office, authenticity="unverified")
    services.refute_order(order_id=order.id, note="forged", actor=SYSTEM, at=LATER)
    restore_all()
    check_all_back_once(order)
    assert set(Decision.objects.filter(outcome="restore").values_list("decided_by_id_text", flat=True)) == {
        "system"
    }
    running = {line.rule_id for line in deadlines.running_for_case(order.case_id)}
    assert "house.second_look" not in running


def test_finished_is_finished(office: Office) -> None:
    order = long_order(office)
    end(order)
    restore_all()
    assert services.continue_restorations(at=LATER) == 0
    finished = Restoration.objects.get().finished_at
    services.continue_restorations(at=LATER + timedelta(days=1))
    assert Restoration.objects.get().finished_at == finished
    assert restoring._go_on(Restoration.objects.get().id, order.id, LATER) == 0
    check_all_back_once(order)


def test_an_order_found_forged_and_withdrawn_meanwhile_is_restored_once(office: Office) -> None:
    order = long_order(office, authenticity="unverified")
    services.refute_order(order_id=order.id, note="forged", actor=world.actor("legal"), at=LATER)
    end(order)
    restore_all()
    check_all_back_once(order)
    assert Restoration.objects.filter(finished_at=None).count() == 0


def test_an_order_that_ends_while_the_worker_carries_it_out_takes_nothing_more_down(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker had it on its list already: it asks again once it holds the lock."""
    first = world.receive(*MANY, by=office).order
    second = world.receive(*[f"{url}-b" for url in MANY], by=office, reference="EX-2").order
    for order in (first, second):
        services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    decide = deciding.decide_next_addresses
    ended: list[RemovalOrder] = []

    def end_the_other(*, order: RemovalOrder, **given: Any) -> int:
        if not ended:
            ended.append(second if order.id == first.id else first)
            end(ended[0])
        return decide(order=order, **given)

    monkeypatch.setattr(deciding, "decide_next_addresses", end_the_other)
    while services.continue_executions(at=LATER):
        pass
    assert len(cases.items_of(ended[0].case_id)) == 25
    assert cases.restored_of(ended[0].case_id) == (10, 10)


def test_each_letter_that_was_held_back_goes_out_before_the_one_about_the_end(office: Office) -> None:
    order = long_order(office, silent=True)
    assert set(StatementOfReasons.objects.values_list("state", flat=True)) == {"withheld"}
    end(order)
    assert not cases.is_silent(order.case_id)
    assert case_services.end_due_silences(at=LATER) == 0
    restore_all()
    check_all_back_once(order)
    told = Delivery.objects.filter(purpose="person.inform").order_by("pk")
    letters = {letter.pk: letter.decision for letter in StatementOfReasons.objects.select_related("decision")}
    outcomes: dict[object, list[str]] = {}
    for delivery in told:
        decision = letters[delivery.subject_id]
        outcomes.setdefault(decision.item_id, []).append(decision.outcome)
    assert set(map(tuple, outcomes.values())) == {("disable", "restore")}
    again = Delivery.objects.filter(purpose="action.apply").count()
    assert again == 25  # what is being taken back is not asked for once more


def test_a_silence_that_ends_by_itself_opens_its_letters_in_batches(office: Office) -> None:
    order = long_order(office, silent=True)
    silence = cases.silence_of(order.case_id)
    assert silence is not None
    sent = StatementOfReasons.objects.filter(state="sent")
    stale = StatementOfReasons.objects.earliest("written_at", "id")
    opened = []
    while case_services.end_due_silences(at=silence.ends_at):
        opened.append(sent.count())
    assert opened == [10, 20, 25]
    assert not informing._send(stale, silence.ends_at)
    assert Delivery.objects.filter(purpose="person.inform").count() == 25
    assert Delivery.objects.filter(purpose="action.apply").count() == 50


def test_an_order_that_ends_while_letters_open_leaves_them_to_its_restoration(office: Office) -> None:
    order = long_order(office, silent=True)
    silence = cases.silence_of(order.case_id)
    assert silence is not None
    case_services.end_due_silences(at=silence.ends_at)
    end(order, at=silence.ends_at)
    assert case_services.end_due_silences(at=silence.ends_at) == 0
    restore_all(at=silence.ends_at)
    check_all_back_once(order)


def test_what_was_restored_during_the_silence_is_told_when_the_order_ends(office: Office) -> None:
    order, person = executed(office, form=world.order_form(section_c={"non_disclosure": True}))
    (view,) = cases.items_of(order.case_id)
    item = cases.item(view.id)
    assert item.decision is not None
    early = case_services.issue_decision(
        case=item.case,
        item=item,
        ruling=Ruling(outcome="restore", basis_id=item.decision.basis_id, reasons="It was a mistake."),
        actor=person,
        at=NOW,
        supersedes=item.decision,
    )
    case_services.inform_person(decision=early, at=NOW)
    assert case_services.open_letters(case_id=order.case_id, at=NOW, limit=10) == []
    end(order)
    restore_all()
    assert [letter.state for letter in StatementOfReasons.objects.all()] == ["sent", "sent"]
    assert Decision.objects.count() == 2


def test_two_workers_at_once_restore_nothing_twice(database_file: Path) -> None:
    world.host()
    order = long_order(world.office())
    end(order)
    for _turn in range(6):
        assert not [found for found in at_once(restore_all, restore_all) if isinstance(found, Exception)]
    check_all_back_once(order)


_WORKER = """
import os, signal, sys
import django
django.setup()
from datetime import datetime
from entente.apps.orders.services import restoring
acts = []
def dies_in_time(act):
    def done(**given):
        acts.append(act)
        if len(acts) == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return act(**given)
    return done
for name in ("issue_decision", "inform_person"):
    setattr(restoring.cases, name, dies_in_time(getattr(restoring.cases, name)))
while restoring.continue_restorations(at=datetime.fromisoformat(sys.argv[1])):
    pass
"""


@pytest.mark.long
def test_a_worker_that_is_killed_again_and_again_gives_everything_back_once(database_file: Path) -> None:
    world.host()
    order = long_order(world.office())
    end(order)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "entente.settings.test",
        "ENTENTE_TEST_DATABASE_URL": f"sqlite://{database_file}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    deaths = 0
    for dies_at in (1, 7, 11, 3, 14, 10, 9, 25, 100):
        died = subprocess.run(
            [sys.executable, "-c", _WORKER, LATER.isoformat(), str(dies_at)],
            env=environment,
            check=False,
            capture_output=True,
        )
        assert died.returncode in {-signal.SIGKILL, 0}, died.stderr.decode()
        deaths += died.returncode != 0
    assert deaths == 8
    check_all_back_once(order)
