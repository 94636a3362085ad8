"""What changes the standing of a signal, and that each change is numbered, told and explained."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, registries, services
from entente.apps.banks.errors import (
    NoSuchSignal,
    NotInThisStanding,
    PersonNeeded,
    ReasonMissing,
    SignalInvalid,
    SignalRetracted,
    TooManySignals,
)
from entente.apps.banks.services import NewSignal, Source, changing
from entente.apps.banks.services.recording import signal_subject
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.registries import Registry
from tests.apps.banks.acts import LATER, WORDS, add, bank, changes, facts, one, reviewer, senior
from tests.world import NOW

pytestmark = pytest.mark.django_db
Told = list[tuple[tuple[int, ...], str, datetime]]


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Hear of retractions as a room above does."""
    heard: Told = []
    registry: Registry[str, Any] = Registry("listeners of the test")

    def listen(signal_ids: Sequence[int], reason: str, at: datetime) -> None:
        heard.append((tuple(signal_ids), reason, at))

    registry.register("test", listen)
    monkeypatch.setattr(registries, "signal_retracted", registry)
    return heard  # type: ignore[return-value]


def test_a_retraction_is_numbered_recorded_and_told(told: Told) -> None:
    made = bank()
    row = one(made.id)
    assert services.retract_signals(signal_ids=[row.pk], reason=WORDS, actor=reviewer(), at=NOW) == 1
    assert changes() == [("added", True), ("retracted", False)]
    assert told == [((row.pk,), WORDS, NOW)]
    found = facts(row.pk)
    assert (found.state, found.retracted_at, found.retract_reason) == ("retracted", NOW, WORDS)
    assert audit.trail_of("bank", made.id)[-1].facts["signals"] == [row.pk]
    assert queries.banks()[0].standing_count == 0
    assert services.retract_signals(signal_ids=[row.pk], reason=WORDS, actor=reviewer(), at=LATER) == 0
    assert len(told) == 1
    assert facts(row.pk).retracted_at == NOW


def test_many_are_retracted_in_portions_that_listeners_can_take(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "_TOLD_AT_ONCE", 2)
    first, second = bank(), bank()
    add(first.id, "one", "two")
    add(second.id, "three")
    services.retract_signals(signal_ids=[1, 2, 3], reason=WORDS, actor=reviewer(), at=NOW)
    assert [ids for ids, _reason, _at in told] == [(1, 2), (3,)]
    assert {line.standing_count for line in queries.banks()} == {0}


def test_a_retraction_names_signals_that_exist_and_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    row = one(bank().id)
    with pytest.raises(NoSuchSignal):
        services.retract_signals(signal_ids=[row.pk, 99], reason=WORDS, actor=reviewer(), at=NOW)
    with pytest.raises(ReasonMissing):
        services.retract_signals(signal_ids=[row.pk], reason=" no ", actor=reviewer(), at=NOW)
    monkeypatch.setattr(changing, "MOST_RETRACTED", 1)
    with pytest.raises(TooManySignals):
        services.retract_signals(signal_ids=[1, 2], reason=WORDS, actor=reviewer(), at=NOW)
    assert facts(row.pk).stands


def test_a_mistaken_retraction_is_undone_and_confirmed_anew() -> None:
    row = one(bank().id)
    services.confirm_signal(signal_id=row.pk, actor=reviewer(), at=NOW)
    with pytest.raises(NotInThisStanding):
        services.reinstate_signal(signal_id=row.pk, reason=WORDS, actor=reviewer(), at=NOW)
    services.retract_signals(signal_ids=[row.pk], reason=WORDS, actor=reviewer(), at=NOW)
    with pytest.raises(PersonNeeded):
        services.reinstate_signal(signal_id=row.pk, reason=WORDS, actor=SYSTEM, at=NOW)
    services.reinstate_signal(signal_id=row.pk, reason=WORDS, actor=reviewer(), at=LATER)
    assert (facts(row.pk).stands, facts(row.pk).is_confirmed) == (True, False)
    assert changes()[-1] == ("reinstated", True)


def test_a_signal_is_disabled_until_a_date_and_stands_again_by_itself() -> None:
    row = one(bank().id)
    until = NOW + timedelta(days=2)
    services.disable_signal(signal_id=row.pk, until=until, reason=WORDS, actor=reviewer(), at=NOW)
    assert (facts(row.pk).state, changes()[-1]) == ("disabled", ("disabled", False))
    assert services.end_due_signals(at=until - timedelta(seconds=1)) == 0
    assert services.end_due_signals(at=until) == 1
    assert (facts(row.pk).state, changes()[-1]) == ("standing", ("enabled", True))
    assert services.end_due_signals(at=until) == 0


def test_a_disabled_signal_is_enabled_early_and_only_then() -> None:
    row = one(bank().id)
    with pytest.raises(NotInThisStanding):
        services.enable_signal(signal_id=row.pk, actor=reviewer(), at=NOW)
    for until in (NOW, NOW + timedelta(days=3000)):
        with pytest.raises(SignalInvalid):
            services.disable_signal(signal_id=row.pk, until=until, reason=WORDS, actor=reviewer(), at=NOW)
    services.disable_signal(signal_id=row.pk, until=LATER, reason=WORDS, actor=reviewer(), at=NOW)
    services.disable_signal(
        signal_id=row.pk, until=LATER + timedelta(1), reason=WORDS, actor=reviewer(), at=NOW
    )
    services.enable_signal(signal_id=row.pk, actor=reviewer(), at=NOW)
    assert changes() == [("added", True), ("disabled", False), ("enabled", True)]
    with pytest.raises(NotInThisStanding):
        services.enable_signal(signal_id=row.pk, actor=reviewer(), at=LATER)


def test_a_signal_expires_and_is_prolonged() -> None:
    made = bank()
    row = one(made.id, expires_at=LATER)
    assert (facts(row.pk).stands_at(NOW), facts(row.pk).stands_at(LATER)) == (True, False)
    assert services.end_due_signals(at=LATER) == 1
    assert not facts(row.pk).stands_at(NOW)
    assert (facts(row.pk).state, changes()[-1]) == ("expired", ("expired", False))
    assert audit.trail_of("bank", made.id)[-1].kind == "banks:bank:signals_expired"
    services.set_signal_end(
        signal_id=row.pk, expires_at=LATER + timedelta(1), reason=WORDS, actor=reviewer(), at=LATER
    )
    assert changes()[-1] == ("prolonged", True)
    services.set_signal_end(signal_id=row.pk, expires_at=None, reason=WORDS, actor=reviewer(), at=LATER)
    assert len(changes()) == 3
    services.set_signal_end(signal_id=row.pk, expires_at=NOW, reason=WORDS, actor=reviewer(), at=LATER)
    assert (facts(row.pk).state, changes()[-1]) == ("expired", ("expired", False))


def test_one_that_expires_while_disabled_changes_its_state_and_not_its_standing() -> None:
    row = one(bank().id, expires_at=LATER)
    services.disable_signal(
        signal_id=row.pk, until=LATER + timedelta(1), reason=WORDS, actor=reviewer(), at=NOW
    )
    assert services.end_due_signals(at=LATER) == 1
    assert (facts(row.pk).state, len(changes())) == ("expired", 2)


def test_the_sweep_takes_the_soonest_and_says_that_there_is_more() -> None:
    made = bank()
    add(made.id, "one", "two", expires_at=LATER + timedelta(1))
    third = one(made.id, "three", expires_at=LATER)
    at = LATER + timedelta(2)
    assert services.end_due_signals(at=at, limit=1) == 1
    assert facts(third.pk).state == "expired"
    assert services.end_due_signals(at=at, limit=5) == 2
    assert services.end_due_signals(at=at) == 0
    assert queries.banks()[0].standing_count == 0


def test_a_flood_is_quarantined_by_the_program_and_released_by_a_person() -> None:
    row = one(bank().id)
    services.quarantine_signal(signal_id=row.pk, reason=WORDS, actor=SYSTEM, at=NOW)
    services.quarantine_signal(signal_id=row.pk, reason="Again, later on.", actor=SYSTEM, at=LATER)
    found = facts(row.pk)
    assert (found.state, found.quarantined_at, found.quarantine_reason) == ("quarantined", NOW, WORDS)
    with pytest.raises(PersonNeeded):
        services.release_signal(signal_id=row.pk, reason=WORDS, actor=SYSTEM, at=NOW)
    services.release_signal(signal_id=row.pk, reason=WORDS, actor=reviewer(), at=NOW)
    assert changes() == [("added", True), ("quarantined", False), ("released", True)]
    with pytest.raises(NotInThisStanding):
        services.release_signal(signal_id=row.pk, reason=WORDS, actor=reviewer(), at=NOW)
    trail = audit.trail_of("signal", signal_subject(row.pk))
    assert [event.kind for event in trail] == ["banks:signal:quarantined", "banks:signal:released"]


def test_a_quarantined_signal_waits_for_a_person_whatever_its_end() -> None:
    row = one(bank().id, expires_at=LATER)
    services.quarantine_signal(signal_id=row.pk, reason=WORDS, actor=SYSTEM, at=NOW)
    assert services.end_due_signals(at=LATER) == 0
    services.release_signal(signal_id=row.pk, reason=WORDS, actor=reviewer(), at=LATER)
    assert (facts(row.pk).state, len(changes())) == ("expired", 2)


def test_a_quarantined_signal_can_be_retracted() -> None:
    row = one(bank().id)
    services.quarantine_signal(signal_id=row.pk, reason=WORDS, actor=SYSTEM, at=NOW)
    services.retract_signals(signal_ids=[row.pk], reason=WORDS, actor=reviewer(), at=NOW)
    assert (facts(row.pk).state, len(changes())) == ("retracted", 2)
    services.reinstate_signal(signal_id=row.pk, reason=WORDS, actor=reviewer(), at=NOW)
    assert (facts(row.pk).state, len(changes())) == ("quarantined", 2)


@pytest.mark.parametrize(
    "act",
    [
        lambda pk: services.disable_signal(signal_id=pk, until=LATER, reason=WORDS, actor=reviewer(), at=NOW),
        lambda pk: services.enable_signal(signal_id=pk, actor=reviewer(), at=NOW),
        lambda pk: services.quarantine_signal(signal_id=pk, reason=WORDS, actor=SYSTEM, at=NOW),
        lambda pk: services.release_signal(signal_id=pk, reason=WORDS, actor=reviewer(), at=NOW),
        lambda pk: services.set_signal_end(
            signal_id=pk, expires_at=None, reason=WORDS, actor=reviewer(), at=NOW
        ),
        lambda pk: services.confirm_signal(signal_id=pk, actor=reviewer(), at=NOW),
    ],
)
def test_nothing_is_done_with_a_retracted_signal_or_one_that_does_not_exist(
    act: Callable[[int], object],
) -> None:
    row = one(bank().id)
    services.retract_signals(signal_ids=[row.pk], reason=WORDS, actor=reviewer(), at=NOW)
    with pytest.raises(SignalRetracted):
        act(row.pk)
    with pytest.raises(NoSuchSignal):
        act(row.pk + 1)
    assert len(changes()) == 2


def test_an_index_follows_the_sequence_and_can_be_built_anew() -> None:
    made = bank()
    first, second = one(made.id, "one"), one(made.id, "two")
    services.retract_signals(signal_ids=[first.pk], reason=WORDS, actor=reviewer(), at=NOW)
    followed = queries.changes_after(0)
    assert [(c.number, c.signal_type, c.signal_id, c.value) for c in followed] == [
        (1, "sha256", first.pk, bytes(first.value)),
        (2, "sha256", second.pk, bytes(second.value)),
        (3, "sha256", first.pk, None),
    ]
    assert [c.number for c in queries.changes_after(1, limit=1)] == [2]
    assert queries.changes_after(3) == []
    assert [(s.signal_id, s.bank_id) for s in queries.standing("sha256")] == [(second.pk, made.id)]
    assert queries.standing("sha256", after_id=second.pk) == []
    assert queries.standing("md5") == []
    assert queries.standing_values("sha256") == [(second.pk, bytes(second.value))]
    assert queries.standing_values("sha256", second.pk) == []


def test_the_changes_of_one_type_can_be_read_alone() -> None:
    made, retired, empty = bank(), bank(), bank()
    assert queries.types_standing() == set()
    one(made.id, "one")
    services.add_signals(
        bank_id=made.id,
        signals=[NewSignal("md5", bytes(16)), NewSignal("pdq", bytes(32))],
        source=Source(how="import", words="list.csv"),
        actor=reviewer(),
        at=NOW,
    )
    services.add_signals(
        bank_id=retired.id,
        signals=[NewSignal("url_md5", bytes(16))],
        source=Source(how="import", words="list.csv"),
        actor=reviewer(),
        at=NOW,
    )
    services.retire_bank(bank_id=retired.id, reason=WORDS, actor=senior(), at=NOW)
    assert empty.standing_count == 0
    assert queries.types_standing() == {"md5", "pdq", "sha256"}
    assert [c.number for c in queries.changes_after(0, signal_type="pdq")] == [3]
    assert queries.changes_after(3, signal_type="pdq") == []


def test_a_change_has_a_mark_that_no_other_has() -> None:
    made = bank()
    first = one(made.id, "one")
    mark = queries.change_mark(1)
    assert mark == queries.change_mark(1)
    services.retract_signals(signal_ids=[first.pk], reason=WORDS, actor=reviewer(), at=NOW)
    assert len({mark, queries.change_mark(2), ""}) == 3
    assert queries.change_mark(3) == queries.change_mark(0) == ""
