"""The vault on a real disk: whole or not at all, durable, destroyable, and honest about a bad disk."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from entente.apps.evidence import sealing, vault
from entente.apps.evidence.errors import CopyTooLarge, ItemDestroyed, SealBroken, VaultFull, VaultUnusable
from entente.apps.evidence.vault import LocalVault

KEY = bytes(range(32))
MB = 1 << 20


@pytest.fixture
def box(tmp_path: Path) -> LocalVault:
    return LocalVault(tmp_path / "vault", KEY, reserve_bytes=0)


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]


def test_what_is_written_is_read_back_sealed_and_private(box: LocalVault, tmp_path: Path) -> None:
    data = b"a harmless copy " * 100_000
    blob = box.write([data[:5], data[5:]], max_bytes=len(data))
    assert blob.sha256 == hashlib.sha256(data).digest()
    assert blob.size_bytes == len(data)
    assert b"".join(box.read(blob)) == data
    (path,) = files(tmp_path)
    assert path == box.path_of(blob.item_id)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size == sealing.sealed_size(len(data))
    assert b"harmless" not in path.read_bytes()


def test_an_empty_copy_is_a_copy(box: LocalVault) -> None:
    blob = box.write([], max_bytes=10)
    assert b"".join(box.read(blob)) == b""


def test_too_large_leaves_nothing(box: LocalVault, tmp_path: Path) -> None:
    with pytest.raises(CopyTooLarge) as raised:
        box.write([b"x" * 100, b"x"], max_bytes=100)
    assert raised.value.facts["limit_bytes"] == 100
    assert files(tmp_path) == []


def test_an_error_of_the_stream_passes_unchanged_and_leaves_nothing(box: LocalVault, tmp_path: Path) -> None:
    def stream() -> Iterator[bytes]:
        yield b"x" * 3 * MB
        raise ConnectionResetError(errno.ECONNRESET, "the platform hung up")

    with pytest.raises(ConnectionResetError):
        box.write(stream(), max_bytes=10 * MB)
    assert files(tmp_path) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_midway_leaves_nothing(
    box: LocalVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    real = os.write
    written: list[int] = []

    def short_then_full(handle: int, data: bytes) -> int:
        if sum(written) > MB:
            raise OSError(number, os.strerror(number))
        written.append(real(handle, bytes(data)[: MB // 3]))
        return written[-1]

    monkeypatch.setattr(os, "write", short_then_full)
    with pytest.raises(VaultFull):
        box.write([b"x" * 4 * MB], max_bytes=10 * MB)
    assert files(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Offer a real disk of 3 MB where one can be mounted, otherwise a folder that refuses the fourth megabyte."""
    root = tmp_path / "vault"
    root.mkdir()
    command = ["/bin/mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(root)]
    if subprocess.run(command, capture_output=True, check=False).returncode == 0:
        yield root
        subprocess.run(["/bin/umount", str(root)], check=True)
        return
    real = os.write

    def refuse(handle: int, data: bytes) -> int:
        if sum(path.stat().st_size for path in files(tmp_path)) + len(data) > 3 * MB:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(handle, data)

    monkeypatch.setattr(os, "write", refuse)
    yield root


def test_a_full_disk_keeps_what_it_has_and_nothing_by_halves(small_disk: Path, tmp_path: Path) -> None:
    box = LocalVault(small_disk, KEY, reserve_bytes=0)
    kept = box.write([b"k" * MB], max_bytes=MB)
    with pytest.raises(VaultFull):
        box.write([b"x" * 4 * MB], max_bytes=4 * MB)
    assert files(tmp_path) == [box.path_of(kept.item_id)]
    assert b"".join(box.read(kept)) == b"k" * MB


def test_the_reserve_of_the_disk_is_kept_free(tmp_path: Path) -> None:
    greedy = LocalVault(tmp_path / "vault", KEY, reserve_bytes=1 << 60)
    with pytest.raises(VaultFull, match="nearly full"):
        greedy.write([b"x"], max_bytes=1)
    assert files(tmp_path) == []


def test_a_disk_that_forgets_is_noticed(
    box: LocalVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def forgetful(handle: int) -> None:
        real(handle)
        if os.fstat(handle).st_size > sealing.HEADER_BYTES:
            os.pwrite(handle, b"\xff", sealing.HEADER_BYTES)

    monkeypatch.setattr(os, "fsync", forgetful)
    with pytest.raises(SealBroken):
        box.write([b"\x00" * 10], max_bytes=10)
    assert files(tmp_path) == []


def test_a_disk_that_keeps_something_else_is_noticed(
    box: LocalVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "unseal", lambda *_a, **_k: iter([b"other"]))
    with pytest.raises(SealBroken, match="did not keep"):
        box.write([b"one"], max_bytes=10)
    assert files(tmp_path) == []


def test_a_name_that_cannot_be_made_durable_is_taken_back(
    box: LocalVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path) -> None:
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr(vault, "_sync_folder", broken)
    with pytest.raises(VaultUnusable, match="broken disk"):
        box.write([b"one"], max_bytes=10)
    assert files(tmp_path) == []


def test_tampering_cutting_and_loss_are_found(box: LocalVault) -> None:
    blob = box.write([b"original"], max_bytes=10)
    path = box.path_of(blob.item_id)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(SealBroken):
        b"".join(box.read(blob))
    path.unlink()
    with pytest.raises(SealBroken, match="no longer there"):
        b"".join(box.read(blob))
    path.mkdir()
    with pytest.raises(VaultUnusable):
        b"".join(box.read(blob))


def test_a_row_that_names_another_digest_is_found(box: LocalVault) -> None:
    blob = box.write([b"original"], max_bytes=10)
    with pytest.raises(SealBroken, match="registered"):
        b"".join(box.read(replace(blob, sha256=bytes(32))))


def test_a_file_under_another_name_does_not_open(box: LocalVault) -> None:
    one, two = box.write([b"one"], max_bytes=10), box.write([b"two"], max_bytes=10)
    box.path_of(one.item_id).replace(box.path_of(two.item_id))
    with pytest.raises(SealBroken, match="another item"):
        b"".join(box.read(two))


def test_a_destroyed_key_opens_nothing(box: LocalVault) -> None:
    blob = box.write([b"one"], max_bytes=10)
    with pytest.raises(ItemDestroyed):
        box.read(replace(blob, wrapped_key=b""))


def test_destroying_twice_is_destroying(box: LocalVault, tmp_path: Path) -> None:
    blob = box.write([b"one"], max_bytes=10)
    box.destroy(blob.item_id)
    box.destroy(blob.item_id)
    box.destroy(uuid4())
    assert files(tmp_path) == []


def test_destroying_that_fails_says_so(box: LocalVault) -> None:
    blob = box.write([b"one"], max_bytes=10)
    path = box.path_of(blob.item_id)
    path.unlink()
    path.mkdir()
    with pytest.raises(VaultUnusable):
        box.destroy(blob.item_id)


def test_the_self_check_passes_and_leaves_nothing(box: LocalVault, tmp_path: Path) -> None:
    box.self_check()
    assert files(tmp_path) == []


def test_the_self_check_refuses_a_vault_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("a file stands in the way")
    with pytest.raises(VaultUnusable):
        LocalVault(tmp_path / "vault", KEY).self_check()


def test_the_self_check_refuses_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(VaultUnusable, match="nearly full"):
        LocalVault(tmp_path / "vault", KEY, reserve_bytes=1 << 60).self_check()


def test_the_self_check_refuses_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "vault").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultUnusable, match="link"):
        LocalVault(tmp_path / "vault", KEY).self_check()


def test_the_self_check_refuses_a_vault_that_cannot_destroy(
    box: LocalVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalVault, "destroy", lambda *_: None)
    with pytest.raises(VaultUnusable, match="destroy"):
        box.self_check()


def test_strays_are_told_only_when_old(box: LocalVault, tmp_path: Path) -> None:
    blob = box.write([b"one"], max_bytes=10)
    aside = tmp_path / "vault" / "aside" / "half"
    aside.write_bytes(b"half-written")
    (box.path_of(blob.item_id).parent / "readme").write_bytes(b"not an item")
    assert list(box.stray_ids()) == []
    assert aside.exists()
    tomorrow = aside.stat().st_mtime + vault.LEFTOVER_AGE_SECONDS + 60
    assert list(box.stray_ids(now_seconds=tomorrow)) == [blob.item_id]
    assert not aside.exists()


def test_a_stray_that_vanishes_meanwhile_is_no_error(tmp_path: Path) -> None:
    assert vault._older(tmp_path / "gone", 0.0) is False


def test_the_instance_vault_lies_in_the_data_directory() -> None:
    vault.self_check()
    blob = vault.write([b"one"], max_bytes=10)
    assert b"".join(vault.read(blob)) == b"one"
    vault.destroy(blob.item_id)
    with pytest.raises(SealBroken):
        b"".join(vault.read(blob))


_KILLED = """
import sys
from pathlib import Path
from entente.apps.evidence.vault import LocalVault

def stream():
    while True:
        yield b"x" * (1 << 20)
        print("on the way", flush=True)

LocalVault(Path(sys.argv[1]), bytes(range(32)), reserve_bytes=0).write(stream(), max_bytes=1 << 40)
"""


def test_a_kill_in_the_middle_of_a_write_publishes_nothing(box: LocalVault, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path / "vault")], stdout=subprocess.PIPE, env=env
    )
    assert process.stdout is not None
    for _ in range(4):
        assert process.stdout.readline() == b"on the way\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    process.stdout.close()
    (left,) = files(tmp_path)
    assert left.parent.name == "aside"
    assert list(box.stray_ids(now_seconds=left.stat().st_mtime + vault.LEFTOVER_AGE_SECONDS + 60)) == []
    assert files(tmp_path) == []
