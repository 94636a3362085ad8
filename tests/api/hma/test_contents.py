"""/c/bank/<name>/content and /signal: added, shown, paused, taken back."""

import json
from datetime import timedelta
from typing import Any

import pytest

from entente.apps.banks import queries, services
from entente.apps.banks.models import Signal
from entente.apps.kernel import clock
from tests.api.hma.acts import connected, hold, pdq
from tests.api.hma.peer_client import PeerClient
from tests.api.test_checks import picture
from tests.apps.banks import acts as banks
from tests.apps.banks.feeds import entry
from tests.world import NOW

MD5 = "0f" * 16


@pytest.fixture
def bank(peer: PeerClient) -> str:
    peer.post("/c/banks", {"name": "A"})
    return "/c/bank/A"


def test_ready_signals_are_one_content_under_the_number_of_the_first(peer: PeerClient, bank: str) -> None:
    sent = {"pdq": pdq("one"), "video_md5": MD5}
    added = peer.post(f"{bank}/signal", {**sent, "note": "seen twice"})
    assert (added.status, added.body["signals"]) == (200, sent)
    number = added.body["id"]
    shown = peer.get(f"{bank}/content/{number}", include_signals="true").body
    assert shown == {
        "id": number,
        "disable_until_ts": 1,
        "original_media_uri": None,
        "bank": {"name": "A", "matching_enabled_ratio": 1.0},
        "signals": sent,
        "note": "seen twice",
    }
    assert "signals" not in peer.get(f"{bank}/content/{number}").body
    for name, value in sent.items():
        met = peer.get("/m/lookup", signal=value, signal_type=name).body
        assert met == {"A": [{"bank_content_id": number, "distance": "0"}]}
    assert peer.post(f"{bank}/signal", sent).body["id"] == number
    assert Signal.objects.count() == 2
    assert not Signal.objects.filter(confirmed_at__isnull=False).exists()


def test_what_comes_beside_a_part_of_a_content_belongs_to_that_content(peer: PeerClient, bank: str) -> None:
    number = peer.post(f"{bank}/signal", {"pdq": pdq("one"), "video_md5": MD5}).body["id"]
    again = peer.post(f"{bank}/signal", {"video_md5": MD5, "sha256": "ab" * 32})
    assert again.body["id"] == number
    shown = peer.get(f"{bank}/content/{number}", include_signals="true").body
    assert set(shown["signals"]) == {"pdq", "video_md5", "sha256"}
    met = peer.get("/m/lookup", signal="ab" * 32, signal_type="sha256").body
    assert met == {"A": [{"bank_content_id": number, "distance": "0"}]}


def test_what_is_said_of_a_content_comes_back(peer: PeerClient, bank: str) -> None:
    said = {"content_id": "17", "content_uri": "https://agora.example/p/17", "json": {"seen": [1, 2]}}
    form = {"metadata": json.dumps({**said, "collab": {"OTHER": ["x"]}}), "note": " from the form "}
    added = peer.send(f"{bank}/content", picture(), form=form)
    path = f"{bank}/content/{added.body['id']}"
    shown = peer.get(path).body
    assert (shown["metadata"], shown["original_media_uri"], shown["note"]) == (
        said,
        said["content_uri"],
        "from the form",
    )
    assert "metadata" not in peer.get(path, include_metadata="false").body
    assert peer.put(path, {"note": "another"}).body["note"] == "another"
    assert "note" not in peer.put(path, {"note": ""}).body
    assert peer.put(path, {}).status == 200


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        "x",
        {"secret": 1},
        {"content_id": 7},
        {"content_uri": []},
        {"json": "x" * 10_001},
        {"json": "\ud800"},
    ],
)
def test_what_cannot_be_said_of_a_content_is_400(peer: PeerClient, bank: str, metadata: Any) -> None:
    body = json.dumps({"pdq": pdq("x"), "metadata": metadata}).encode()
    answer = peer.ask("POST", f"{bank}/signal", content=body)
    assert (answer.status, set(answer.body)) == (400, {"message"})
    form = peer.send(f"{bank}/content", picture(), form={"metadata": json.dumps(metadata)})
    assert form.status == 400
    assert not Signal.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"note": "nothing else"},
        {"pdq": 7},
        {"pdq": ""},
        {"pdq": "00"},
        {"pdq": pdq("x") + "\n"},
        {"none": "00"},
        {"pdq": pdq("x"), "video_md5": "00"},
        {"pdq": pdq("x"), "note": "x" * 256},
        {"pdq": pdq("x"), "note": 7},
        {"pdq": pdq("x"), "note": "a\x07b"},
    ],
)
def test_signals_that_cannot_be_kept_are_400(peer: PeerClient, bank: str, body: dict[str, Any]) -> None:
    answer = peer.post(f"{bank}/signal", body)
    assert (answer.status, set(answer.body)) == (400, {"message"})
    assert not Signal.objects.exists()


def test_metadata_of_a_form_that_is_no_json_is_400(peer: PeerClient, bank: str) -> None:
    for text in ("{", "[" * 100_000):
        assert peer.send(f"{bank}/content", picture(), form={"metadata": text}).status == 400
    answer = peer.ask("POST", f"{bank}/content", params={"url": "http://pictures.example/"}, content=b"{")
    assert answer.status == 400


def test_a_content_is_paused_until_a_time_for_long_and_not_any_more(peer: PeerClient, bank: str) -> None:
    number = peer.post(f"{bank}/signal", {"pdq": pdq("one"), "video_md5": MD5}).body["id"]
    path = f"{bank}/content/{number}"
    asked = {"signal": pdq("one"), "signal_type": "pdq"}
    until = int((clock.now() + timedelta(days=3)).timestamp())
    assert peer.put(path, {"disable_until_ts": until}).body["disable_until_ts"] == until
    assert peer.get("/m/lookup", **asked).body == {}
    assert peer.put(path, {"disable_until_ts": 1}).body["disable_until_ts"] == 1
    assert set(peer.get("/m/lookup", **asked).body) == {"A"}
    off = peer.put(path, {"disable_until_ts": 0}).body["disable_until_ts"]
    assert off > (clock.now() + timedelta(days=5 * 365)).timestamp()
    assert peer.get("/m/lookup", signal=MD5, signal_type="video_md5").body == {}
    passed = int((clock.now() - timedelta(days=1)).timestamp())
    assert peer.put(path, {"disable_until_ts": passed}).body["disable_until_ts"] == 1
    assert peer.put(path, {"disable_until_ts": 1}).status == 200


@pytest.mark.parametrize("given", [-1, 2.5, True, "1", 10**12, 10**30])
def test_a_time_that_is_none_or_too_far_is_400(peer: PeerClient, bank: str, given: Any) -> None:
    number = peer.post(f"{bank}/signal", {"pdq": pdq("one")}).body["id"]
    answer = peer.put(f"{bank}/content/{number}", {"disable_until_ts": given})
    assert (answer.status, set(answer.body)) == (400, {"message"})


def test_what_is_in_quarantine_is_off_and_only_a_person_turns_it_on(peer: PeerClient, bank: str) -> None:
    number = peer.post(f"{bank}/signal", {"pdq": pdq("one")}).body["id"]
    services.quarantine_signal(signal_id=number, reason=banks.WORDS, actor=banks.reviewer(), at=NOW)
    assert peer.put(f"{bank}/content/{number}", {"disable_until_ts": 1}).body["disable_until_ts"] == 0


def test_what_was_taken_back_is_gone_and_stays_away(peer: PeerClient, bank: str) -> None:
    number = peer.post(f"{bank}/signal", {"pdq": pdq("one")}).body["id"]
    path = f"{bank}/content/{number}"
    assert peer.delete(path).body == {"deleted": 1}
    assert {peer.get(path).status, peer.delete(path).status, peer.put(path, {}).status} == {404}
    assert peer.get("/m/raw_lookup", signal=pdq("one"), signal_type="pdq").body == {"matches": []}
    again = peer.post(f"{bank}/signal", {"pdq": pdq("one")})
    assert (again.status, "person" in again.body["message"]) == (403, True)
    assert "coop" in queries.signals_facts([number])[number].retract_reason


def test_a_content_is_found_in_its_own_bank_only(peer: PeerClient, bank: str) -> None:
    number = peer.post(f"{bank}/signal", {"pdq": pdq("one")}).body["id"]
    banks.bank("B")
    for path in (f"/c/bank/B/content/{number}", f"{bank}/content/{number + 1}", f"{bank}/content/0"):
        assert peer.get(path).status == 404
    assert peer.get(f"{bank}/content/x").status == 404
    assert peer.get(f"/c/bank/NONE/content/{number}").status == 404


def test_signals_that_came_otherwise_are_contents_of_their_own(peer: PeerClient) -> None:
    made = banks.bank("LIST")
    numbers = hold(made.id, "one", "two")
    for number in numbers:
        shown = peer.get(f"/c/bank/LIST/content/{number}").body
        assert (shown["id"], "metadata" in shown) == (number, False)


def test_what_an_exchange_brought_says_from_where(peer: PeerClient) -> None:
    exchange = connected("PARTNER")
    services.record_page(
        exchange_id=exchange.pk,
        entries=[entry("one", partner_ref="ref 1"), entry("two")],
        checkpoint="1",
        at=NOW,
    )
    with_ref, without = Signal.objects.order_by("-partner_ref")
    shown = peer.get(f"/c/bank/PARTNER/content/{with_ref.pk}").body
    assert shown["metadata"] == {"collab": {"PARTNER": ["ref 1"]}}
    assert "metadata" not in peer.get(f"/c/bank/PARTNER/content/{without.pk}").body
