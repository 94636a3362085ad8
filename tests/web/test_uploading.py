"""Large uploads lie sealed and nameless on the disk, small ones in memory, and neither outlives its request."""

import errno
import gc
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import HttpRequest, UnreadablePostError
from django.test import Client, RequestFactory
from typing_extensions import override

from entente.apps.content import services as content
from entente.apps.content.models import Snapshot, SnapshotPart
from entente.apps.evidence.errors import VaultFull
from entente.apps.kernel.config import config, reset_cache
from entente.apps.kernel.errors import TooLarge
from entente.cli.serve import sweep_temporary
from entente.web import uploading
from entente.web.uploading import CHUNK_BYTES, SealedFile
from tests import world
from tests.api.clients import bearer, token
from tests.apps.notices.acts import notice

MARK = b"a marker that nobody may find on the disk "
LARGE = MARK * 100_000  # more than four megabytes: over what stays in memory
PUSH = "/api/v1/snapshots/x"


def open_bytes() -> bytes:
    """Return all that the files this process holds open say, those without a name included."""
    whole = b""
    for link in Path("/proc/self/fd").iterdir():
        try:
            if str(config().data_dir) in str(link.readlink()):
                whole += link.read_bytes()
        except OSError:
            continue
    return whole


def named_bytes() -> bytes:
    """Return all that lies under the data directory, and under the system's own temporary one by Django's name."""
    found = [path for path in config().data_dir.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in [*found, *Path("/tmp").glob("*.upload*")])  # noqa: S108 - where it must not be


def posted(data: bytes, path: str = PUSH) -> HttpRequest:
    return RequestFactory().post(path, {"part": SimpleUploadedFile("part", data)})


def part_of(request: HttpRequest) -> "UploadedFile[bytes]":
    part = request.FILES["part"]
    assert isinstance(part, UploadedFile)
    return part


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a copy have two megabytes, a form one."""
    monkeypatch.setenv("ENTENTE_LIMITS__SNAPSHOT_BYTES", "2000000")
    monkeypatch.setenv("ENTENTE_LIMITS__UPLOAD_BYTES", "1000000")
    reset_cache()
    yield
    monkeypatch.undo()
    reset_cache()


def test_a_large_file_is_on_the_disk_and_says_nothing_there() -> None:
    before = len(open_bytes())
    request = posted(LARGE)
    part = part_of(request)
    assert part.size == len(LARGE)
    on_disk = open_bytes()
    assert len(on_disk) - before >= len(LARGE) - CHUNK_BYTES
    assert MARK not in on_disk
    assert MARK not in named_bytes()
    assert not list((config().data_dir / "tmp").iterdir())
    assert b"".join(part.chunks()) == LARGE
    assert part.read() == b""
    part.seek(0)
    assert part.read() == LARGE
    request.close()
    assert len(open_bytes()) == before


def test_a_small_file_never_reaches_the_disk() -> None:
    request = posted(MARK)
    assert part_of(request).read() == MARK
    assert not isinstance(part_of(request).file, SealedFile)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_every_place_can_be_read(size: int) -> None:
    data = secrets.token_bytes(size)
    with SealedFile() as sealed:
        assert sealed.readable()
        assert sealed.seekable()
        assert sealed.writable()
        sealed.write(data)
        assert sealed.seek(0, os.SEEK_END) == size
        assert sealed.seek(-size, os.SEEK_CUR) == 0
        assert sealed.read() == data
        sealed.seek(size // 2)
        assert io.BufferedReader(sealed).read() == data[size // 2 :]


def test_a_changed_byte_on_the_disk_is_noticed() -> None:
    with SealedFile() as sealed:
        sealed.write(bytes(2 * CHUNK_BYTES))
        sealed._disk.seek(10)
        sealed._disk.write(b"x")
        sealed.seek(0)
        with pytest.raises(InvalidTag):
            sealed.read()


class Gone(io.BytesIO):
    """A sender whose connection breaks after a megabyte and a half."""

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 1_500_000:
            raise OSError("gone")
        return super().read(size)


@pytest.mark.parametrize("breaks", ["an error", "the end"])
def test_an_upload_that_breaks_off_leaves_nothing(breaks: str) -> None:
    whole = posted(LARGE)
    body = whole.META["wsgi.input"].read()
    broken = RequestFactory().generic("POST", PUSH, b"x", content_type=str(whole.META["CONTENT_TYPE"]))
    broken.META["CONTENT_LENGTH"] = str(len(body))
    stream = Gone(body) if breaks == "an error" else io.BytesIO(body[:2_000_000])
    vars(broken)["_stream"] = stream
    before = len(open_bytes())
    if breaks == "an error":
        with pytest.raises(UnreadablePostError):
            broken.FILES  # noqa: B018 - reading it is the act
    else:
        assert not broken.FILES
    broken.close()
    del broken
    gc.collect()  # the error itself still held the frames of its making
    assert len(open_bytes()) == before
    assert not list((config().data_dir / "tmp").iterdir())


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(("path", "limit"), [(PUSH, 2_000_000), ("/notices/new", 1_000_000)])
def test_no_more_than_allowed_reaches_the_disk(path: str, limit: int) -> None:
    before = len(open_bytes())
    request = posted(LARGE, path)
    part = part_of(request)
    assert len(open_bytes()) - before < limit + 3 * CHUNK_BYTES
    with pytest.raises(TooLarge) as refused:
        part.read()
    assert refused.value.facts["limit"] == limit
    part.seek(limit)
    assert part.read(1)  # whoever counts sees by itself that it is too large
    request.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_to_whoever_reads(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def full(_sealed: object) -> None:
        raise OSError(number, "no room")

    monkeypatch.setattr(SealedFile, "_keep_room", full)
    with pytest.raises(VaultFull):
        part_of(posted(LARGE)).read()


def test_room_is_left_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "RESERVE_BYTES", 1 << 62)
    with pytest.raises(VaultFull, match="nearly full"):
        part_of(posted(LARGE)).read()


def test_another_error_of_the_disk_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_sealed: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(SealedFile, "_keep_room", broken)
    with pytest.raises(OSError, match="broken"):
        posted(LARGE).FILES  # noqa: B018 - reading it is the act


@pytest.mark.django_db
def test_a_pushed_copy_is_readable_nowhere_while_it_is_taken_in(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.host()
    notice()
    snapshot = Snapshot.objects.get()
    seen: list[bytes] = []
    take_in = content.receive_snapshot

    def watched(**given: Any) -> Snapshot:
        seen.append(open_bytes() + named_bytes())
        return take_in(**given)

    monkeypatch.setattr("entente.apps.content.services.receive_snapshot", watched)
    answer = client.post(
        f"/api/v1/snapshots/{snapshot.id}",
        data={"part": SimpleUploadedFile("part", LARGE)},
        headers=bearer(token("snapshots:write")),
    )
    assert answer.status_code == 200, answer.content
    assert SnapshotPart.objects.get().size_bytes == len(LARGE)
    assert len(seen[0]) > len(LARGE) - CHUNK_BYTES
    assert MARK not in seen[0]
    assert MARK not in named_bytes()
    assert not list((config().data_dir / "tmp").iterdir())


def test_what_a_dead_process_left_is_removed_at_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    (folder / "kept").mkdir(parents=True)
    (folder / "x.upload.jpg").write_bytes(MARK)
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    assert sweep_temporary(tmp_path) == 2
    assert [path.name for path in folder.iterdir()] == ["kept"]
    assert sweep_temporary(tmp_path) == 0
