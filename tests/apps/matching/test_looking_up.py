"""Lookups: what they meet, what they leave out, and that they keep nothing."""

from datetime import timedelta
from typing import Any

import pytest
from typing_extensions import override

from entente.apps.banks import services as bank_services
from entente.apps.matching import counts, queries, services
from entente.apps.matching.errors import CheckUnreadable
from entente.apps.matching.hub import Query
from entente.apps.matching.models import Recognition
from entente.apps.matching.services.looking_up import Lookup, RawLookup
from tests.apps.banks import acts
from tests.apps.banks.acts import LATER
from tests.apps.matching.acts import AGORA, ComparedHub, asked
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    counts._COUNTS._held.clear()


def look_up(word: str = "one", *, unknown: str = "", **changes: Any) -> Lookup:
    values: dict[str, Any] = {"queries": [asked(word)], "asker": AGORA, "at": LATER, **changes}
    return services.look_up(**values, index=ComparedHub(unknown))


def raw(word: str = "one", *, unknown: str = "", **changes: Any) -> RawLookup:
    values: dict[str, Any] = {"query": asked(word), "asker": AGORA, "at": LATER, **changes}
    return services.look_up_raw(**values, index=ComparedHub(unknown))


def test_a_lookup_meets_what_stands_and_keeps_nothing_but_a_count() -> None:
    signal = acts.one(acts.bank(policy="open_case").id)
    assert [one.signal.id for one in look_up().met] == [signal.pk]
    assert look_up("two") == Lookup()
    assert [one.signal.id for one in raw().near] == [signal.pk]
    assert raw("two") == RawLookup()
    assert not Recognition.objects.exists()
    counts.flush()
    assert queries.checks_answered(since=NOW) == {"match": 2, "no_match": 2}


def test_when_the_index_cannot_tell_the_lookup_says_why() -> None:
    acts.one(acts.bank().id)
    assert look_up(unknown="behind") == Lookup((), "behind")
    assert raw(unknown="behind") == RawLookup((), "behind")
    counts.flush()
    assert queries.checks_answered(since=NOW) == {"unknown": 2}


def test_the_share_of_traffic_counts_unless_everything_is_to_be_looked_at() -> None:
    acts.one(acts.bank(share_of_traffic=0.0).id)
    assert look_up().met == ()
    assert look_up(seed="any").met == ()
    assert len(look_up(seed=None).met) == 1
    assert len(raw().near) == 1


def test_a_seed_draws_the_same_each_time_and_without_one_the_thing_does() -> None:
    acts.one(acts.bank(share_of_traffic=0.5).id)
    drawn = [len(look_up(seed=str(seed)).met) for seed in range(40)]
    assert set(drawn) == {0, 1}
    assert drawn == [len(look_up(seed=str(seed)).met) for seed in range(40)]
    assert look_up() == look_up()


def test_only_the_banks_that_are_named_are_looked_in() -> None:
    first, second = acts.bank(), acts.bank()
    for bank in (first, second):
        acts.one(bank.id)
    assert [one.bank.id for one in look_up(only={second.id}).met] == [second.id]
    assert [one.signal.bank_id for one in raw(only={first.id}).near] == [first.id]
    assert look_up(only=()).met == ()


def test_referrals_are_looked_in_where_they_are_named() -> None:
    office = acts.bank(owner="authority")
    acts.one(office.id)
    assert (look_up().met, raw().near) == ((), ())
    assert len(look_up(only={office.id}).met) == len(raw(only={office.id}).near) == 1


def test_what_a_protective_bank_holds_meets_nothing() -> None:
    signal = acts.one(acts.bank().id)
    press = acts.bank(negative_kind="journalism")
    acts.one(press.id)
    assert look_up().met == ()
    assert look_up(only={signal.bank_id}).met == ()
    assert [one.signal.id for one in raw().near] == [signal.pk]
    assert raw(only={press.id}).near == ()


def test_a_raw_lookup_finds_what_a_paused_bank_holds_and_a_lookup_does_not() -> None:
    bank = acts.bank(disabled_until=LATER + timedelta(days=1))
    acts.one(bank.id)
    assert look_up().met == ()
    assert len(raw().near) == 1


def test_a_signal_or_bank_that_came_after_the_index_was_read_is_left_out() -> None:
    class Behind(ComparedHub):
        @override
        def policies(self) -> dict[Any, Any]:
            return {}

    acts.one(acts.bank().id)
    assert services.look_up_raw(query=asked(), asker=AGORA, at=NOW, index=Behind()).near == ()
    assert services.look_up(queries=[asked()], asker=AGORA, at=NOW, index=Behind()).met == ()


def test_a_signal_met_by_several_views_counts_once_at_its_smallest_distance() -> None:
    value = bytes(32)
    bank = acts.bank()
    bank_services.add_signals(
        bank_id=bank.id,
        signals=[bank_services.NewSignal("pdq", value)],
        source=bank_services.Source(),
        actor=acts.reviewer(),
        at=NOW,
    )
    views = [Query("pdq", bytes(31) + bytes([bits])) for bits in (0b111, 0b1, 0b11)]
    assert [one.distance for one in look_up(queries=views).met] == [1]


def test_nothing_or_too_much_to_look_up_is_refused() -> None:
    for queries_ in ([], [asked()] * 1001):
        with pytest.raises(CheckUnreadable):
            look_up(queries=queries_)
