"""What a page of an exchange brings, in whatever order, however often."""

from collections.abc import Iterator
from typing import Any

import pytest

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, registries, services
from entente.apps.banks.errors import BankClosed, NoSuchExchange
from entente.apps.banks.models import Exchange, ExchangeRun, Provenance
from entente.apps.banks.services import PageResult, paging
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.registries import Registry
from entente.core.exchange import feeds
from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FormatUnreadable
from entente.core.exchange.opinions import Opinion, View
from tests.apps.banks.acts import LATER, WORDS, add, bank, changes, reviewer, senior, value
from tests.apps.banks.feeds import InventedFeed, entry, gone, gone_ref
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _invented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(feeds.KINDS, "invented", InventedFeed)


def connect(owner: str = "partner", kind: str = "invented", **settings: str) -> Exchange:
    return services.create_exchange(
        bank_id=bank(f"Bank of {kind} {new_id()}", owner=owner).id,
        name=f"Exchange {new_id()}",
        kind=kind,
        settings={"place": "here", **settings},
        every_minutes=10,
        actor=senior(),
        at=NOW,
    )


def record(exchange: Exchange, *entries: Entry | Bad, **changes: Any) -> PageResult:
    values: dict[str, Any] = {"checkpoint": "next", "at": NOW}
    return services.record_page(exchange_id=exchange.pk, entries=entries, **{**values, **changes})


def states(exchange: Exchange) -> dict[bytes, str]:
    found = queries.signals_of_bank(exchange.bank_id, queries.SignalFilter()).signals
    return {one.value: one.state for one in found}


def test_a_page_adds_retracts_and_moves_the_checkpoint() -> None:
    exchange = connect()
    first = record(
        exchange, entry("one", note="n", labels=("l",), entity="Somebody", partner_ref="r"), entry("two")
    )
    assert (first.added, first.retracted) == (2, 0)
    second = record(exchange, gone("one"), entry("three"), gone("never there"), checkpoint="later")
    assert (second.added, second.retracted, second.known) == (1, 1, 0)
    assert states(exchange) == {
        value("one"): "retracted",
        value("two"): "standing",
        value("three"): "standing",
    }
    exchange.refresh_from_db()
    assert exchange.checkpoint == "later"
    (found,) = queries.find_signals("sha256", value("one"))
    assert (found.how, found.source, found.note, found.labels) == ("exchange", exchange.name, "n", ("l",))
    assert (found.entity, found.partner_ref) == ("Somebody", "r")
    kinds = [event.kind for event in audit.trail_of("exchange", exchange.pk)]
    assert kinds == ["banks:exchange:created", *["banks:exchange:page_recorded"] * 2]


def test_the_same_page_twice_changes_nothing() -> None:
    exchange = connect()
    given = (entry("one"), gone("two"), entry("two"), entry("three"), gone("three"))
    assert record(exchange, *given).added == 2
    before = changes()
    again = record(exchange, *given)
    assert (again.added, again.known, again.retracted) == (0, 2, 0)
    assert changes() == before
    assert Provenance.objects.count() == 2
    assert record(exchange, checkpoint=None) == PageResult()


def test_a_partner_may_send_again_what_it_took_back_and_nobody_has_confirmed_it_then() -> None:
    exchange = connect()
    record(exchange, entry("one"))
    (row,) = queries.find_signals("sha256", value("one"))
    services.confirm_signal(signal_id=row.id, actor=reviewer(), at=NOW)
    record(exchange, gone("one"))
    record(exchange, entry("one"), at=LATER)
    (row,) = queries.find_signals("sha256", value("one"))
    assert (row.stands, row.is_confirmed) == (True, False)
    assert changes() == [("added", True), ("retracted", False), ("reinstated", True)]


def test_what_a_person_of_this_service_took_away_a_partner_does_not_bring_back() -> None:
    exchange = connect()
    record(exchange, entry("one"))
    services.retract_signals(signal_ids=[1], reason=WORDS, actor=reviewer(), at=NOW)
    result = record(exchange, entry("one"), gone("one"))
    assert (result.added, result.retracted) == (0, 0)
    assert record(exchange, entry("one")).known == 1
    assert states(exchange) == {value("one"): "retracted"}


def test_a_quarantined_signal_that_comes_back_stays_in_quarantine() -> None:
    exchange = connect()
    record(exchange, entry("one"))
    services.quarantine_signal(signal_id=1, reason=WORDS, actor=reviewer(), at=NOW)
    record(exchange, gone("one"))
    record(exchange, entry("one"))
    assert states(exchange) == {value("one"): "quarantined"}
    assert changes() == [("added", True), ("quarantined", False)]


def test_a_reference_is_taken_back_with_everything_under_it() -> None:
    exchange = connect()
    record(
        exchange,
        entry("one", partner_ref="r1"),
        entry("two", partner_ref="r1"),
        entry("three", partner_ref="r2"),
    )
    result = record(exchange, entry("four", partner_ref="r1"), gone_ref("r1"), gone_ref("r9"))
    assert (result.added, result.retracted) == (0, 2)
    assert list(states(exchange).values()).count("standing") == 1


def test_of_several_words_about_one_value_the_last_counts() -> None:
    exchange = connect()
    result = record(
        exchange,
        entry("one", partner_ref="r1"),
        entry("one", partner_ref="r2"),
        gone_ref("r1"),
        entry("two", partner_ref="r3"),
        gone("two"),
        gone_ref("r3"),
    )
    assert (result.added, result.retracted) == (1, 0)
    assert states(exchange) == {value("one"): "standing"}


def test_a_record_that_names_a_signal_no_more_takes_it_back() -> None:
    exchange = connect()
    record(
        exchange,
        entry("wrong", partner_ref="r1"),
        entry("other", partner_ref="r2"),
        entry("moved", partner_ref="r3"),
    )
    result = record(
        exchange,
        entry("right", partner_ref="r1"),
        entry("moved", partner_ref="r4"),
        whole_refs=frozenset({"r1", "r3", "r4", "r9"}),
    )
    assert (result.added, result.retracted) == (1, 1)
    assert states(exchange) == {
        value("wrong"): "retracted",
        value("other"): "standing",
        value("right"): "standing",
        value("moved"): "standing",
    }


def test_bad_entries_are_counted_and_the_rest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_BAD_KEPT", 2)
    exchange = connect()
    run = ExchangeRun.objects.create(exchange=exchange, started_at=NOW)
    result = record(
        exchange,
        Bad(7, "no hash in it"),
        entry("one"),
        entry("two", value=b"short"),
        Entry("nothing", b"x"),
        run_id=run.pk,
    )
    assert (result.added, result.bad_count) == (1, 3)
    assert [bad.index for bad in result.bad] == [0, 2]
    (line,) = queries.runs_of(exchange.pk)
    assert (line.pages, line.added, line.bad) == (1, 1, 3)
    assert line.bad_samples[0] == "no hash in it"


def test_a_list_that_breaks_off_keeps_what_was_read_and_moves_no_checkpoint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paging, "BATCH", 2)
    exchange = connect()

    def broken() -> Iterator[Entry]:
        for number in range(5):
            yield entry(str(number))
        raise FormatUnreadable("cut short", line=6)

    with pytest.raises(FormatUnreadable):
        services.record_page(exchange_id=exchange.pk, entries=broken(), checkpoint="next", at=NOW)
    assert len(states(exchange)) == 4
    exchange.refresh_from_db()
    assert exchange.checkpoint == ""


def test_a_partner_s_retraction_is_told_and_quarantines_what_was_adopted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[int, ...]] = []
    registry: Registry[str, Any] = Registry("listeners of the test")
    registry.register("test", lambda ids, _reason, _at: told.append(tuple(ids)))
    monkeypatch.setattr(registries, "signal_retracted", registry)
    exchange, ours = connect(), bank()
    record(exchange, entry("one"))
    services.adopt_signals(signal_ids=[1], into_bank_id=ours.id, reason=WORDS, actor=reviewer(), at=NOW)
    record(exchange, gone("one"))
    assert told == [(1,)]
    (copy,) = queries.signals_of_bank(ours.id, queries.SignalFilter()).signals
    assert copy.state == "quarantined"


def test_opinions_of_partners_are_kept_once_and_change_no_standing() -> None:
    exchange = connect()
    record(exchange, entry("one"), entry("two"))

    def opinion(word: str, author: str, view: View, *labels: str) -> Opinion:
        return Opinion("sha256", value(word), author, view, labels)

    said = [
        opinion("one", "a", View.CONFIRMS, "seen", "checked"),
        opinion("one", "b", View.CONTESTS),
        opinion("two", "a", View.CONFIRMS),
        opinion("nobody has it", "a", View.CONFIRMS),
    ]
    for _again in range(2):
        record(exchange, opinions=said)
    record(exchange, opinions=[opinion("one", "a", View.CONTESTS), opinion("one", "a", View.CONTESTS)])
    (first,) = queries.find_signals("sha256", value("one"))
    (second,) = queries.find_signals("sha256", value("two"))
    assert (first.confirms, first.contests, first.stands) == (0, 2, True)
    assert (second.confirms, second.contests) == (1, 0)
    told = queries.history(first.id).opinions
    assert [(one.author_name, one.says, one.is_in_force) for one in told] == [
        ("a", "confirm", False),
        ("b", "contest", True),
        ("a", "contest", True),
    ]
    assert told[0].reason == f"{exchange.name}: seen, checked"


def test_a_page_needs_an_exchange_whose_bank_is_in_use() -> None:
    exchange = connect()
    services.retire_bank(bank_id=exchange.bank_id, reason=WORDS, actor=senior(), at=NOW)
    with pytest.raises(BankClosed):
        record(exchange, entry("one"))
    with pytest.raises(NoSuchExchange):
        services.record_page(exchange_id=new_id(), entries=[], checkpoint="", at=NOW)


def test_an_authority_s_exchange_brings_referrals() -> None:
    exchange = connect(owner="authority")
    record(exchange, entry("one"))
    policy = queries.bank(exchange.bank_id)
    assert policy.is_referral
    services.confirm_signal(signal_id=1, actor=reviewer(), at=NOW)
    answer = queries.may_restrict(policy, stands=True, is_confirmed=True, use_at_most="", at=NOW)
    assert (bool(answer), answer.reason) == (False, "referral")


def test_every_known_signal_is_read_for_a_whole_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "_READ_AT_ONCE", 2)
    exchange = connect()
    record(exchange, *[entry(str(number), partner_ref=f"r{number}") for number in range(5)])
    add(bank().id, "elsewhere")
    known = list(paging.known_signals(exchange.bank_id))
    assert {one.partner_ref for one in known} == {f"r{number}" for number in range(5)}
