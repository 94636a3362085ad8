"""Taking copies in: whole, once, sealed, on a ground; or refused by name with nothing left behind."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from entente.apps.content import queries, services
from entente.apps.content.errors import (
    NoSuchSnapshot,
    SnapshotClosed,
    SnapshotDiffers,
    SnapshotEmpty,
    SnapshotTooLarge,
)
from entente.apps.content.models import ContentItem, Snapshot, SnapshotPart
from entente.apps.content.services import receiving
from entente.apps.content.services.receiving import IncomingPart
from entente.apps.evidence import queries as evidence
from entente.apps.evidence import services as evidence_services
from entente.apps.evidence import vault
from entente.apps.evidence.errors import VaultUnusable
from entente.apps.kernel.ids import new_id
from tests.apps.content.conftest import AT, PLATFORM, Adapter, vault_files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("box")]

META = {
    "platform_ref": "post-7",
    "uploader_ref": "u-abc",
    "uploader_language": "fr",
    "title": "A title " * 50,
    "kind": "video",
    "public": True,
    "published_at": "2026-03-01",
    "unknown": {"x": 1},
}


@pytest.fixture
def snapshot() -> Snapshot:
    item = services.register_content(url="https://agora.example/posts/7", at=AT)
    return services.request_snapshot(content_item=item, case_id=new_id(), at=AT - timedelta(hours=1))


def receive(snapshot: Snapshot, *files: bytes, **options: object) -> Snapshot:
    parts = [IncomingPart([data], "text/plain") for data in files]
    asked = {"snapshot_id": snapshot.id, "parts": parts, "actor": PLATFORM, "at": AT} | options
    return services.receive_snapshot(**asked)  # type: ignore[arg-type]


def test_a_copy_is_sealed_registered_and_kept_on_a_ground(snapshot: Snapshot, tmp_path: Path) -> None:
    done = receive(snapshot, b"text", b"image", related=b'{"views": 10}', meta=META)
    assert (done.state, done.size_bytes, done.acquired_at) == ("complete", 22, AT)
    assert len(done.digest) == 64
    data = queries.preview(content_item_id=snapshot.content_item_id, case_id=snapshot.case_id)
    assert data is not None
    assert [line.size_bytes for line in data.originals] == [4, 5]
    assert data.related_id is not None
    assert (data.decode_state, data.state) == ("waiting", "complete")
    item = ContentItem.objects.get(pk=snapshot.content_item_id)
    assert (item.platform_ref, item.uploader_ref, item.uploader_language) == ("post-7", "u-abc", "fr")
    assert (item.kind, item.is_public, len(item.title_hint)) == ("video", True, 200)
    (ground,) = evidence.preservations_of("content_item", item.id)
    assert (ground.ground_id, ground.case_id) == ("house.open_case", snapshot.case_id)
    assert ground.starts_at == AT - timedelta(hours=1)
    assert len(vault_files(tmp_path)) == 3


def test_the_same_copy_again_changes_nothing(snapshot: Snapshot, tmp_path: Path) -> None:
    first = receive(snapshot, b"text", related=b"{}")
    second = receive(snapshot, b"text", related=b"{}", at=AT + timedelta(hours=2))
    assert second.acquired_at == first.acquired_at
    assert SnapshotPart.objects.count() == 2
    assert len(vault_files(tmp_path)) == 2


@pytest.mark.parametrize("files", [(b"other",), (b"text", b"more"), (b"te", b"xt")])
def test_another_copy_is_refused_and_the_first_stays(
    snapshot: Snapshot, files: tuple[bytes, ...], tmp_path: Path
) -> None:
    first = receive(snapshot, b"text")
    with pytest.raises(SnapshotDiffers) as raised:
        receive(snapshot, *files)
    assert raised.value.facts["digest"] == first.digest
    assert len(vault_files(tmp_path)) == 1


def test_two_pushes_at_once_make_one_copy(snapshot: Snapshot, tmp_path: Path) -> None:
    def slow() -> Iterator[bytes]:
        yield b"te"
        receive(snapshot, b"text")
        yield b"xt"

    done = receive(snapshot, parts=[IncomingPart(slow())])
    assert done.state == "complete"
    assert len(vault_files(tmp_path)) == 1


def test_a_copy_that_is_closed_on_its_way_is_discarded(snapshot: Snapshot, tmp_path: Path) -> None:
    def slow() -> Iterator[bytes]:
        yield b"te"
        item = ContentItem.objects.get(pk=snapshot.content_item_id)
        services.close_previews(content_item=item, actor=PLATFORM, at=AT)
        yield b"xt"

    with pytest.raises(SnapshotClosed):
        receive(snapshot, parts=[IncomingPart(slow())])
    assert vault_files(tmp_path) == []


def test_unknown_closed_and_empty_are_refused(snapshot: Snapshot) -> None:
    with pytest.raises(NoSuchSnapshot):
        receive(snapshot, b"x", snapshot_id=uuid4())
    with pytest.raises(SnapshotEmpty):
        receive(snapshot)
    with pytest.raises(SnapshotEmpty):
        receive(snapshot, related=b"{}")
    Snapshot.objects.update(state="destroyed")
    with pytest.raises(SnapshotClosed):
        receive(snapshot, b"x")


def test_too_large_in_sum_or_number_is_refused_whole(
    snapshot: Snapshot, configure: Adapter, tmp_path: Path
) -> None:
    configure(limits__snapshot_bytes="1000000")
    for files, related in (((b"x" * 600_000, b"x" * 400_001), b""), ((b"x",), b"x" * 1_000_000)):
        with pytest.raises(SnapshotTooLarge) as raised:
            receive(snapshot, *files, related=related)
        assert raised.value.facts["limit_bytes"] == 1_000_000
    with pytest.raises(SnapshotTooLarge) as raised:
        receive(snapshot, *[b"x"] * 51)
    assert raised.value.facts["limit_parts"] == receiving.MAX_PARTS
    assert vault_files(tmp_path) == []
    assert Snapshot.objects.get(pk=snapshot.pk).state == "pending"


def test_a_platform_that_hangs_up_leaves_nothing(snapshot: Snapshot, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        receive(snapshot, parts=[IncomingPart([b"whole"]), IncomingPart(broken())])
    assert vault_files(tmp_path) == []
    assert receive(snapshot, b"whole").state == "complete"


def test_a_kill_between_the_files_and_the_rows(
    snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a kill leaves is simulated by not cleaning up: files without keys, a snapshot that is asked for again."""

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(receiving, "_register", killed)
        patched.setattr(receiving, "_discard", lambda _sealed: None)
        with pytest.raises(KeyboardInterrupt):
            receive(snapshot, b"text")
    assert len(vault_files(tmp_path)) == 1
    assert evidence.items_of("content_item", snapshot.content_item_id) == []
    assert receive(snapshot, b"text").state == "complete"
    later = AT.now(AT.tzinfo) + timedelta(days=2)
    assert evidence_services.sweep_strays(at=later) == 1
    assert len(vault_files(tmp_path)) == 1


def test_a_leftover_that_cannot_be_removed_hides_no_error(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(snapshot, b"text")

    def stuck(_item_id: object) -> None:
        raise VaultUnusable("read-only")

    monkeypatch.setattr(vault, "destroy", stuck)
    with pytest.raises(SnapshotDiffers):
        receive(snapshot, b"other")


def test_facts_of_a_wrong_type_are_ignored(snapshot: Snapshot) -> None:
    receive(snapshot, b"text", meta={"title": 7, "public": "yes", "kind": ""})
    item = ContentItem.objects.get(pk=snapshot.content_item_id)
    assert (item.title_hint, item.is_public, item.kind) == ("", None, "")
