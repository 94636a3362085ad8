"""Exchanges: set up with sealed credentials, fetched with a lease, tried again later, never restricting by themselves."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, services
from entente.apps.banks.errors import BankClosed, ExchangeInvalid, NoSuchExchange, NotForThisBank
from entente.apps.banks.models import Exchange, ExchangeRun
from entente.apps.banks.sealing import CredentialsUnreadable
from entente.apps.banks.services import fetching
from entente.apps.banks.services.connecting import secrets_of
from entente.apps.kernel.http import FetchFailed
from entente.apps.kernel.ids import new_id
from entente.core.exchange import feeds
from entente.core.exchange.entries import Bad
from entente.core.exchange.errors import FeedRefused, FeedUnreadable
from entente.core.exchange.feeds.feed import Page, Request, Response
from tests.apps.banks.acts import WORDS, add, bank, changes, senior, value
from tests.apps.banks.feeds import ForgettingFeed, InventedFeed, entry, gone, page
from tests.apps.banks.test_paging import connect, record, states
from tests.world import NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def plan(monkeypatch: pytest.MonkeyPatch) -> list[Page | Exception]:
    """Give the invented feeds an empty plan, and a partner that answers without a network."""
    planned: list[Page | Exception] = []
    for kind in (InventedFeed, ForgettingFeed):
        monkeypatch.setitem(feeds.KINDS, kind.kind, kind)
    monkeypatch.setattr(InventedFeed, "plan", planned)
    monkeypatch.setattr(InventedFeed, "begun", [])

    class Answering:
        def ask(self, _request: Request) -> Response:
            return Response(200, {}, b"")

    monkeypatch.setattr(fetching, "partner_client", Answering)
    return planned


def row(exchange: Exchange) -> Exchange:
    return Exchange.objects.get(pk=exchange.pk)


def test_an_exchange_is_set_up_and_its_credentials_are_sealed() -> None:
    exchange = connect(token="a secret token")
    line = queries.exchange(exchange.pk)
    assert (line.settings, line.has_credentials, line.state, line.owner_kind) == (
        {"place": "here"},
        True,
        "on",
        "partner",
    )
    assert [one.id for one in queries.exchanges()] == [exchange.pk]
    assert line.last_run is None
    assert b"a secret token" not in bytes(row(exchange).credentials_sealed or b"")
    assert secrets_of(row(exchange)) == {"token": "a secret token"}
    assert "secret" not in str([event.facts for event in audit.trail_of("exchange", exchange.pk)])
    assert queries.bank_page(exchange.bank_id).line.exchange_id == exchange.pk


def test_credentials_belong_to_one_exchange() -> None:
    first, second = connect(token="one"), connect(token="two")
    Exchange.objects.filter(pk=first.pk).update(credentials_sealed=row(second).credentials_sealed)
    with pytest.raises(CredentialsUnreadable):
        secrets_of(row(first))
    assert services.fetch_due(at=NOW) == 2
    assert row(first).last_error.startswith("The credentials of this exchange cannot be opened")
    changed = services.change_exchange(
        exchange_id=first.pk,
        name=first.name,
        settings={"place": "there", "token": "new"},
        every_minutes=5,
        actor=senior(),
        at=NOW,
    )
    assert (changed.config, secrets_of(row(first))) == ({"place": "there"}, {"token": "new"})
    assert (changed.failures, changed.next_fetch_at) == (0, NOW)


def change(exchange: Exchange, **changes: Any) -> Exchange:
    values: dict[str, Any] = {"name": exchange.name, "settings": {"place": "here"}, "every_minutes": 10}
    return services.change_exchange(exchange_id=exchange.pk, actor=senior(), at=NOW, **{**values, **changes})


def test_secret_settings_that_are_not_given_stay() -> None:
    exchange = connect(token="kept")
    change(exchange, settings={"place": "there", "token": ""})
    assert secrets_of(row(exchange)) == {"token": "kept"}
    services.turn_off(exchange_id=exchange.pk, reason=WORDS, actor=senior(), at=NOW)
    assert change(exchange).next_fetch_at is None


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": " "}),
        ("every_minutes", {"every_minutes": 0}),
        ("every_minutes", {"every_minutes": 10_081}),
        ("settings", {"settings": {"place": "here", "unknown": "x"}}),
        ("settings", {"settings": {"place": "x" * 5000}}),
    ],
)
def test_a_wrong_setting_of_an_exchange_is_named(field: str, changes: dict[str, Any]) -> None:
    exchange = connect()
    with pytest.raises(ExchangeInvalid) as refused:
        change(exchange, **changes)
    assert refused.value.facts["field"] == field


def test_an_exchange_has_a_kind_a_name_and_a_bank_of_its_own() -> None:
    exchange = connect()
    values: dict[str, Any] = {
        "name": "Another",
        "kind": "invented",
        "settings": {"place": "here"},
        "every_minutes": 10,
        "actor": senior(),
        "at": NOW,
    }
    with pytest.raises(ExchangeInvalid, match="kinds of feeds"):
        services.create_exchange(bank_id=bank(owner="partner").id, **{**values, "kind": "nothing"})
    with pytest.raises(ExchangeInvalid, match="fills this bank"):
        services.create_exchange(bank_id=exchange.bank_id, **values)
    with pytest.raises(ExchangeInvalid):
        services.create_exchange(bank_id=bank(owner="partner").id, **{**values, "name": exchange.name})
    for wrong in (bank(), bank(is_shared=True), bank(owner="partner", negative_kind="journalism")):
        with pytest.raises(NotForThisBank):
            services.create_exchange(bank_id=wrong.id, **values)
    with pytest.raises(NotForThisBank, match="An exchange fills this bank"):
        add(exchange.bank_id, "by hand")
    with pytest.raises(NoSuchExchange):
        queries.exchange(new_id())
    with pytest.raises(NoSuchExchange):
        services.turn_on(exchange_id=new_id(), actor=senior(), at=NOW)


def test_an_exchange_is_turned_off_and_on() -> None:
    exchange = connect()
    services.turn_off(exchange_id=exchange.pk, reason=WORDS, actor=senior(), at=NOW)
    assert services.fetch_due(at=NOW + 60 * MINUTE) == 0
    services.turn_on(exchange_id=exchange.pk, actor=senior(), at=NOW)
    assert row(exchange).next_fetch_at == NOW
    services.retire_bank(bank_id=exchange.bank_id, reason=WORDS, actor=senior(), at=NOW)
    assert (row(exchange).state, row(exchange).next_fetch_at) == ("off", None)
    with pytest.raises(BankClosed):
        services.turn_on(exchange_id=exchange.pk, actor=senior(), at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Exchange.objects.filter(pk=exchange.pk).update(state="on")


def test_a_run_fetches_page_after_page_from_its_checkpoint(plan: list[Page | Exception]) -> None:
    exchange = connect(token="t")
    plan += [page([entry("one")], "1", more=True), page([entry("two"), Bad(2, "nothing in it")], "2")]
    assert services.fetch_due(at=NOW) == 1
    assert (row(exchange).checkpoint, row(exchange).failures) == ("2", 0)
    run = queries.exchange(exchange.pk).last_run
    assert run is not None
    assert (run.outcome, run.pages, run.added, run.bad, run.error) == ("done", 2, 2, 1, "")
    following = row(exchange).next_fetch_at
    assert following is not None
    assert NOW + 10 * MINUTE <= following < NOW + 11 * MINUTE
    assert services.fetch_due(at=NOW + 9 * MINUTE) == 0
    plan += [page([gone("one")], "3")]
    assert services.fetch_due(at=NOW + 12 * MINUTE) == 1
    assert states(exchange) == {value("one"): "retracted", value("two"): "standing"}
    assert InventedFeed.begun == [
        ("", {"place": "here", "token": "t"}),
        ("2", {"place": "here", "token": "t"}),
    ]


def test_an_error_keeps_what_was_read_and_makes_the_next_attempt_later(plan: list[Page | Exception]) -> None:
    exchange = connect()
    plan += [page([entry("one")], "1", more=True), FeedUnreadable("the answer is broken")]
    services.fetch_due(at=NOW)
    assert (row(exchange).checkpoint, row(exchange).last_error) == ("1", "the answer is broken")
    waits = []
    at = NOW
    for error in (FetchFailed("No connection could be made."), KeyError("a secret"), FeedUnreadable("again")):
        at = row(exchange).next_fetch_at or at
        plan += [error]
        services.fetch_due(at=at)
        waits.append(((row(exchange).next_fetch_at or at) - at) // MINUTE)
    assert waits == [20, 40, 80]
    errors = [run.error for run in reversed(queries.runs_of(exchange.pk))]
    assert errors == [
        "the answer is broken",
        "No connection could be made.",
        "a fault of ours: KeyError",
        "again",
    ]
    kinds = [event.kind for event in audit.trail_of("exchange", exchange.pk)]
    assert kinds.count("banks:exchange:failing") == 1
    plan += [page([], "2")]
    services.fetch_due(at=row(exchange).next_fetch_at or at)
    assert (row(exchange).failures, row(exchange).last_error) == (0, "")


def test_a_partner_that_asks_to_wait_is_not_asked_earlier(plan: list[Page | Exception]) -> None:
    exchange = connect()
    plan += [FeedRefused("busy", status=429, is_temporary=True, retry_after_seconds=7200)]
    services.fetch_due(at=NOW)
    assert (row(exchange).next_fetch_at or NOW) >= NOW + timedelta(hours=2)


def test_a_checkpoint_that_the_feed_cannot_read_begins_anew(plan: list[Page | Exception]) -> None:
    exchange = connect()
    Exchange.objects.filter(pk=exchange.pk).update(checkpoint="of another feed")
    plan += [page([entry("one")], "1")]
    services.fetch_due(at=NOW)
    assert InventedFeed.begun[0][0] == ""
    assert row(exchange).checkpoint == "1"


def test_a_long_run_stops_between_two_pages_and_goes_on_at_once(
    plan: list[Page | Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = connect()
    monkeypatch.setattr(fetching, "RUN_SECONDS", -1.0)
    services.fetch_due(at=NOW)
    assert [run.outcome for run in queries.runs_of(exchange.pk)] == ["more"]
    monkeypatch.undo()
    assert (row(exchange).next_fetch_at or NOW) < NOW + MINUTE


def test_of_two_workers_one_fetches_and_a_dead_one_delays_the_next(plan: list[Page | Exception]) -> None:
    exchange = connect()
    claimed = fetching._claim(exchange.pk, NOW)
    assert claimed is not None
    assert fetching._claim(exchange.pk, NOW) is None
    assert services.fetch_due(at=NOW + 14 * MINUTE) == 0
    plan += [page([], "1")]
    assert services.fetch_due(at=NOW + 15 * MINUTE) == 1
    outcomes = [(run.outcome, run.error) for run in queries.runs_of(exchange.pk)]
    assert outcomes == [("done", ""), ("failed", "interrupted")]


def test_one_that_was_turned_off_while_it_was_fetched_stays_off(plan: list[Page | Exception]) -> None:
    exchange = connect()
    claimed = fetching._claim(exchange.pk, NOW)
    assert claimed is not None
    services.turn_off(exchange_id=exchange.pk, reason=WORDS, actor=senior(), at=NOW)
    plan += [page([entry("one")], "1")]
    fetching._Run(claimed, lambda _request: Response(200, {}, b""), NOW).go()
    assert (row(exchange).state, row(exchange).next_fetch_at) == ("off", None)
    Exchange.objects.filter(pk=exchange.pk).update(state="off", next_fetch_at=None)
    assert fetching._claim(exchange.pk, NOW) is None


def test_somebody_was_faster_between_the_look_and_the_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = connect()
    found = Exchange.objects.get(pk=exchange.pk)
    found.next_fetch_at = NOW - MINUTE

    class Stale:
        def filter(self, **_asked: object) -> "Stale":
            return self

        def first(self) -> Exchange:
            return found

        def update(self, **_values: object) -> int:
            return 0

    monkeypatch.setattr(Exchange, "objects", Stale())
    assert fetching._claim(exchange.pk, NOW) is None


def test_one_that_another_worker_has_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    connect()
    monkeypatch.setattr(fetching, "_claim", lambda _exchange_id, _at: None)
    assert services.fetch_due(at=NOW) == 0


def test_a_whole_list_takes_back_what_it_does_not_hold(plan: list[Page | Exception]) -> None:
    exchange = connect()
    record(exchange, entry("one"), entry("two"), entry("three"), checkpoint="0")
    plan += [page([entry("two"), entry("three"), entry("four")], "1", is_whole=True)]
    services.fetch_due(at=NOW)
    assert states(exchange) == {
        value("one"): "retracted",
        value("two"): "standing",
        value("three"): "standing",
        value("four"): "standing",
    }
    assert row(exchange).checkpoint == "1"


def test_a_list_that_lost_most_of_itself_waits_for_a_person(plan: list[Page | Exception]) -> None:
    exchange = connect()
    record(exchange, entry("one"), entry("two"), entry("three"), checkpoint="0")
    short = page([entry("one")], "1", is_whole=True)
    plan += [short]
    services.fetch_due(at=NOW)
    assert (row(exchange).checkpoint, set(states(exchange).values())) == ("0", {"standing"})
    assert "missing from the new list" in row(exchange).last_error
    services.start_anew(exchange_id=exchange.pk, reason=WORDS, may_shrink=True, actor=senior(), at=NOW)
    plan += [short]
    services.fetch_due(at=NOW)
    assert list(states(exchange).values()).count("retracted") == 2
    assert (row(exchange).may_shrink, row(exchange).checkpoint) == (False, "1")
    services.turn_off(exchange_id=exchange.pk, reason=WORDS, actor=senior(), at=NOW)
    anew = services.start_anew(exchange_id=exchange.pk, reason=WORDS, actor=senior(), at=NOW)
    assert (anew.checkpoint, anew.next_fetch_at) == ("", None)


def test_after_a_silence_longer_than_its_memory_a_feed_is_read_anew(plan: list[Page | Exception]) -> None:
    exchange = connect(kind="forgetting")
    plan += [page([entry("one"), entry("two"), entry("three")], "1")]
    services.fetch_due(at=NOW)
    later = NOW + timedelta(days=31)
    plan += [page([entry("one")], "2", more=True), FeedUnreadable("broken")]
    services.fetch_due(at=later)
    assert row(exchange).checkpoint == "1"
    plan += [page([entry("one")], "2", more=True), page([entry("two")], "3")]
    services.fetch_due(at=row(exchange).next_fetch_at or later)
    assert [checkpoint for checkpoint, _config in InventedFeed.begun] == ["", "", ""]
    assert states(exchange)[value("three")] == "retracted"
    assert row(exchange).checkpoint == "3"
    plan += [page([], "4")]
    services.fetch_due(at=row(exchange).next_fetch_at or later)
    assert InventedFeed.begun[-1][0] == "3"
    assert changes()[-1] == ("retracted", False)


def test_the_worker_is_given_a_real_client() -> None:
    from entente.apps.banks.asking import PartnerClient, partner_client

    assert isinstance(partner_client(), PartnerClient)
    assert ExchangeRun.objects.count() == 0


def test_a_list_in_a_real_file_format_is_read(plan: list[Page | Exception], tmp_path: Path) -> None:
    from entente.core.exchange.formats import by_name

    written = b"".join(by_name("csv").write([entry("one"), entry("two", note="seen")]))
    exchange = connect()
    result = services.record_page(
        exchange_id=exchange.pk, entries=by_name("csv").read(written), checkpoint="1", at=NOW
    )
    assert result.added == 2
