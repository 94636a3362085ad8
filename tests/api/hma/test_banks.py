"""/c/bank: what a program may do with banks, and what it may not whatever its scope."""

import pytest

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, services
from entente.apps.banks.errors import BankInvalid
from tests.api.hma.acts import hold, pdq
from tests.api.hma.peer_client import PeerClient
from tests.apps.banks import acts as banks
from tests.world import NOW


def test_a_bank_is_made_shown_listed_changed_renamed_and_ended(peer: PeerClient) -> None:
    made = peer.post("/c/banks", {"name": "NEW_1"})
    assert (made.status, made.body) == (201, {"name": "NEW_1", "matching_enabled_ratio": 1.0})
    assert peer.get("/c/bank/NEW_1").body == made.body
    assert peer.get("/c/banks").body == [made.body]
    changed = peer.put("/c/bank/NEW_1", {"enabled_ratio": 0.25})
    assert (changed.status, changed.body["matching_enabled_ratio"]) == (200, 0.25)
    renamed = peer.put("/c/bank/NEW_1", {"name": "OTHER"})
    assert renamed.body == {"name": "OTHER", "matching_enabled_ratio": 0.25}
    assert peer.get("/c/bank/NEW_1").status == 404
    assert peer.delete("/c/bank/OTHER").body == {"message": "Done"}
    assert peer.get("/c/banks").body == []
    assert peer.delete("/c/bank/OTHER").status == 404


def test_a_bank_made_here_only_observes_and_says_who_made_it(peer: PeerClient) -> None:
    peer.post("/c/banks", {"name": "NEW"})
    line = queries.bank_named("NEW")
    assert (line.policy.policy, line.policy.owner_kind, line.created_by_name) == ("observe", "own", "coop")
    assert "coop" in line.basis
    (event,) = audit.trail_of("bank", line.id)
    assert (event.kind, event.actor_name) == ("banks:bank:created", "coop")


@pytest.mark.parametrize(
    ("body", "ratio"),
    [
        ({}, 1.0),
        ({"enabled": True}, 1.0),
        ({"enabled": False}, 0.0),
        ({"enabled": False, "enabled_ratio": 1.0}, 0.0),
        ({"enabled": False, "enabled_ratio": None}, 0.0),
        ({"enabled": True, "enabled_ratio": 0.5}, 0.5),
        ({"enabled_ratio": 0}, 0.0),
    ],
)
def test_off_is_off_whatever_ratio_stands_beside_it(
    peer: PeerClient, body: dict[str, object], ratio: float
) -> None:
    assert peer.post("/c/banks", {"name": "NEW", **body}).body["matching_enabled_ratio"] == ratio


def test_turning_a_bank_on_keeps_the_share_that_was_set(peer: PeerClient) -> None:
    banks.bank("A", share_of_traffic=0.5)
    assert peer.put("/c/bank/A", {"enabled": True}).body["matching_enabled_ratio"] == 0.5
    assert peer.put("/c/bank/A", {"enabled": False}).body["matching_enabled_ratio"] == 0.0
    assert peer.put("/c/bank/A", {"enabled": True}).body["matching_enabled_ratio"] == 1.0
    assert peer.put("/c/bank/A", {"name": "A"}).body["name"] == "A"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "lower"},
        {"name": "A B"},
        {"name": "A\n"},
        {"name": ""},
        {"name": 7},
        {"name": "A" * 121},
        {"name": "É"},
        {"name": "A", "enabled": "yes"},
        {"name": "A", "enabled_ratio": 1.1},
        {"name": "A", "enabled_ratio": -0.1},
        {"name": "A", "enabled_ratio": True},
        {"name": "A", "enabled_ratio": "1"},
    ],
)
def test_a_bank_that_cannot_be_is_400(peer: PeerClient, body: dict[str, object]) -> None:
    banks.bank("OLD")
    made = peer.post("/c/banks", body)
    assert (made.status, set(made.body)) == (400, {"message"})
    if "name" in body:
        assert peer.put("/c/bank/OLD", body).status == 400
    not_a_number = peer.ask("POST", "/c/banks", content=b'{"name": "A", "enabled_ratio": NaN}')
    assert not_a_number.status == 400


def test_a_name_that_is_taken_or_was_is_403(peer: PeerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    banks.bank("Copies a")
    banks.bank("B")
    for name in ("COPIES_A", "B"):
        assert peer.post("/c/banks", {"name": name}).status == 403
    assert peer.put("/c/bank/B", {"name": "COPIES_A"}).status == 403
    peer.delete("/c/bank/B")
    assert peer.post("/c/banks", {"name": "B"}).status == 403

    def in_this_moment(**_given: object) -> None:
        raise BankInvalid("Another bank has this name already.", field="name")

    monkeypatch.setattr(services, "create_bank", in_this_moment)
    monkeypatch.setattr(services, "adjust_bank", in_this_moment)
    assert peer.post("/c/banks", {"name": "FREE"}).status == 403
    assert peer.put("/c/bank/COPIES_A", {"name": "FREE"}).status == 403


@pytest.mark.parametrize("owner", ["authority", "partner", "shared"])
def test_a_bank_of_others_or_shared_with_others_is_read_and_not_written(peer: PeerClient, owner: str) -> None:
    bank = banks.bank("A", is_shared=True) if owner == "shared" else banks.bank("A", owner=owner)
    assert peer.get("/c/bank/A").status == 200
    refused = [
        peer.put("/c/bank/A", {"enabled": False}),
        peer.delete("/c/bank/A"),
        peer.post("/c/bank/A/signal", {"pdq": pdq("new")}),
    ]
    if owner != "shared":
        (number,) = hold(bank.id, "one")
        refused += [
            peer.delete(f"/c/bank/A/content/{number}"),
            peer.put(f"/c/bank/A/content/{number}", {"disable_until_ts": 0}),
            peer.put(f"/c/bank/A/content/{number}", {"note": "mine"}),
        ]
    assert {one.status for one in refused} == {403}
    assert queries.bank(bank.id).share_of_traffic == 1.0


def test_a_protective_bank_is_not_there(peer: PeerClient) -> None:
    banks.bank("PRESS", negative_kind="journalism")
    answers = [
        peer.get("/c/bank/PRESS"),
        peer.put("/c/bank/PRESS", {"enabled": False}),
        peer.delete("/c/bank/PRESS"),
        peer.post("/c/bank/PRESS/signal", {"pdq": pdq("x")}),
    ]
    assert {one.status for one in answers} == {404}


def test_a_bank_that_restricts_is_changed_by_people_and_only_made_weaker_here(peer: PeerClient) -> None:
    bank = banks.restricting(name="A")
    (number,) = hold(bank.id, "one")
    assert peer.put("/c/bank/A", {"enabled": False}).status == 403
    assert peer.delete("/c/bank/A").status == 403
    path = f"/c/bank/A/content/{number}"
    assert peer.put(path, {"disable_until_ts": 0}).status == 200
    assert peer.put(path, {"disable_until_ts": 1}).status == 403
    assert peer.post("/c/bank/A/signal", {"pdq": pdq("new")}).status == 200  # nobody has confirmed it
    assert peer.delete(path).body == {"deleted": 1}
    assert queries.bank(bank.id).policy == "restrict"
    assert queries.bank_page(bank.id).line.created_at == NOW
