"""Exchanges on the console: set up by kind, never showing a secret, and saying what to do where one fails."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.urls import reverse

from entente.apps.banks import queries
from entente.apps.banks.models import Exchange
from entente.apps.banks.services.connecting import secrets_of
from entente.apps.kernel.ids import new_id
from entente.core.exchange import feeds
from entente.web.console.banks import words
from tests.apps.banks.acts import WORDS, bank
from tests.apps.banks.feeds import InventedFeed
from tests.web.console.banks.filled import FEED, exchange, run
from tests.web.console.banks.test_banks import text
from tests.web.console.conftest import Visitor
from tests.world import NOW

Roles = Callable[..., Visitor]
pytestmark = pytest.mark.django_db


def at_exchange(name: str, made: Exchange) -> str:
    return reverse(f"console:exchange_{name}" if name else "console:exchange", args=[made.pk])


def answers(**changes: str) -> dict[str, str]:
    settings = {f"setting_{name}": value for name, value in FEED.items()}
    return {"name": "List of a partner", "every_minutes": "15", **settings, **changes}


def test_without_an_exchange_the_page_says_what_one_is(as_role: Roles) -> None:
    assert "Set up the first one" in text(as_role("administrator"), "/console/exchanges/")
    shown = text(as_role("auditor", name="Aud Example"), "/console/exchanges/")
    assert "An exchange reads" in shown
    assert "Set up the first one" not in shown


def test_an_exchange_is_set_up_by_its_kind(as_role: Roles) -> None:
    me = as_role("administrator")
    kinds = text(me, "/console/exchanges/new/")
    assert "First make a bank for it" in kinds
    assert "Ask a senior reviewer" in kinds
    theirs = bank("Theirs", owner="partner")
    kinds = text(me, "/console/exchanges/new/")
    assert "First make a bank for it" not in kinds
    for kind in feeds.KINDS:
        assert "Theirs" in text(me, reverse("console:exchange_new", args=[kind]))
    answer = me.post(
        reverse("console:exchange_new", args=["http_file"]),
        answers(bank_id=str(theirs.pk), setting_password="a secret pass phrase"),
    )
    made = Exchange.objects.get()
    assert answer["Location"] == at_exchange("", made)
    assert (made.config, made.every_minutes) == (FEED, 15)
    assert secrets_of(made) == {"password": "a secret pass phrase"}
    for page in (at_exchange("", made), at_exchange("change", made), "/console/exchanges/"):
        assert "a secret pass phrase" not in text(me, page)
    shown = text(me, at_exchange("", made))
    assert "kept sealed, never shown" in shown
    assert "https://lists.example/all.csv" in shown
    assert "Not fetched yet" in shown
    assert reverse("console:bank", args=[theirs.pk]) not in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"setting_url": "http://lists.example/all.csv"}, "begins with https"),
        ({"setting_url": ""}, "This field is required"),
        ({"setting_format": "exe"}, "Select a valid choice"),
        ({"every_minutes": "0"}, "greater than or equal to 1"),
        ({"bank_id": ""}, "This field is required"),
        ({"name": ""}, "This field is required"),
    ],
)
def test_an_exchange_that_cannot_work_is_not_set_up(
    as_role: Roles, changes: dict[str, str], said: str
) -> None:
    theirs = bank(owner="partner")
    address = reverse("console:exchange_new", args=["http_file"])
    answer = as_role("legal").post(address, answers(**{"bank_id": str(theirs.pk), **changes}))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert queries.exchanges() == []


def test_a_kind_nobody_knows_is_not_there(as_role: Roles) -> None:
    assert text(as_role("administrator"), reverse("console:exchange_new", args=["none"]), 404)


def test_an_exchange_is_changed_and_keeps_the_secrets_that_are_not_given(as_role: Roles) -> None:
    me, made = as_role("administrator"), exchange(password="kept")
    assert "Leave it empty to keep what is sealed." in text(me, at_exchange("change", made))
    me.post(at_exchange("change", made), answers(name="Another name", setting_format="stix"))
    found = Exchange.objects.get()
    assert (found.name, found.config["format"], secrets_of(found)) == (
        "Another name",
        "stix",
        {"password": "kept"},
    )


def test_an_exchange_is_turned_off_on_and_fetched_now(as_role: Roles, at: datetime) -> None:
    me, made = as_role("administrator"), exchange()
    me.post(at_exchange("off", made), {"reason": WORDS})
    assert queries.exchange(made.pk).state == "off"
    shown = text(me, at_exchange("", made))
    assert "Fetch it now" not in shown
    assert "Turn it off" not in shown
    me.post(at_exchange("on", made))
    assert queries.exchange(made.pk).next_fetch_at == at
    Exchange.objects.update(next_fetch_at=NOW.replace(year=2030))
    me.post(at_exchange("fetch", made))
    assert queries.exchange(made.pk).next_fetch_at == at
    run(made, outcome="running", ended_at=None)
    assert "Fetch it now" not in text(me, at_exchange("", made))


def test_a_list_that_shrank_is_read_anew_when_a_person_says_so(as_role: Roles) -> None:
    me, made = as_role("administrator"), exchange()
    error = "700 of 1,200 known signals are missing from the new list"
    run(made, outcome="failed", error=error)
    Exchange.objects.update(failures=2, last_error=error, checkpoint="1-2-3")
    shown = text(me, at_exchange("", made))
    assert "The last 2 fetches failed" in shown
    assert "Nothing was retracted. Ask the partner" in shown
    assert f"{at_exchange('anew', made)}?may_shrink=yes" in shown
    assert "Failing" in text(me, "/console/exchanges/")
    assert "checked" in text(me, f"{at_exchange('anew', made)}?may_shrink=yes")
    me.post(at_exchange("anew", made), {"may_shrink": "on", "reason": WORDS})
    found = Exchange.objects.get()
    assert (found.checkpoint, found.may_shrink) == ("", True)


def test_what_could_not_be_read_is_shown(as_role: Roles) -> None:
    made = exchange()
    run(made, bad=1, bad_samples=["line 4: SHA-256 is 64 hexadecimal digits"])
    shown = text(as_role("auditor"), at_exchange("", made))
    assert "line 4: SHA-256 is 64 hexadecimal digits" in shown
    assert "1,200" in shown
    assert "What may be done" not in shown


def test_a_feed_that_was_added_here_names_itself(as_role: Roles, monkeypatch: pytest.MonkeyPatch) -> None:
    me, theirs = as_role("administrator"), bank(owner="partner")
    monkeypatch.setitem(feeds.KINDS, InventedFeed.kind, InventedFeed)
    address = reverse("console:exchange_new", args=["invented"])
    assert "Place" in text(me, address)
    me.post(
        address, {"name": "Mine", "every_minutes": "5", "bank_id": str(theirs.pk), "setting_place": "here"}
    )
    made = Exchange.objects.get()
    assert "Invented feed" in text(me, at_exchange("", made))
    monkeypatch.delitem(feeds.KINDS, InventedFeed.kind)
    shown = text(me, at_exchange("", made))
    assert "invented" in shown
    assert "here" in shown
    assert text(me, at_exchange("change", made), 404)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("the partner refuses the credentials", "Ask the partner for new credentials"),
        ("The credentials of this exchange cannot be opened", "Enter the credentials again."),
        ("the partner points elsewhere (status 301)", "Ask the partner for the new address"),
        ("a fault of ours: KeyError", "Report it"),
        ("nobody expected this", "It is tried again by itself."),
    ],
)
def test_an_error_says_what_to_do(error: str, advice: str) -> None:
    assert words.failure_advice(error).startswith(advice)


def test_what_is_not_there_is_said(as_role: Roles) -> None:
    me = as_role("legal")
    for name in ("", "change", "off"):
        address = reverse(f"console:exchange_{name}" if name else "console:exchange", args=[new_id()])
        assert "There is no such exchange" in text(me, address, 404)


def test_a_type_that_is_gone_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert words.type_title("of_a_plug_in") == "of_a_plug_in"
    assert words.unit("of_a_plug_in") == ""
    assert words.unit("sha256") == "0 when equal, 1 when not"
    monkeypatch.delitem(words.TYPE_TITLES, "md5")
    assert words.type_title("md5") == "MD5"
    assert words.ground("gone") == "gone"
    assert words.use("") == ""
