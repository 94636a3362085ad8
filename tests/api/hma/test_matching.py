"""/m: what a signal meets, in the peer's shapes, under our rules of enforcement, share, radius and protection."""

from datetime import timedelta

import pytest

from entente.api.hma import names
from entente.apps.banks import services
from entente.apps.kernel import clock
from entente.apps.matching import counts, queries
from entente.apps.matching.models import Recognition
from tests.api.hma.acts import StatedHub, hold, pdq
from tests.api.hma.peer_client import Answered, PeerClient
from tests.apps.banks import acts as banks
from tests.world import NOW


def lookup(peer: PeerClient, word: str, *flipped: int, **more: object) -> Answered:
    return peer.get("/m/lookup", signal=pdq(word, *flipped), signal_type="pdq", **more)


def test_a_hash_meets_banks_by_their_names_with_a_distance_in_words(peer: PeerClient) -> None:
    (number,) = hold(banks.bank("Copies of what we disabled").id, "one")
    answer = lookup(peer, "one", 0, 9, 20, 31)
    assert answer.status == 200
    assert answer.body == {"COPIES_OF_WHAT_WE_DISABLED": [{"bank_content_id": number, "distance": "4"}]}
    assert lookup(peer, "two").body == {}


def test_a_lookup_is_counted_and_nothing_of_it_is_kept(peer: PeerClient) -> None:
    hold(banks.bank("A", policy="open_case").id, "one")
    lookup(peer, "one")
    lookup(peer, "two")
    counts.flush()
    assert queries.checks_answered(since=NOW) == {"match": 1, "no_match": 1}
    assert not Recognition.objects.exists()


def test_what_is_not_enforced_does_not_match(peer: PeerClient) -> None:
    later = clock.now() + timedelta(hours=1)
    bank = banks.bank("A", radii={"pdq": 10})
    (number,) = hold(bank.id, "one")
    assert set(lookup(peer, "one").body) == {"A"}
    assert lookup(peer, "one", *range(11)).body == {}  # beyond the radius of this bank
    services.disable_signal(
        signal_id=number, until=later, reason=banks.WORDS, actor=banks.reviewer(), at=clock.now()
    )
    assert lookup(peer, "one").body == {}
    services.enable_signal(signal_id=number, actor=banks.reviewer(), at=clock.now())
    services.disable_bank(
        bank_id=bank.id, until=later, reason=banks.WORDS, actor=banks.senior(), at=clock.now()
    )
    assert lookup(peer, "one").body == {}
    raw = peer.get("/m/raw_lookup", signal=pdq("one"), signal_type="pdq")
    assert raw.body == {"matches": [number]}


def test_the_share_of_traffic_is_drawn_by_the_seed(peer: PeerClient) -> None:
    hold(banks.bank("HALF", share_of_traffic=0.5).id, "one")
    drawn = [bool(lookup(peer, "one", seed=str(seed)).body) for seed in range(40)]
    assert {True, False} == set(drawn)
    assert drawn == [bool(lookup(peer, "one", seed=str(seed)).body) for seed in range(40)]
    assert lookup(peer, "one").body == lookup(peer, "one").body


def test_a_protective_bank_lets_a_thing_meet_nothing(peer: PeerClient) -> None:
    (number,) = hold(banks.bank("A").id, "one")
    press = banks.bank("PRESS", negative_kind="journalism")
    hold(press.id, "one")
    assert lookup(peer, "one").body == {}
    assert lookup(peer, "one", banks="A").body == {}
    assert lookup(peer, "one", banks="PRESS").status == 404
    raw = peer.get("/m/raw_lookup", signal=pdq("one"), signal_type="pdq")
    assert raw.body == {"matches": [number]}
    assert [one["name"] for one in peer.get("/c/banks").body] == ["A"]


def test_an_authoritys_bank_is_looked_in_where_it_is_named(peer: PeerClient) -> None:
    (number,) = hold(banks.bank("OFFICE", owner="authority").id, "one")
    assert lookup(peer, "one").body == {}
    found = {"OFFICE": [{"bank_content_id": number, "distance": "0"}]}
    assert lookup(peer, "one", banks="OFFICE").body == found
    asked = {"signal": pdq("one"), "signal_type": "pdq"}
    assert peer.get("/m/raw_lookup", **asked).body == {"matches": []}
    assert peer.get("/m/raw_lookup", banks="OFFICE", **asked).body == {"matches": [number]}


def test_banks_can_be_named_and_a_misspelt_one_is_not_silently_nothing(peer: PeerClient) -> None:
    for name in ("A", "B", "C"):
        hold(banks.bank(name).id, "one")
    assert set(lookup(peer, "one", banks="A, C").body) == {"A", "C"}
    assert set(lookup(peer, "one", banks="").body) == {"A", "B", "C"}
    assert lookup(peer, "one", banks="A,NONE").status == 404


def test_a_raw_lookup_tells_numbers_or_distances_within_the_usual_radius(peer: PeerClient) -> None:
    near, farther = hold(banks.bank("A", radii={"pdq": 0}).id, "one")[0], pdq("one", *range(32))
    asked = {"signal": pdq("one", 1, 2), "signal_type": "pdq"}
    assert peer.get("/m/raw_lookup", **asked).body == {"matches": [near]}
    found = peer.get("/m/raw_lookup", include_distance="true", **asked).body
    assert found == {"matches": [{"bank_content_id": near, "distance": "2"}]}
    assert peer.get("/m/raw_lookup", signal=farther, signal_type="pdq").body == {"matches": []}
    assert peer.get("/m/raw_lookup", include_distance="perhaps", **asked).status == 400


@pytest.mark.parametrize("why", ["behind", "not_ready", "no_database"])
def test_when_nobody_can_tell_it_is_503_and_never_an_empty_answer(
    peer: PeerClient, index: StatedHub, why: str
) -> None:
    index.unknown = why
    for path in ("/m/lookup", "/m/raw_lookup"):
        answer = peer.get(path, signal=pdq("one"), signal_type="pdq")
        assert answer.status == 503
        assert why in answer.body["message"]
    counts.flush()
    assert queries.checks_answered(since=NOW) == {"unknown": 2}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"signal": pdq("x")},
        {"signal_type": "pdq"},
        {"signal": pdq("x")[:-1], "signal_type": "pdq"},
        {"signal": pdq("x") + "\n", "signal_type": "pdq"},
        {"signal": "é" * 64, "signal_type": "pdq"},
        {"signal": pdq("x"), "signal_type": "none"},
    ],
)
@pytest.mark.parametrize("path", ["/m/lookup", "/m/raw_lookup"])
def test_what_is_no_signal_is_400(peer: PeerClient, path: str, asked: dict[str, str]) -> None:
    answer = peer.get(path, **asked)
    assert (answer.status, set(answer.body)) == (400, {"message"})


def test_a_video_md5_is_our_md5(peer: PeerClient) -> None:
    bank = banks.bank("A")
    value = bytes(range(16))
    services.add_signals(
        bank_id=bank.id,
        signals=[services.NewSignal("md5", value)],
        source=services.Source(),
        actor=banks.reviewer(),
        at=NOW,
    )
    for name in ("video_md5", "md5"):
        assert set(peer.get("/m/lookup", signal=value.hex(), signal_type=name).body) == {"A"}


def test_two_signals_are_compared(peer: PeerClient) -> None:
    answer = peer.post(
        "/m/compare", {"pdq": [pdq("x"), pdq("x", *range(9))], "video_md5": ["0" * 32, "1" * 32]}
    )
    assert answer.body == {"pdq": [True, {"distance": 9}], "video_md5": [False, {"distance": 1}]}
    assert peer.post("/m/compare", {"pdq": [pdq("x"), pdq("x", *range(32))]}).body["pdq"][0] is False
    assert peer.post("/m/compare", {}).body == {}


@pytest.mark.parametrize(
    "body",
    [
        {"none": ["0", "1"]},
        {"pdq": [pdq("x")]},
        {"pdq": [pdq("x")] * 3},
        {"pdq": [pdq("x"), 7]},
        {"pdq": pdq("x")},
        {"pdq": [pdq("x"), pdq("x") + " "]},
    ],
)
def test_what_cannot_be_compared_is_400(peer: PeerClient, body: object) -> None:
    answer = peer.post("/m/compare", body)
    assert (answer.status, set(answer.body)) == (400, {"message"})


def test_names_of_ours_become_names_of_the_peers() -> None:
    assert [names.folded(name) for name in ("A_1", "a b-c", " Été ", "قائمة")] == ["A_1", "A_B_C", "T", ""]


def test_banks_of_one_folded_name_stay_apart_and_the_oldest_keeps_it(peer: PeerClient) -> None:
    first, second, arabic = banks.bank("Copies a"), banks.bank("COPIES A"), banks.bank("قائمة")
    ends = [one.id.hex[-8:].upper() for one in (second, arabic)]
    shown = {one["name"] for one in peer.get("/c/banks").body}
    assert shown == {"COPIES_A", f"COPIES_A_{ends[0]}", ends[1]}
    services.retire_bank(bank_id=first.id, reason=banks.WORDS, actor=banks.senior(), at=NOW)
    assert {one["name"] for one in peer.get("/c/banks").body} == shown - {"COPIES_A"}
