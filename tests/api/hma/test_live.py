"""The peer's client over the wire, with the real index: it is configured by a base address and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from entente.api import tokens
from entente.apps.matching.hub import IndexHub, process
from tests import world
from tests.api.clients import token
from tests.api.hma.acts import ALL, pdq
from tests.api.hma.peer_client import PeerClient
from tests.api.test_checks import picture

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def real_index(data_dir: Path) -> Iterator[None]:
    """Follow the database with a real index, in the thread that asks."""
    process.install(IndexHub(data_dir / process.FOLDER, in_background=False))
    yield
    process.install(None)


def test_a_program_made_for_the_peer_needs_a_new_base_address_and_nothing_else(
    live_server: "LiveServer", real_index: None, turned_on: None
) -> None:
    tokens.known_tokens._known.clear()
    world.host()
    base = live_server.url.replace("http://", f"http://hma:{token(*ALL, name='coop')}@") + "/hma"
    with PeerClient(base) as peer:
        assert peer.get("/status").status == 503  # this index reads when it is asked, and nobody has asked
        assert peer.get("/m/lookup", signal=pdq("else"), signal_type="pdq").body == {}
        assert peer.get("/status").body == "I-AM-ALIVE"
        assert peer.post("/c/banks", {"name": "NEW", "enabled_ratio": 1.0}).status == 201
        added = peer.send("/c/bank/NEW/content", picture(), form={"note": "a landscape"})
        number = added.body["id"]
        met = peer.send("/m/lookup", picture(mirrored=True)).body["pdq"]["NEW"]
        assert [one["bank_content_id"] for one in met] == [number]
        hashed = peer.send("/h/hash", picture()).body
        assert hashed == added.body["signals"]
        by_hash = peer.get("/m/lookup", signal=hashed["pdq"], signal_type="pdq")
        assert by_hash.body == {"NEW": [{"bank_content_id": number, "distance": "0"}]}
        assert peer.get("/m/lookup", signal=pdq("else"), signal_type="pdq").body == {}
        index = peer.get("/m/index/status", signal_type="pdq").body["pdq"]
        assert (index["present"], index["size"]) == (True, 1)
        assert peer.get("/c/signal_type/index", signal_type="pdq").body["pdq"]["index_out_of_date"] is False
        assert peer.delete(f"/c/bank/NEW/content/{number}").body == {"deleted": 1}
        gone = peer.get("/m/raw_lookup", signal=hashed["pdq"], signal_type="pdq")
        assert gone.body == {"matches": []}
        assert peer.delete("/c/bank/NEW").body == {"message": "Done"}
    with PeerClient(live_server.url + "/hma") as stranger:
        refused = stranger.send("/m/lookup", picture())
        assert (refused.status, set(refused.body)) == (401, {"message"})
