"""Several writers and readers at the change sequence: no gap, and nothing appears below a number that was read.

On a SQLite file with the writers' queue; with `ENTENTE_TEST_DATABASE_URL`, the marked ones on PostgreSQL with its
row locks.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from entente.apps.banks import queries, services
from entente.apps.banks.models import Bank, Signal, SignalChange
from entente.apps.banks.services import numbering
from entente.apps.kernel.errors import Conflict
from tests.apps.banks.acts import WORDS, add, bank, reviewer, senior, signal, value
from tests.apps.deliveries.filedb import at_once, database_file, empty_database_file
from tests.world import NOW

__all__ = ["database_file", "empty_database_file"]

WRITERS, ROUNDS = 4, 12


class Reader:
    """Follows the sequence as an index does, and keeps every number in the order in which it saw them."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.values: dict[int, bytes | None] = {}
        self.stop = threading.Event()
        self.error: Exception | None = None

    def follow(self) -> None:
        """Read until told to stop, then once more."""
        try:
            while not self.stop.is_set():
                self._read()
                time.sleep(0.001)
            self._read()
        except Exception as error:  # noqa: BLE001 - handed to the test
            self.error = error
        finally:
            connections.close_all()

    def _read(self) -> None:
        # What is committed already is all that can be below: a number that appears later has to be higher.
        for change in queries.changes_after(self.seen[-1] if self.seen else 0, limit=50):
            self.seen.append(change.number)
            self.values[change.signal_id] = change.value


def _write(writer: int, bank_ids: list[Any]) -> Callable[[], None]:
    """Return a job that adds, rolls back, retracts and reinstates, as different writers do at once."""

    def job() -> None:
        who = reviewer(f"Writer {writer} Example")
        for turn in range(ROUNDS):
            mine = bank_ids[(writer + turn) % len(bank_ids)]
            add(mine, *[f"{writer}-{turn}-{number}" for number in range(5)], "everybody has it")
            numbers = list(
                Signal.objects.filter(bank_id=mine, value_key=value(f"{writer}-{turn}-0")).values_list(
                    "pk", flat=True
                )
            )
            services.retract_signals(signal_ids=numbers, reason=WORDS, actor=who, at=NOW)
            with transaction.atomic():
                services.reinstate_signal(signal_id=numbers[0], reason=WORDS, actor=who, at=NOW)
                transaction.set_rollback(bool(turn % 2))

    return job


def _play() -> None:
    made = [bank(f"Bank {number}").id for number in range(3)]
    readers = [Reader() for _number in range(2)]
    threads = [threading.Thread(target=reader.follow) for reader in readers]
    for thread in threads:
        thread.start()
    results = at_once(*[_write(writer, made) for writer in range(WRITERS)])
    for reader in readers:
        reader.stop.set()
    for thread in threads:
        thread.join(30)
    assert [result for result in results if result is not None] == []
    last = queries.last_change()
    standing = {one.signal_id: one.value for one in queries.standing("sha256")}
    for reader in readers:
        assert reader.error is None
        assert reader.seen == list(range(1, last + 1))
        assert {number: found for number, found in reader.values.items() if found is not None} == standing
    # Five new of each turn, one of them retracted; every second turn brings it back. One value is everybody's.
    turns = WRITERS * ROUNDS
    assert len(standing) == 4 * turns + turns // 2 + len(made)
    assert {row.standing_count for row in Bank.objects.all()} != {0}
    assert sum(Bank.objects.values_list("standing_count", flat=True)) == len(standing)


def test_numbers_have_no_gap_and_nothing_appears_below_one_that_was_read(database_file: Path) -> None:
    _play()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_on_postgresql_and_nothing_appears_below_one_that_was_read() -> None:
    assert connection.vendor == "postgresql"
    _play()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_slow_writer_holds_up_the_numbers_behind_it() -> None:
    """The later transaction would commit first: it has to wait for its number instead."""
    made = bank()
    add(made.id, "first")
    has_number, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def slow() -> None:
        with transaction.atomic():
            services.retract_signals(signal_ids=[1], reason=WORDS, actor=reviewer(), at=NOW)
            has_number.set()
            go_on.wait(10)
        order.append("slow")

    def quick() -> None:
        has_number.wait(10)
        add(made.id, "second")
        order.append("quick")

    def watch() -> list[int]:
        has_number.wait(10)
        time.sleep(0.5)
        seen = [change.number for change in queries.changes_after(0)]
        go_on.set()
        return seen

    results = at_once(slow, quick, watch)
    assert results[2] == [1]
    assert order == ["slow", "quick"]
    assert list(SignalChange.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_acts_that_meet_at_one_bank_do_not_wait_for_each_other_in_a_circle() -> None:
    ours, theirs, shared = bank(), bank(owner="partner"), bank(is_shared=True)
    add(theirs.id, *[str(number) for number in range(60)])
    people = [senior(f"Person {number} Example") for number in range(4)]

    def adopt() -> None:
        for number in range(1, 31):
            services.adopt_signals(
                signal_ids=[number], into_bank_id=ours.id, reason=WORDS, actor=people[0], at=NOW
            )

    def retract() -> None:
        for number in range(31, 61):
            services.retract_signals(signal_ids=[number, number - 30], reason=WORDS, actor=people[1], at=NOW)

    def judge() -> None:
        for number in range(1, 31):
            services.record_judgement(
                signal_id=number,
                item_id=UUID(int=number),
                is_right=True,
                decision_id=UUID(int=number),
                actor=people[2],
                at=NOW,
            )

    def fill() -> None:
        for number in range(30):
            add(ours.id, f"more {number}")
            services.disable_bank(bank_id=shared.id, until=None, reason=WORDS, actor=people[3], at=NOW)

    results = at_once(adopt, retract, judge, fill)
    errors = [result for result in results if isinstance(result, Exception)]
    # A signal that was retracted first cannot be adopted any more; nothing else goes wrong.
    assert all(isinstance(error, Conflict) for error in errors), errors
    numbers = list(SignalChange.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_two_confirm_at_once_and_one_of_them_learns_of_the_other(database_file: Path) -> None:
    made = bank()
    proposal = services.propose_restrict(bank_id=made.id, ground=WORDS, actor=senior("Ada Example"), at=NOW)
    people = [senior(f"Person {number} Example") for number in range(3)]
    results = at_once(
        *[
            lambda who=who: services.confirm_restrict(proposal_id=proposal.id, actor=who, at=NOW)
            for who in people
        ]
    )
    assert len([result for result in results if isinstance(result, Conflict)]) == 2
    assert queries.bank(made.id).policy == "restrict"


def test_the_first_numbers_of_an_instance_are_taken_at_once(database_file: Path) -> None:
    def take() -> int:
        with transaction.atomic():
            return numbering.take_signal_numbers(3)

    assert sorted(at_once(take, take, take)) == [1, 4, 7]


def test_a_signal_is_added_once_whoever_adds_it(database_file: Path) -> None:
    made = bank()
    results = at_once(*[lambda: add(made.id, "one", "two") for _writer in range(4)])
    assert sorted(result.added for result in results) == [0, 0, 0, 2]
    assert Signal.objects.count() == 2
    assert signal("one").value == value("one")
