"""What a search finds: everything within the widest radius, of every type, at the end of the sequence."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from entente.apps.banks import services
from entente.apps.banks.models import Signal
from entente.apps.banks.services import NewSignal, Source
from entente.apps.banks.values import UnusableValue
from entente.apps.kernel import clock
from entente.apps.matching.hub import Found, HubAnswer, Query, following, opening, portions
from entente.apps.matching.hub.holding import Holding
from entente.core.matching.errors import MalformedHash
from entente.core.signals import registry
from tests.apps.banks.acts import WORDS, bank, reviewer, senior
from tests.apps.matching.hub.acts import add, ask, foreground, pdq, retract, rows
from tests.core.signals.third_parties import Sound
from tests.world import NOW

LATER = clock.now() + timedelta(hours=1)
pytestmark = pytest.mark.django_db


def test_an_instance_without_signals_finds_nothing_and_loads_nothing(tmp_path: Path) -> None:
    hub = foreground(tmp_path / "indexes")
    assert ask(hub, "one") == HubAnswer((), 0)
    assert hub.policies() == {}
    assert not (tmp_path / "indexes").exists()
    assert hub.wait(0.0)


def test_a_signal_is_found_from_its_change_on_and_not_after_its_retraction(tmp_path: Path) -> None:
    hub, made = foreground(tmp_path), bank()
    assert rows(ask(hub, "one")) == []
    add(made.id, "one", "two")
    number = Signal.objects.get(value=pdq("one")).pk
    assert ask(hub, "one") == HubAnswer((Found(number, "pdq", 0, 0),), 2)
    retract(number)
    assert ask(hub, "one") == HubAnswer((), 3)
    assert hub.policies().keys() == {made.id}


def test_several_questions_of_several_types_are_answered_each_by_its_place(tmp_path: Path) -> None:
    hub, made = foreground(tmp_path), bank()
    add(made.id, "one", kind="sha256")
    add(made.id, "one")
    asked = [Query("pdq", pdq("other")), Query("sha256", pdq("one")), Query("pdq", pdq("one", 1, 2, 3))]
    sha256, near = (Signal.objects.get(signal_type=name).pk for name in ("sha256", "pdq"))
    assert hub.search(asked).found == (Found(sha256, "sha256", 0, 1), Found(near, "pdq", 3, 2))


def test_the_radius_is_the_widest_that_an_enforced_bank_asks_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_POLICY_SECONDS", 0.0)
    hub, far = foreground(tmp_path), [Query("pdq", pdq("one", *range(40)))]
    narrow = bank("Narrow", radii={"pdq": 10})
    add(narrow.id, "one")
    assert hub.search(far).found == ()
    assert hub.search([Query("pdq", pdq("one", *range(11)))]).found == ()
    assert hub.search([Query("pdq", pdq("one", *range(10)))]).found != ()
    widest = registry.signal_types()["pdq"].widest_radius
    wide = bank("Wide", radii={"pdq": widest})
    near = [Query("pdq", pdq("one", *range(widest)))]
    assert hub.search(near).found != ()
    services.disable_bank(bank_id=wide.id, until=LATER, reason=WORDS, actor=senior(), at=NOW)
    assert hub.search(near).found == ()
    assert hub.search(far, radii=lambda _type: 40).found != ()


def test_with_no_bank_enforced_the_radius_is_the_types_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_POLICY_SECONDS", 0.0)
    hub, made = foreground(tmp_path), bank(radii={"pdq": 0})
    add(made.id, "one")
    assert hub.search([Query("pdq", pdq("one", 1))]).found == ()
    services.disable_bank(bank_id=made.id, until=LATER, reason=WORDS, actor=senior(), at=NOW)
    assert hub.search([Query("pdq", pdq("one", *range(31)))]).found != ()
    assert hub.search([Query("pdq", pdq("one", *range(32)))]).found == ()


def test_a_question_of_no_type_and_one_that_is_malformed_are_refused(tmp_path: Path) -> None:
    hub, made = foreground(tmp_path), bank()
    add(made.id, "one")
    with pytest.raises(UnusableValue, match="no signal type of this name"):
        hub.search([Query("smell", b"?")])
    with pytest.raises(MalformedHash, match="32 bytes"):
        hub.search([Query("pdq", b"short")])


def test_what_stands_already_is_found_by_a_process_that_starts_later(tmp_path: Path) -> None:
    made, retired = bank(), bank("To be retired")
    add(made.id, "one", "two")
    add(retired.id, "three")
    services.retire_bank(bank_id=retired.id, reason=WORDS, actor=senior(), at=NOW)
    retract(number_of("one"))
    hub = foreground(tmp_path)
    assert [rows(ask(hub, word)) for word in ("one", "two", "three")] == [[], [number_of("two")], []]


def test_a_type_whose_package_is_gone_is_passed_over_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bank()
    with monkeypatch.context() as installed:
        installed.setitem(registry.signal_types()._loaded, "sound", Sound())
        add_sounds(made.id, b"\0\xff")
    add(made.id, "one")
    hub = foreground(tmp_path)
    assert rows(ask(hub, "one")) == [number_of("one")]
    assert {one.name: one.state for one in hub.status().types} == {"pdq": "ready", "sound": "not_installed"}


def test_a_change_of_a_type_that_is_not_installed_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, made = foreground(tmp_path), bank()
    assert rows(ask(hub, "one")) == []
    with monkeypatch.context() as installed:
        installed.setitem(registry.signal_types()._loaded, "sound", Sound())
        add_sounds(made.id, b"\0\xff")
    add(made.id, "one")
    assert rows(ask(hub, "one")) == [number_of("one")]
    assert [one.name for one in hub.status().types if one.state == "not_installed"] == ["sound"]


def test_one_malformed_signal_keeps_no_other_from_being_found(tmp_path: Path) -> None:
    hub, made = foreground(tmp_path), bank()
    assert rows(ask(hub, "one")) == []
    add(made.id, "one", "two")
    Signal.objects.filter(value=pdq("one")).update(value=b"short")
    for place in (hub, foreground(tmp_path)):
        assert rows(ask(place, "two")) == [number_of("two")]
        (status,) = place.status().types
        assert (status.refused, status.size) == (1, 1)
        assert "a hash has 32 bytes" in status.refused_examples[0]


def test_a_type_of_others_is_compared_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = registry.signal_types()
    monkeypatch.setitem(kinds._loaded, "sound", Sound())
    made = bank()
    add_sounds(made.id, b"\0\xff", b"\0\1")
    hub = foreground(tmp_path)
    assert rows(hub.search([Query("sound", b"\0\1")])) == [Signal.objects.get(value=b"\0\1").pk]
    add(made.id, "one")  # nothing of that type: it is told nothing
    assert rows(hub.search([Query("sound", b"\0\xff")])) == [Signal.objects.get(value=b"\0\xff").pk]
    retract(Signal.objects.get(value=b"\0\xff").pk)
    assert rows(hub.search([Query("sound", b"\0\xff")])) == []
    sound = next(one for one in hub.status().types if one.name == "sound")
    assert (sound.size, sound.in_memory, sound.segment) == (1, 1, "")


def test_a_type_that_fails_stops_no_other_and_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, made = foreground(tmp_path), bank()
    add(made.id, "one")
    add(made.id, "one", kind="sha256")
    assert len(rows(ask(hub, "one"))) == 1
    take = Holding.take

    def fragile(self: Holding, *changes: Any, **numbers: Any) -> None:
        if self.name == "sha256":
            raise ZeroDivisionError("by accident")
        take(self, *changes, **numbers)

    monkeypatch.setattr(Holding, "take", fragile)
    add(made.id, "two")
    assert len(rows(ask(hub, "two"))) == 1
    assert ask(hub, "one", kind="sha256").unknown == "not_ready"
    failed = next(one for one in hub.status().types if one.name == "sha256")
    assert (failed.state, failed.problem) == ("failed", "ZeroDivisionError: by accident")
    monkeypatch.setattr(following, "RETRY_SECONDS", 0.0)
    add(made.id, "three")
    ask(hub, "three")
    assert ask(hub, "one", kind="sha256").unknown == "not_ready"
    hub._follower._due["sha256"] = 0.0
    assert len(rows(ask(hub, "one", kind="sha256"))) == 1
    assert {one.state for one in hub.status().types} == {"ready"}


@pytest.mark.parametrize("act", ["open", "warm"])
def test_a_type_that_cannot_be_opened_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    made = bank()
    add(made.id, "one")
    add(made.id, "one", kind="sha256")
    if act == "open":
        (tmp_path / "sha256").write_text("not a folder")
    else:
        warm = Holding.warm

        def broken(self: Holding) -> None:
            if self.name == "sha256":
                raise ZeroDivisionError("by accident")
            warm(self)

        monkeypatch.setattr(Holding, "warm", broken)
    hub = foreground(tmp_path)
    assert len(rows(ask(hub, "one"))) == 1
    assert ask(hub, "one", kind="sha256").unknown == "not_ready"
    assert not hub.wait(0.0)


def test_far_behind_each_type_is_read_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FAR", 3)
    monkeypatch.setattr(portions, "_FIRST", 2)
    monkeypatch.setattr(portions, "_MOST", 2)
    hub, made = foreground(tmp_path), bank()
    add(made.id, "one")
    assert rows(ask(hub, "one")) == [1]
    add(made.id, *[f"more {number}" for number in range(5)])
    add(made.id, "new type", kind="sha256")
    retract(1)
    assert rows(ask(hub, "one")) == []
    assert rows(ask(hub, "more 4")) == [number_of("more 4")]
    assert rows(ask(hub, "new type", kind="sha256")) == [number_of("new type")]


def test_much_that_stands_is_built_into_a_segment_that_all_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MOST_IN_MEMORY", 2)
    hub, made = foreground(tmp_path), bank()
    add(made.id, "one", "two", "three")
    assert rows(ask(hub, "two")) == [number_of("two")]
    (status,) = hub.status().types
    assert (status.in_memory, status.segment) == (0, f"{3:020d}.segment")
    add(made.id, "four")
    other = foreground(tmp_path)
    assert rows(ask(other, "four")) == rows(ask(hub, "four")) == [number_of("four")]
    assert other.status().types[0].segment == status.segment
    monkeypatch.setattr(opening, "_MOST_BYTES", 40)
    assert opening._few("pdq") is None


def add_sounds(bank_id: UUID, *values: bytes) -> None:
    """Add signals of a type that another package brings."""
    services.add_signals(
        bank_id=bank_id,
        signals=[NewSignal("sound", value) for value in values],
        source=Source(how="import", words="list.csv"),
        actor=reviewer(),
        at=NOW,
    )


def number_of(word: str) -> int:
    """Return the number of the signal of an invented word."""
    return Signal.objects.get(value=pdq(word)).pk
