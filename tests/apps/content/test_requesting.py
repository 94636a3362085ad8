"""Asking for copies: at once, again and again, a gap after a minute, and nothing waits for it."""

import socket
import threading
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from entente.apps.audit import queries as audit
from entente.apps.content import queries, services
from entente.apps.content.errors import NoSuchSnapshot, SnapshotClosed
from entente.apps.content.models import ContentItem, Snapshot
from entente.apps.content.services import fetching, hearing, registering, requesting
from entente.apps.content.services.receiving import IncomingPart
from entente.apps.deliveries.models import Delivery
from entente.apps.evidence import queries as evidence
from entente.apps.evidence import vault
from entente.apps.evidence.errors import VaultFull
from entente.apps.kernel import http
from entente.apps.kernel.http import GuardedClient
from entente.apps.kernel.ids import new_id
from tests.apps.content.conftest import AT, PLATFORM, REVIEWER, Adapter, vault_files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("box")]

MINUTE = timedelta(minutes=1)


def asked(url: str = "https://agora.example/posts/1", case_id: UUID | None = None) -> Snapshot:
    item = services.register_content(url=url, at=AT)
    return services.request_snapshot(content_item=item, case_id=case_id or new_id(), at=AT)


def again(snapshot: Snapshot) -> Snapshot:
    return Snapshot.objects.select_related("content_item").get(pk=snapshot.pk)


def receive(snapshot: Snapshot, data: bytes = b"hello", minutes: int = 0) -> Snapshot:
    parts = [IncomingPart([data], "text/plain")]
    at = AT + minutes * MINUTE
    return services.receive_snapshot(snapshot_id=snapshot.id, parts=parts, actor=PLATFORM, at=at)


def test_an_address_is_known_again_however_it_is_written() -> None:
    one = services.register_content(url="HTTPS://Agora.Example:443/posts/1#top", at=AT)
    two = services.register_content(url="https://agora.example/posts/1", at=AT)
    assert one.pk == two.pk
    assert (one.url, one.host, one.registrable_domain) == (
        "https://agora.example/posts/1",
        "agora.example",
        "agora.example",
    )
    found = queries.find_content(" https://agora.example./posts/1 ")
    assert found is not None
    assert found.pk == one.pk
    assert queries.find_content("https://agora.example/other") is None


def test_what_is_no_address_is_kept_as_it_came() -> None:
    item = services.register_content(url="  the video of tuesday\x00 ", at=AT)
    assert (item.url, item.is_readable, item.host) == ("the video of tuesday\ufffd", False, "")
    assert services.register_content(url="the video of tuesday\x00", at=AT).pk == item.pk
    found = queries.find_content("the video of tuesday\ufffd")
    assert found is not None


class _Blind:
    """A query set that does not see the first time: another transaction was faster."""

    def __init__(self, rows: object) -> None:
        self.rows = rows

    def first(self) -> None:
        return None


def test_two_at_once_register_one(monkeypatch: pytest.MonkeyPatch) -> None:
    item = services.register_content(url="https://agora.example/x", at=AT)
    find = registering._find
    looks: list[int] = []

    def blind_at_first(digests: Collection[str]) -> dict[str, ContentItem]:
        looks.append(len(digests))
        return find(digests) if len(looks) > 1 else {}

    monkeypatch.setattr(registering, "_find", blind_at_first)
    urls = ["https://agora.example/x", "https://agora.example/y"]
    found, known = services.register_contents(urls=urls, at=AT)
    assert ([item.url for item in found], found[0].pk, known) == (urls, item.pk, [])
    assert ContentItem.objects.filter(url__in=urls).count() == 2
    case_id = new_id()
    first = services.request_snapshot(content_item=item, case_id=case_id, at=AT)
    monkeypatch.setattr(Snapshot.objects, "filter", lambda **_: _Blind(None))
    assert services.request_snapshot(content_item=item, case_id=case_id, at=AT).pk == first.pk


def test_asking_twice_is_asking_once_per_case() -> None:
    case_id = new_id()
    first, second = asked(case_id=case_id), asked(case_id=case_id)
    assert first.pk == second.pk
    assert asked().pk != first.pk
    assert queries.snapshot_counts(case_id) == {"pending": 1}
    assert queries.missing_copies() == 2


@pytest.mark.usefixtures("webhook")
def test_the_platform_is_asked_to_push() -> None:
    snapshot = asked()
    assert services.run_due_snapshots(at=AT) == 1
    delivery = Delivery.objects.get(purpose="snapshot.requested")
    assert delivery.payload == {
        "type": "snapshot.requested",
        "timestamp": AT.isoformat(),
        "data": {
            "snapshot_id": str(snapshot.id),
            "url": "https://agora.example/posts/1",
            "upload_url": f"http://127.0.0.1:8700/api/v1/snapshots/{snapshot.id}",
        },
    }
    assert (delivery.destination, delivery.case_id) == ("platform", snapshot.case_id)
    assert services.run_due_snapshots(at=AT + timedelta(seconds=30)) == 0


@pytest.mark.usefixtures("webhook")
def test_a_gap_is_recorded_after_a_minute_and_a_later_arrival_completes_it() -> None:
    snapshot = asked()
    services.run_due_snapshots(at=AT)
    assert again(snapshot).state == "pending"
    services.run_due_snapshots(at=AT + MINUTE)
    gap = again(snapshot)
    assert (gap.state, gap.gap_reason, gap.gap_at) == ("gap", "nothing_received", AT + MINUTE)
    assert gap.next_attempt_at == AT + 3 * MINUTE
    kinds = [event.kind for event in audit.trail_of("content_item", snapshot.content_item_id)]
    assert kinds == ["content:snapshot:gap"]
    receive(snapshot, minutes=600)
    complete = again(snapshot)
    assert (complete.state, complete.next_attempt_at) == ("complete", None)
    assert services.run_due_snapshots(at=AT + timedelta(days=30)) == 0


@pytest.mark.usefixtures("webhook")
def test_the_question_is_repeated_for_days_and_then_left_to_a_person() -> None:
    snapshot = asked()
    at, moments = AT, []
    while (planned := again(snapshot).next_attempt_at) is not None:
        at = max(at, planned)
        services.run_due_snapshots(at=at)
        moments.append(at - AT)
    assert len(moments) == len(requesting.RETRY_AFTER) + 2
    assert moments[1] == MINUTE
    assert moments[-1] > timedelta(days=7)
    waiting = Delivery.objects.filter(purpose="snapshot.requested", state="pending")
    assert waiting.count() == 1  # the older questions were called off
    kinds = [event.kind for event in audit.trail_of("content_item", snapshot.content_item_id)]
    assert "content:snapshot:given_up" in kinds
    assert again(snapshot).state == "gap"


@pytest.mark.usefixtures("webhook")
def test_the_refusal_of_the_platform_is_the_reason_of_the_gap() -> None:
    snapshot = asked()
    services.run_due_snapshots(at=AT)
    delivery = Delivery.objects.get(purpose="snapshot.requested")
    hearing.note_platform_answer(delivery, AT, {"applied": True})
    assert again(snapshot).state == "pending"
    hearing.note_platform_answer(delivery, AT, {"applied": False, "reason": "not_found"})
    gap = again(snapshot)
    assert (gap.state, gap.gap_reason) == ("gap", "refused_by_platform:not_found")
    hearing.note_platform_answer(delivery, AT, {"applied": False})
    assert again(snapshot).gap_reason == "refused_by_platform"
    assert again(snapshot).next_attempt_at is not None


def test_a_gap_keeps_the_better_reason() -> None:
    snapshot = asked()
    assert services.seal_gap(snapshot_id=snapshot.id, reason="nothing_received", at=AT)
    assert not services.seal_gap(snapshot_id=snapshot.id, reason="nothing_received", at=AT)
    assert services.seal_gap(snapshot_id=snapshot.id, reason="fetch_timeout", at=AT)
    assert not services.seal_gap(snapshot_id=snapshot.id, reason="nothing_received", at=AT)
    assert again(snapshot).gap_reason == "fetch_timeout"
    receive(snapshot)
    assert not services.seal_gap(snapshot_id=snapshot.id, reason="late", at=AT)
    with pytest.raises(NoSuchSnapshot):
        services.seal_gap(snapshot_id=uuid4(), reason="x", at=AT)


def test_what_arrived_meanwhile_is_not_asked_for() -> None:
    snapshot = asked()
    receive(snapshot)
    assert services.run_due_snapshots(at=AT) == 0


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    """Offer a small web site on loopback that agora.example leads to, in an exercise."""
    listener = socket.create_server(("127.0.0.1", 0))
    answers: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answers[0])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    overrides = {"agora.example": f"127.0.0.1:{listener.getsockname()[1]}"}
    monkeypatch.setattr(http, "client", lambda **_: GuardedClient(overrides=overrides, total_seconds=5))

    def answer(head: bytes, body: bytes = b"") -> None:
        answers[:] = [head + b"\r\nConnection: close\r\n\r\n" + body]

    yield answer
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def test_a_small_host_is_visited(site: Callable[..., None]) -> None:
    site(b"HTTP/1.1 200 OK\r\nContent-Type: image/png", b"\x89PNG...")
    snapshot = asked()
    assert services.run_due_snapshots(at=AT) == 1
    complete = again(snapshot)
    assert (complete.state, complete.method, complete.size_bytes) == ("complete", "fetched", 7)
    (line,) = evidence.items_of("content_item", snapshot.content_item_id)
    assert (line.media_type, line.method) == ("image/png", "fetched")


def test_a_visit_that_fails_gives_the_gap_its_reason(site: Callable[..., None]) -> None:
    site(b"HTTP/1.1 404 Not Found")
    snapshot = asked()
    services.run_due_snapshots(at=AT)
    assert (again(snapshot).state, again(snapshot).gap_reason) == ("pending", "fetch_failed:status_404")
    services.run_due_snapshots(at=AT + MINUTE)
    assert (again(snapshot).state, again(snapshot).gap_reason) == ("gap", "fetch_failed:status_404")
    site(b"HTTP/1.1 410 Gone")
    services.run_due_snapshots(at=AT + 3 * MINUTE)
    assert again(snapshot).gap_reason == "fetch_failed:status_410"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1/admin", "address_refused:loopback"),
        ("http://169.254.169.254/latest/meta-data/", "address_refused:metadata"),
        ("http://10.1.2.3/", "address_refused:private"),
        ("http://agora.example.:22/", "address_refused:port"),
        ("no address at all", "address_unreadable"),
    ],
)
def test_private_and_local_addresses_are_never_visited(url: str, reason: str, tmp_path: Path) -> None:
    snapshot = asked(url)
    services.run_due_snapshots(at=AT)
    services.run_due_snapshots(at=AT + MINUTE)
    assert (again(snapshot).state, again(snapshot).gap_reason) == ("gap", reason)
    assert vault_files(tmp_path) == []


def test_too_much_for_a_visit(site: Callable[..., None], configure: Adapter, tmp_path: Path) -> None:
    configure(limits__snapshot_bytes="1000000")
    site(b"HTTP/1.1 200 OK", b"x" * 1_000_001)
    snapshot = asked()
    services.run_due_snapshots(at=AT)
    assert again(snapshot).gap_reason == "fetch_too_large"
    assert vault_files(tmp_path) == []


def test_a_full_disk_is_the_reason_and_the_retry_works(
    site: Callable[..., None], box: vault.LocalVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(b"HTTP/1.1 200 OK", b"hello")
    snapshot = asked()

    def full(*_args: object, **_options: object) -> None:
        raise VaultFull("full")

    with monkeypatch.context() as patched:
        patched.setattr(vault.LocalVault, "write", full)
        services.run_due_snapshots(at=AT)
    assert again(snapshot).gap_reason == "vault_full"
    services.run_due_snapshots(at=AT + MINUTE)
    assert again(snapshot).state == "complete"


def test_a_visit_to_something_closed_meanwhile_is_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = asked()

    def closed(*_args: object) -> None:
        raise SnapshotClosed("closed")

    monkeypatch.setattr(fetching, "fetch_snapshot", closed)
    services.run_due_snapshots(at=AT)
    assert again(snapshot).gap_reason == ""


@pytest.mark.usefixtures("webhook")
def test_closing_calls_off_what_was_asked_for_and_copies_nothing_further() -> None:
    snapshot = asked()
    services.run_due_snapshots(at=AT)
    item = again(snapshot).content_item
    services.close_previews(content_item=item, actor=REVIEWER, at=AT)
    services.close_previews(content_item=item, actor=REVIEWER, at=AT + MINUTE)
    assert again(snapshot).state == "cancelled"
    assert Delivery.objects.get(purpose="snapshot.requested").state == "cancelled"
    assert services.run_due_snapshots(at=AT + timedelta(days=1)) == 0
    with pytest.raises(SnapshotClosed):
        receive(snapshot)
    for known in (item, again(snapshot).content_item):
        assert services.request_snapshot(content_item=known, case_id=new_id(), at=AT).state == "cancelled"
    kinds = [event.kind for event in audit.trail_of("content_item", item.id)]
    assert kinds == ["content:preview:closed"]
