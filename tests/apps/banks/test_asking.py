"""The client for partners: credentials for one origin, on a real socket, and nothing for anybody else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from typing_extensions import override

from entente.apps.banks import asking
from entente.apps.banks.asking import PartnerClient
from entente.apps.kernel.http import AddressRefused
from entente.core.exchange.feeds.feed import Request


class Partner(BaseHTTPRequestHandler):
    """Keeps what it was asked; `/moved` points to itself, `/away` to somebody else."""

    asked: ClassVar[list[tuple[str, str, str, bytes]]] = []

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass

    def _keep(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append(
            (f"{self.command} {self.path}", self.headers["Host"], self.headers.get("Authorization", ""), body)
        )

    def do_GET(self) -> None:
        """Answer a GET."""
        self._keep()
        target = {"/moved": "/list", "/away": "http://elsewhere.example/list"}.get(self.path)
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.send_header("ETag", '"7"')
        self.end_headers()
        self.wfile.write(b"" if target else b"the list")

    def do_POST(self) -> None:
        """Answer a POST with a refusal."""
        self._keep()
        self.send_response(401)
        self.end_headers()


@pytest.fixture
def client(data_dir: Path) -> Iterator[PartnerClient]:
    Partner.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Partner)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    target = f"127.0.0.1:{server.server_port}"
    yield PartnerClient(overrides={"lists.example": target, "elsewhere.example": target})
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_partner_is_asked_with_its_credentials(client: PartnerClient) -> None:
    headers = {"Authorization": "Bearer secret", "Accept": "application/json"}
    answer = client.ask(Request("GET", "https://lists.example/list", headers))
    assert (answer.status, bytes(answer.body), answer.header("etag")) == (200, b"the list", '"7"')
    assert Partner.asked == [("GET /list", "lists.example", "Bearer secret", b"")]


def test_a_form_is_posted_and_a_refusal_is_an_answer(client: PartnerClient) -> None:
    answer = client.ask(Request("POST", "https://lists.example/sign-in", {}, b"username=a"))
    assert (answer.status, answer.body) == (401, b"")
    assert Partner.asked == [("POST /sign-in", "lists.example", "", b"username=a")]


def test_a_redirect_is_followed_at_the_same_place_only(client: PartnerClient) -> None:
    headers = {"authorization": "Bearer secret"}
    assert client.ask(Request("GET", "https://lists.example/moved", headers)).status == 200
    with pytest.raises(AddressRefused) as refused:
        client.ask(Request("GET", "https://lists.example/away", headers))
    assert refused.value.facts["reason"] == "redirect"
    assert {host for _path, host, _credentials, _body in Partner.asked} == {"lists.example"}


def test_credentials_are_forgotten_after_each_request(client: PartnerClient) -> None:
    client.ask(Request("GET", "https://lists.example/list", {"Authorization": "Bearer secret"}))
    client.ask(Request("GET", "https://elsewhere.example/list"))
    assert [credentials for _path, _host, credentials, _body in Partner.asked] == ["Bearer secret", ""]
    with pytest.raises(AddressRefused):
        client.fetch("https://lists.example/list")


def test_a_large_list_lies_in_a_file(client: PartnerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MAX_PAGE_BYTES", 4)
    answer = client.ask(Request("GET", "https://lists.example/list"))
    assert isinstance(answer.body, memoryview)
    assert bytes(answer.body) == b"the list"


def test_an_address_of_this_network_is_not_asked(data_dir: Path) -> None:
    with pytest.raises(AddressRefused):
        PartnerClient(overrides={}).ask(Request("GET", "http://127.0.0.1/list"))
