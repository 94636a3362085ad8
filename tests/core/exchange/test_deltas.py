"""What is missing from a whole list, and what a record no longer names."""

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.exchange.deltas import Known, WholeList, superseded
from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import ListIncomplete, ListShrank
from tests.core.exchange.examples import AT, entry


def watched(*pages: Iterable[Entry | Bad]) -> WholeList:
    whole = WholeList()
    for page in pages:
        assert list(whole.watch(page)) == list(page)
    whole.end()
    return whole


def known(*numbers: int, ref: str = "") -> list[Known]:
    return [Known("sha256", entry(number).value, ref) for number in numbers]


def test_what_is_no_longer_listed_is_retracted() -> None:
    whole = watched([entry(1), Bad(2, "broken"), entry(3)], [entry(4, partner_ref="17")])
    stood = [*known(1, 2), *known(3, 4, ref="old"), Known("md5", entry(1, signal_type="md5").value)]
    assert list(whole.retractions(lambda: stood, at=AT)) == [
        Entry("sha256", entry(2).value, is_retracted=True, changed_at=AT),
        Entry("md5", entry(1, signal_type="md5").value, is_retracted=True, changed_at=AT),
    ]


def test_known_references_are_compared_by_reference() -> None:
    whole = watched([entry(1, partner_ref="a"), entry(2, partner_ref="b", is_retracted=True)])
    stood = [Known("", b"", "a"), Known("", b"", "b")]
    assert list(whole.retractions(lambda: stood)) == [Entry("", b"", partner_ref="b", is_retracted=True)]


def test_what_a_list_takes_back_itself_is_not_listed() -> None:
    whole = watched([entry(1), entry(2), entry(3, is_retracted=True)])
    assert list(whole.retractions(lambda: known(1, 2, 3))) == [entry(3, is_retracted=True)]


def test_a_list_that_lost_too_much_waits_for_a_person() -> None:
    whole = watched([entry(1)])
    with pytest.raises(ListShrank, match="2 of 3 known signals are missing") as refusal:
        whole.retractions(lambda: known(1, 2, 3))
    assert (refusal.value.missing, refusal.value.known) == (2, 3)
    assert len(list(whole.retractions(lambda: known(1, 2, 3), most_share=1))) == 2
    with pytest.raises(ListShrank):
        watched([]).retractions(lambda: known(1))
    assert list(watched([]).retractions(list)) == []


def test_a_list_that_was_not_read_to_its_end_says_nothing() -> None:
    whole = WholeList()
    with pytest.raises(ListIncomplete, match="list was not read"):
        whole.retractions(list)
    next(whole.watch([entry(1), entry(2)]))
    with pytest.raises(ListIncomplete, match="page was not read"):
        whole.end()
    ended = watched([entry(1)])
    list(ended.watch([entry(2)]))
    with pytest.raises(ListIncomplete):
        ended.retractions(list)


def test_known_signals_are_compared_in_batches() -> None:
    whole = watched([entry(number) for number in range(0, 25_000, 2)])
    found = whole.retractions(lambda: (one for one in known(*range(25_000))))
    assert [int.from_bytes(one.value, "big") for one in found] == list(range(1, 25_000, 2))


@given(st.sets(st.integers(0, 300)), st.sets(st.integers(0, 300)))
def test_what_is_retracted_is_what_is_missing(listed: set[int], stood: set[int]) -> None:
    whole = watched([entry(number) for number in listed])
    found = whole.retractions(lambda: known(*sorted(stood)), most_share=1)
    assert [int.from_bytes(one.value, "big") for one in found] == sorted(stood - listed)


def test_a_record_that_was_corrected_retracts_what_it_no_longer_names() -> None:
    page: list[Entry | Bad] = [
        entry(2, partner_ref="a"),
        Bad(2, "broken"),
        Entry("", b"", partner_ref="b", is_retracted=True),
    ]
    stood = [*known(1, 2, ref="a"), *known(3, ref="b"), *known(4, ref="c"), *known(5, ref="d")]
    found = superseded(page, frozenset("abc"), stood, at=AT)
    assert list(found) == [
        Entry("sha256", entry(number).value, partner_ref=ref, is_retracted=True, changed_at=AT)
        for number, ref in ((1, "a"), (4, "c"))
    ]


def test_an_endless_list_is_passed_on_as_it_comes() -> None:
    whole = WholeList()
    endless = whole.watch(entry(number) for number in itertools.count())
    assert len(list(itertools.islice(endless, 10))) == 10
