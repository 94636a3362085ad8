"""How the index is, which types there are, and which exchanges, in the peer's words."""

from datetime import timedelta

import pytest

from entente.apps.banks import queries
from entente.apps.banks.models import Exchange
from entente.apps.kernel import clock
from entente.apps.matching.hub import TypeStatus
from entente.core.exchange import feeds
from tests.api.hma.acts import StatedHub, connected, hold
from tests.api.hma.peer_client import PeerClient
from tests.apps.banks import acts as banks


@pytest.mark.parametrize(
    ("unknown", "state", "said"),
    [
        ("", "ready", (200, "I-AM-ALIVE")),
        ("", "building", (503, "INDEX-NOT-LOADED")),
        ("not_ready", "building", (503, "INDEX-NOT-LOADED")),
        ("behind", "ready", (503, "INDEX-STALE")),
        ("no_database", "ready", (503, "INDEX-STALE")),
    ],
)
def test_the_status_is_one_word(
    peer: PeerClient, index: StatedHub, unknown: str, state: str, said: tuple[int, str]
) -> None:
    index.unknown, index.types = unknown, (TypeStatus(name="pdq", state=state),)
    answer = peer.get("/status")
    assert (answer.status, answer.body) == said
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert peer.get("/status/live").body == "I-AM-ALIVE"


def test_the_root_leads_to_the_status_and_the_map_names_every_address(peer: PeerClient) -> None:
    root = peer.get("/")
    assert (root.status, root.headers["Location"]) == (302, "/hma/status")
    routes = peer.get("/site-map").body
    assert {"/hma/m/lookup", "/hma/c/bank/<str:bank_name>/content/<int:number>"} <= set(routes)


def test_an_index_tells_its_size_and_until_when_it_is_built(peer: PeerClient, index: StatedHub) -> None:
    index.types = (
        TypeStatus(name="pdq", state="ready", size=591, reached=3),
        TypeStatus(name="md5", state="failed", problem="x"),
    )
    found = peer.get("/m/index/status").body
    assert (found["pdq"]["present"], found["pdq"]["size"]) == (True, 591)
    assert abs(found["pdq"]["built_to"] - clock.now().timestamp()) < 10
    assert found["video_md5"] == {"present": False, "built_to": -1, "size": 0}
    assert set(peer.get("/m/index/status", signal_type="pdq").body) == {"pdq"}
    assert peer.get("/m/index/status", signal_type="none").status == 400
    index.unknown = "not_ready"
    assert peer.get("/m/index/status").body["pdq"]["built_to"] == -1


def test_sizes_stand_beside_each_other(peer: PeerClient, index: StatedHub) -> None:
    hold(banks.bank("A").id, "one", "two")
    index.types = (TypeStatus(name="pdq", state="ready", size=2),)
    last = queries.last_change()
    sizes = peer.get("/c/signal_type/index", signal_type="pdq").body
    assert sizes == {
        "pdq": {
            "db_size": 2,
            "index_size": 2,
            "index_out_of_date": False,
            "newest_db_item": last,
            "index_built_to": last,
        }
    }
    index.types = ()
    assert peer.get("/c/signal_type/index").body["pdq"]["index_out_of_date"] is True


def test_types_are_listed_and_fully_on(peer: PeerClient) -> None:
    types = {one["name"]: one["enabled_ratio"] for one in peer.get("/c/signal_type").body}
    assert types.keys() >= {"pdq", "video_md5", "vpdq"}
    assert set(types.values()) == {1.0}
    assert peer.get("/c/content_type").body == [
        {"name": "photo", "enabled": True},
        {"name": "video", "enabled": True},
    ]
    assert peer.put("/c/signal_type/pdq", {"enabled_ratio": 1.0}).status == 204
    assert peer.put("/c/signal_type/pdq", {"enabled_ratio": 0.5}).status == 403
    assert peer.put("/c/signal_type/none", {"enabled_ratio": 1.0}).status == 404
    for wrong in (True, "1", 2, -1, None):
        assert peer.put("/c/signal_type/pdq", {"enabled_ratio": wrong}).status == 400


def test_kinds_of_exchanges_and_their_settings_are_listed(peer: PeerClient) -> None:
    kinds = peer.get("/c/exchanges/apis").body
    assert {"fb_threatexchange", "ncmec", "stopncii"} <= set(kinds)
    assert len(kinds) == len(feeds.KINDS)
    for kind in kinds:
        schema = peer.get(f"/c/exchanges/api/{kind}/schema").body
        assert set(schema) == {"config_schema", "credentials_schema"}
        assert set(schema["credentials_schema"]["fields"][0]) == {
            "name",
            "type",
            "required",
            "default",
            "help",
            "choices",
        }
    facts = peer.get("/c/exchanges/api/ncmec").body
    assert facts == {"supports_authentification": True, "has_set_authentification": False}
    assert peer.get("/c/exchanges/api/none").status == 404
    assert peer.get("/c/exchanges/api/none/schema").status == 404


def test_exchanges_are_read_here_and_turned_by_people(peer: PeerClient) -> None:
    connected()
    (name,) = peer.get("/c/exchanges").body
    shown = peer.get(f"/c/exchange/{name}").body
    assert (shown["name"], shown["enabled"], shown["api"]) == (name, True, "ncmec")
    assert "agora" not in str(shown)
    facts = peer.get("/c/exchanges/api/ncmec").body
    assert facts == {"supports_authentification": True, "has_set_authentification": True}
    assert peer.get(f"/c/bank/{shown['bank']}").status == 200
    refused = [
        peer.post("/c/exchanges", {"bank": "A", "api": "ncmec", "api_json": {}}),
        peer.post("/c/exchanges/api/ncmec", {"credential_json": {}}),
        peer.put(f"/c/exchange/{name}", {"enabled": False}),
        peer.delete(f"/c/exchange/{name}"),
    ]
    assert {one.status for one in refused} == {403}
    assert peer.get("/c/exchange/NONE").status == 404
    assert peer.get("/c/exchange/NONE/status").status == 404


def test_an_exchange_says_how_its_last_fetch_went(peer: PeerClient) -> None:
    made = connected()
    (name,) = peer.get("/c/exchanges").body
    status = peer.get(f"/c/exchange/{name}/status").body
    assert status == {
        "checkpoint_ts": None,
        "running_fetch_start_ts": None,
        "last_fetch_complete_ts": None,
        "last_fetch_succeeded": None,
        "up_to_date": False,
        "fetched_items": 0,
    }
    at = clock.now() - timedelta(minutes=1)
    made.runs.create(started_at=at)
    assert peer.get(f"/c/exchange/{name}/status").body["running_fetch_start_ts"] == int(at.timestamp())
    made.runs.update(ended_at=at, outcome="complete")
    Exchange.objects.update(succeeded_at=at)
    done = peer.get(f"/c/exchange/{name}/status").body
    assert (done["running_fetch_start_ts"], done["last_fetch_succeeded"], done["up_to_date"]) == (
        None,
        True,
        True,
    )
    assert done["last_fetch_complete_ts"] == int(at.timestamp())
