"""The gate: off by default, a token before anything is read, each method under its scope, errors as one message."""

import base64
import io
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from typing_extensions import override

from entente.api.hma import status
from entente.api.hma.urls import urlpatterns
from entente.apps.parties.permissions import ROUTES, Token
from entente.web.wsgi import application
from tests.api.clients import bearer, token
from tests.api.hma.acts import ALL, pdq
from tests.api.hma.conftest import Asking
from tests.api.hma.peer_client import PeerClient


@pytest.mark.django_db
def test_every_address_is_absent_until_an_administrator_turns_it_on(client: Client) -> None:
    secret = token(*ALL)
    absent = client.get("/no-such-address")
    for path in ("/hma/", "/hma/status", "/hma/m/lookup", "/hma/c/banks", "/hma/nothing"):
        for answer in (client.get(path, headers=bearer(secret)), client.post(path, headers=bearer(secret))):
            assert (answer.status_code, answer["Content-Type"]) == (404, absent["Content-Type"])


def test_the_token_travels_as_password_as_user_or_as_bearer(asking: Asking, client: Client) -> None:
    assert asking("checks:ask").get("/status").body == "I-AM-ALIVE"
    secret = token("checks:ask")
    basic = base64.b64encode(f"{secret}:".encode()).decode()
    for header in (f"Bearer {secret}", f"Basic {basic}"):
        assert client.get("/hma/status", headers={"Authorization": header}).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer ",
        "Bearer nobody's",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff").decode(),
        "Digest x",
    ],
)
def test_without_a_living_token_nobody_gets_in(asking: Asking, client: Client, header: str) -> None:
    answer = client.get("/hma/status", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert set(answer.json()) == {"message"}
    assert "Basic" in answer["WWW-Authenticate"]


def test_no_token_stands_in_a_path(asking: Asking) -> None:
    secret = token(*ALL)
    assert Client().get(f"/hma/{secret}/status").status_code == 401


class Unread(io.RawIOBase):
    """A body that must not be read."""

    @override
    def readinto(self, _buffer: Any, /) -> int:
        raise AssertionError("the body was read before the token")


@pytest.mark.parametrize("path", ["/hma/m/lookup", "/hma/c/banks", "/hma/h/hash", "/hma/c/bank/A/content"])
def test_a_body_is_not_read_without_a_token(asking: Asking, path: str) -> None:
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "CONTENT_LENGTH": "1000000",
        "SERVER_NAME": "host.example",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": Unread(),
        "wsgi.errors": io.StringIO(),
    }
    body = b"".join(application(environ, lambda status, _headers: told.append(status)))
    assert told == ["401 Unauthorized"]
    assert b"message" in body


def gates() -> list[tuple[str, Token]]:
    return [
        (str(one.name), gate) for one in urlpatterns if isinstance(gate := ROUTES[f"hma:{one.name}"], Token)
    ]


def test_every_address_asks_for_a_token() -> None:
    assert len(gates()) == len(urlpatterns)


@pytest.mark.parametrize("one", urlpatterns, ids=lambda one: str(one.name))
def test_each_method_needs_the_scope_of_the_table_and_no_other_serves(asking: Asking, one: Any) -> None:
    gate = ROUTES[f"hma:{one.name}"]
    assert isinstance(gate, Token)
    path = "/" + str(one.pattern).replace("<int:number>", "1").replace("<path:rest>", "nothing/here")
    for part in ("bank_name", "api_name", "exchange_name", "name"):
        path = path.replace(f"<str:{part}>", "NONE")
    for method in ("GET", "POST", "PUT", "DELETE"):
        needed = gate.scope if method == "GET" else gate.to_write or gate.scope
        others = asking(*(set(ALL) - {needed}))
        refused = others.ask(method, path)
        assert refused.status in {403, 405}, (method, path)
        assert set(refused.body) == {"message"}
        allowed = asking(needed).ask(method, path)
        assert (allowed.status == 405) == (refused.status == 405)
        assert allowed.status != 401
        if refused.status == 403:
            assert needed in refused.body["message"]


def test_an_unknown_address_and_another_method_say_so_in_the_peers_way(peer: PeerClient) -> None:
    missing = peer.get("/m/no_such")
    assert (missing.status, set(missing.body)) == (404, {"message"})
    other = peer.delete("/m/lookup")
    assert (other.status, other.headers["Allow"]) == (405, "GET, POST")
    huge = peer.get("/c/bank/A/content/" + "9" * 30)
    assert huge.status == 404


def test_head_is_answered_as_get(peer: PeerClient) -> None:
    assert peer.ask("HEAD", "/status").status == 200


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"[" * 100_000, b'{"pdq": "\\ud800"}', b'{"pdq": "\\u0000"}', b"\xff"]
)
def test_a_body_that_cannot_be_read_is_400(peer: PeerClient, body: bytes) -> None:
    answer = peer.ask("POST", "/m/compare", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status, set(answer.body)) == (400, {"message"})


def test_a_body_that_is_too_large_is_413(peer: PeerClient) -> None:
    answer = peer.ask("POST", "/m/compare", content=b"x" * 4_000_000)
    assert (answer.status, set(answer.body)) == (413, {"message"})


def test_a_body_that_breaks_off_is_400(asking: Asking, client: Client) -> None:
    class Broken(io.RawIOBase):
        @override
        def read(self, _size: int = -1, /) -> bytes:
            raise OSError("gone")

    answer = client.post(
        "/hma/m/compare",
        headers=bearer(token("checks:ask")),
        **{"wsgi.input": Broken(), "CONTENT_LENGTH": "10"},  # type: ignore[arg-type] # of the WSGI environment
    )
    assert answer.status_code == 400


def test_an_absent_database_is_503(peer: PeerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise OperationalError("disk I/O error")

    peer.get("/status")  # the token is known from now on
    monkeypatch.setattr(status, "_hub_status", absent)
    answer = peer.get("/status")
    assert (answer.status, set(answer.body)) == (503, {"message"})


def test_nothing_here_is_kept_by_a_cache(peer: PeerClient) -> None:
    answer = peer.get("/m/lookup", signal=pdq("x"), signal_type="pdq")
    assert answer.headers["Cache-Control"] == "no-store"
