"""The guarded client against real sockets on loopback, with names that only the test resolves."""

import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typing_extensions import override

from entente.apps.kernel import http_transport
from entente.apps.kernel.http import AddressRefused, FetchFailed, FetchTimeout, FetchTooLarge, GuardedClient
from entente.apps.kernel.http import client as client_of_instance

PUBLIC = "93.184.216.34"
Script = Callable[[socket.socket, bytes], None]


class Site:
    """A server of raw bytes: what a script writes for each connection is what the client gets."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._script, self._tls = script, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, plain: socket.socket) -> None:
        with plain:
            try:
                connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
                head = b""
                while b"\r\n\r\n" not in head or (b"POST" in head and not head.endswith(b"{}")):
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    head += piece
                self.requests.append(head)
                self._script(connection, head)
                connection.close()
            except OSError:
                return  # the client hung up, as it should

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@pytest.fixture
def serve() -> Iterator[Callable[..., Site]]:
    sites: list[Site] = []

    def start(script: Script, tls: ssl.SSLContext | None = None) -> Site:
        sites.append(Site(script, tls))
        return sites[-1]

    yield start
    for site in sites:
        site.close()


def says(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> Script:
    def script(connection: socket.socket, _head: bytes) -> None:
        head = b"".join(b"%s\r\n" % line for line in (b"HTTP/1.1 " + status, *headers))
        connection.sendall(head + b"Connection: close\r\n\r\n" + body)

    return script


def client(site: Site, **options: object) -> GuardedClient:
    overrides = {"agora.example": f"127.0.0.1:{site.port}", "other.example": f"127.0.0.1:{site.port}"}
    return GuardedClient(overrides=overrides, resolver=nobody, **options)  # type: ignore[arg-type]


def nobody(host: str, port: int, seconds: float) -> list[str]:
    raise AssertionError(f"{host}:{port} must not be resolved ({seconds})")


def test_a_page_is_fetched_without_credentials_or_compression(serve: Callable[..., Site]) -> None:
    site = serve(says(b"hello", b"Content-Type: Text/HTML; charset=utf-8", b"Set-Cookie: a=b"))
    fetched = client(site).fetch("http://agora.example/posts/1?x=2#part")
    assert (fetched.status_code, fetched.body, fetched.peer) == (200, b"hello", "127.0.0.1")
    assert fetched.url == "http://agora.example/posts/1?x=2"
    request = site.requests[0].decode()
    assert request.startswith("GET /posts/1?x=2 HTTP/1.1\r\nHost: agora.example\r\n")
    assert "Accept-Encoding: identity" in request
    for word in ("cookie", "authorization", "referer"):
        assert word not in request.lower()


def test_the_environment_offers_no_proxy(serve: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert client(serve(says(b"direct"))).fetch("http://agora.example/").body == b"direct"


def test_an_overridden_host_may_use_any_port_and_https(serve: Callable[..., Site]) -> None:
    site = serve(says(b"exercise"))
    assert client(site).fetch("https://agora.example/").body == b"exercise"
    assert client(site).fetch("http://AGORA.example:8701/").body == b"exercise"
    assert b"Host: agora.example:8701" in site.requests[1]


def test_the_answer_streams(serve: Callable[..., Site]) -> None:
    site = serve(says(b"x" * 200_000, b"Content-Type: image/png"))
    with client(site).stream("http://agora.example/") as answer:
        assert answer.media_type == "image/png"
        assert sum(len(chunk) for chunk in answer.chunks()) == 200_000


def test_head_and_post(serve: Callable[..., Site]) -> None:
    site = serve(says(b"", b"Content-Length: 900000000"))
    assert client(site).fetch("http://agora.example/", method="HEAD").body == b""
    site = serve(says(b"moved", b"Location: http://other.example/", status=b"307 Temporary Redirect"))
    posted = client(site).fetch(
        "http://agora.example/", method="POST", content=b"{}", headers={"Content-Type": "application/json"}
    )
    assert (posted.status_code, posted.redirects) == (307, ())
    assert site.requests[0].endswith(b"{}")
    with pytest.raises(AddressRefused):
        client(site).fetch("http://agora.example/", method="DELETE")


def test_head_or_get(serve: Callable[..., Site]) -> None:
    def no_head(connection: socket.socket, head: bytes) -> None:
        status = b"405 No" if head.startswith(b"HEAD") else b"451 Unavailable"
        says(b"why", status=status)(connection, head)

    site = serve(no_head)
    assert client(site).head_or_get("http://agora.example/").status_code == 451
    assert [request[:4] for request in site.requests] == [b"HEAD", b"GET "]
    site = serve(says(b"", status=b"200 OK"))
    assert client(site).head_or_get("http://agora.example/").status_code == 200
    assert len(site.requests) == 1


@pytest.mark.parametrize("name", ["Authorization", "cookie", "Host", "Proxy-Authorization"])
def test_credentials_are_never_sent(serve: Callable[..., Site], name: str) -> None:
    with pytest.raises(AddressRefused) as raised:
        client(serve(says(b""))).fetch("http://agora.example/", headers={name: "x"})
    assert raised.value.facts["reason"] == "credentials"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://site.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://site.example/", "scheme"),
        ("http://user:secret@site.example/", "userinfo"),
        ("http://site.example:22/", "port"),
        ("http://site.example:8080/", "port"),
        ("http:///nothing", "no_host"),
        ("http://./", "no_host"),
        ("http://.site.example/", "no_host"),
        ("http://[::1", "unreadable"),
        ("http://site.example:99999/", "port"),
        ("http://site.example/\x00", "unreadable"),
        ("/relative", "scheme"),
    ],
)
def test_addresses_that_are_refused_before_any_question(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused) as raised:
        GuardedClient(resolver=nobody).fetch(url)
    assert raised.value.facts["reason"] == reason


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "https://[fd00::1]/",
    ],
)
def test_private_literals_are_refused_without_a_resolver(url: str) -> None:
    with pytest.raises(AddressRefused):
        GuardedClient(resolver=nobody).fetch(url)


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "localhost", "rebind.example"])
def test_names_that_lead_home_are_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        GuardedClient(resolver=lambda *_: ["127.0.0.1"]).fetch(f"http://{host}/")


class _Wire(httpcore.SyncBackend):
    """The internet of a test: every public address is one local port; where we were sent is noted."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connected: list[tuple[str, int]] = []
        self.down: set[str] = set()

    @override
    def connect_tcp(self, host: str, port: int, **options: object) -> httpcore.NetworkStream:  # type: ignore[override] # keeps what it does not name
        self.connected.append((host, port))
        if host in self.down:
            raise httpcore.ConnectError("down")
        return super().connect_tcp("127.0.0.1", self.port, **options)  # type: ignore[arg-type]


def wired(monkeypatch: pytest.MonkeyPatch, port: int) -> _Wire:
    wire = _Wire(port)
    monkeypatch.setattr(httpcore, "SyncBackend", lambda: wire)
    return wire


def test_a_rebinding_name_is_asked_once_and_the_checked_address_is_used(
    serve: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = wired(monkeypatch, serve(says(b"public")).port)
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    asking = GuardedClient(resolver=lambda *_: next(answers))
    assert asking.fetch("http://rebind.example/").body == b"public"
    assert wire.connected == [(PUBLIC, 80)]
    with pytest.raises(AddressRefused):
        asking.fetch("http://rebind.example/")
    assert wire.connected == [(PUBLIC, 80)]


def test_every_redirect_is_checked_anew(serve: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    targets = {
        b"/a": b"http://inside.example/",
        b"/b": b"http://127.0.0.1:6379/",
        b"/c": b"file:///etc/passwd",
    }

    def redirect(connection: socket.socket, head: bytes) -> None:
        says(b"", b"Location: " + targets[head.split()[1]], status=b"302 Found")(connection, head)

    wire = wired(monkeypatch, serve(redirect).port)
    asking = GuardedClient(resolver=lambda host, *_: ["10.0.0.7"] if host == "inside.example" else [PUBLIC])
    for path, reason in (("a", "private"), ("b", "port"), ("c", "scheme")):
        with pytest.raises(AddressRefused) as raised:
            asking.fetch(f"http://site.example/{path}")
        assert raised.value.facts["reason"] == reason
    assert wire.connected == [(PUBLIC, 80)] * 3


def test_redirects_are_followed_five_times(serve: Callable[..., Site]) -> None:
    def count_down(connection: socket.socket, head: bytes) -> None:
        left = int(head.split()[1].strip(b"/"))
        if left == 0:
            says(b"there")(connection, head)
        else:
            says(b"", b"Location: /%d" % (left - 1), status=b"301 Moved")(connection, head)

    site = serve(count_down)
    fetched = client(site).fetch("http://agora.example/5")
    assert fetched.body == b"there"
    assert fetched.redirects[0] == "http://agora.example/5"
    assert len(fetched.redirects) == 5
    with pytest.raises(FetchFailed) as raised:
        client(site).fetch("http://agora.example/6")
    assert raised.value.facts["reason"] == "redirects"


def test_a_redirect_without_or_with_an_unreadable_address(serve: Callable[..., Site]) -> None:
    assert client(serve(says(b"here", status=b"302 Found"))).fetch("http://agora.example/").status_code == 302
    bad = serve(says(b"", b"Location: http://[::1", status=b"302 Found"))
    with pytest.raises(AddressRefused, match="redirect"):
        client(bad).fetch("http://agora.example/")


def test_cookies_do_not_travel_along_a_redirect(serve: Callable[..., Site]) -> None:
    def script(connection: socket.socket, head: bytes) -> None:
        if b"/second" in head:
            says(b"end")(connection, head)
        else:
            says(b"", b"Set-Cookie: id=1", b"Location: /second", status=b"302 Found")(connection, head)

    site = serve(script)
    client(site).fetch("http://agora.example/first")
    assert b"cookie" not in site.requests[1].lower()


def test_too_large_is_found_by_promise_and_by_count(serve: Callable[..., Site]) -> None:
    promised = client(serve(says(b"", b"Content-Length: 1001")), max_bytes=1000)
    counted = client(serve(says(b"x" * 1001)), max_bytes=1000)
    for asking in (promised, counted):
        with pytest.raises(FetchTooLarge) as raised:
            asking.fetch("http://agora.example/")
        assert raised.value.facts["limit_bytes"] == 1000
    assert client(serve(says(b"x" * 1000))).fetch("http://agora.example/", max_bytes=1000).body == b"x" * 1000


def test_compressed_answers_are_bounded(serve: Callable[..., Site]) -> None:
    bomb = gzip.compress(b"\x00" * 50_000_000)
    with pytest.raises(FetchTooLarge):
        client(serve(says(bomb, b"Content-Encoding: gzip")), max_bytes=1_000_000).fetch(
            "http://agora.example/"
        )
    small = client(serve(says(gzip.compress(b"fine" * 50_000), b"Content-Encoding: GZIP")))
    assert small.fetch("http://agora.example/").body == b"fine" * 50_000
    deflated = client(serve(says(zlib.compress(b"fine"), b"Content-Encoding: deflate")))
    assert deflated.fetch("http://agora.example/").body == b"fine"


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (b"not gzip", b"gzip", "encoding"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-12], b"gzip", "cut"),
        (b"x", b"br", "encoding"),
        (b"x", b"gzip, gzip", "encoding"),
    ],
)
def test_encodings_that_do_not_work(
    serve: Callable[..., Site], body: bytes, encoding: bytes, reason: str
) -> None:
    with pytest.raises(FetchFailed) as raised:
        client(serve(says(body, b"Content-Encoding: " + encoding))).fetch("http://agora.example/")
    assert raised.value.facts["reason"] == reason


def test_what_follows_the_end_of_the_compressed_stream_is_ignored(serve: Callable[..., Site]) -> None:
    site = serve(says(gzip.compress(b"fine") + b"rest", b"Content-Encoding: gzip"))
    assert client(site).fetch("http://agora.example/").body == b"fine"


def test_large_headers_are_refused(serve: Callable[..., Site]) -> None:
    with pytest.raises(FetchFailed) as raised:
        client(serve(says(b"", b"X-Pad: " + b"x" * 70_000))).fetch("http://agora.example/")
    assert raised.value.facts["reason"] == "headers"
    with pytest.raises(FetchFailed):
        client(serve(says(b"", *[b"X-Pad: " + b"x" * 8000] * 40))).fetch("http://agora.example/")


def drip(connection: socket.socket, head: bytes) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nX: " if b"/head" in head else b"":
        connection.sendall(bytes([byte]))
        time.sleep(0.05)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


@pytest.mark.parametrize("path", ["head", "body"])
def test_dripping_bytes_do_not_stretch_the_time(serve: Callable[..., Site], path: str) -> None:
    started = time.monotonic()
    with pytest.raises(FetchTimeout):
        client(serve(drip), total_seconds=0.4).fetch(f"http://agora.example/{path}")
    assert time.monotonic() - started < 3


def test_silence_ends(serve: Callable[..., Site]) -> None:
    with pytest.raises(FetchTimeout):
        client(serve(lambda *_: time.sleep(1)), total_seconds=0.2).fetch("http://agora.example/")


def test_an_answer_that_breaks_off_is_an_error(serve: Callable[..., Site]) -> None:
    for script in (says(b"half", b"Content-Length: 100"), lambda c, _h: c.sendall(b"SSH-2.0-x\r\n\r\n")):
        with pytest.raises(FetchFailed) as raised:
            client(serve(script)).fetch("http://agora.example/")
        assert raised.value.facts["reason"] == "protocol"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchFailed) as raised:
        GuardedClient(overrides={"agora.example": f"127.0.0.1:{port}"}).fetch("http://agora.example/")
    assert raised.value.facts["reason"] == "connect"


def test_the_next_address_is_tried_when_one_is_down(
    serve: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = wired(monkeypatch, serve(says(b"second")).port)
    wire.down = {PUBLIC}
    asking = GuardedClient(resolver=lambda *_: [PUBLIC, "93.184.216.35"])
    assert asking.fetch("http://two.example/").peer == "93.184.216.35"


def test_a_local_socket_is_never_fetched() -> None:
    backend = http_transport.PinnedBackend(resolver=nobody, overrides={}, left=http_transport.TimeLeft(1))
    with pytest.raises(AddressRefused):
        backend.connect_unix_socket("/run/docker.sock")


def test_no_time_left_is_a_timeout() -> None:
    times = iter([0.0, 1.5, 2.0])
    left = http_transport.TimeLeft(2.0, monotonic=lambda: next(times))
    assert left.seconds() == 0.5
    with pytest.raises(FetchTimeout):
        left.seconds()


def certificate(tmp_path: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's context for `name` and a client's that trusts exactly it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cadata=signed.public_bytes(Encoding.PEM).decode())


def test_tls_proves_the_name_while_the_address_is_pinned(
    serve: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, trusting = certificate(tmp_path, "site.example")
    asked: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: asked.append(name)
    site = serve(says(b"private talk"), server)
    wire = wired(monkeypatch, site.port)
    asking = GuardedClient(resolver=lambda *_: [PUBLIC], tls=trusting)
    assert asking.fetch("https://site.example/").body == b"private talk"
    assert asked == ["site.example"]
    assert wire.connected == [(PUBLIC, 443)]
    assert b"Host: site.example\r\n" in site.requests[0]
    with pytest.raises(FetchFailed) as raised:
        asking.fetch("https://wrong.example/")
    assert raised.value.facts["reason"] == "connect"


def test_without_its_own_trust_the_public_one_is_used(
    serve: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, _ = certificate(tmp_path, "site.example")
    wired(monkeypatch, serve(says(b""), server).port)
    with pytest.raises(FetchFailed):
        GuardedClient(resolver=lambda *_: [PUBLIC]).fetch("https://site.example/")


def test_the_configured_client_has_no_overrides_outside_an_exercise() -> None:
    asking = client_of_instance()
    assert asking._overrides == {}
