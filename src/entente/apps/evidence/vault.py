"""Where sealed items lie on the local disk, and the only code that writes, reads or destroys them there.

Never called inside a database transaction. An item becomes visible under its name only when it is whole,
verified and durable (write aside, fsync, read back, rename, fsync of the folder), so that a power cut or a
full disk leaves either the item or nothing. A file without a row has no key anywhere and is unreadable; a
later sweep removes it.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.evidence import sealing
from entente.apps.evidence.errors import (
    CopyTooLarge,
    ItemDestroyed,
    SealBroken,
    VaultFull,
    VaultUnusable,
)
from entente.apps.kernel import keys
from entente.apps.kernel.config import config
from entente.apps.kernel.ids import new_id

RESERVE_BYTES: Final = 128 * 1024 * 1024
"""Room the vault leaves on the disk: the database beside it must always be able to take the next order."""

LEFTOVER_AGE_SECONDS: Final = 24 * 3600
"""How old an unfinished or unowned file must be before a sweep takes it: no write lasts that long."""

Bytes = bytes | memoryview
"""What a database hands back for a binary column."""

_ITEM_NAME: Final = re.compile(r"[0-9a-f]{32}")
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_RESERVE_CHECK_CHUNKS: Final = 16  # the free room is asked for every 16 MiB, not for every chunk


@dataclass(frozen=True, slots=True)
class SealedBlob:
    """What was written: register it with `services.register_item`, or destroy it."""

    item_id: UUID
    sha256: bytes
    size_bytes: int
    wrapped_key: bytes


class SealedItem(Protocol):
    """What reading needs to know of an item; the model has it, and so has a `SealedBlob`."""

    @property
    def item_id(self) -> UUID:
        """The item's identifier, which is also the name of its file."""
        ...

    @property
    def wrapped_key(self) -> Bytes:
        """The item's key under the vault key; empty once destroyed."""
        ...

    @property
    def sha256(self) -> Bytes:
        """Digest of the plaintext."""
        ...


class LocalVault:
    """Sealed files under one folder, spread over 65,536 subfolders by the end of their identifier."""

    def __init__(self, root: Path, key: bytes, *, reserve_bytes: int = RESERVE_BYTES) -> None:
        """Use `root`, sealing under `key`; leave `reserve_bytes` of the disk free."""
        self._root = root
        self._key = key
        self._reserve_bytes = reserve_bytes

    def path_of(self, item_id: UUID) -> Path:
        """Return where the item lies; the random end of a UUIDv7 spreads evenly, its start would not."""
        name = item_id.hex
        return self._root / name[-2:] / name[-4:-2] / name

    def write(self, chunks: Iterable[bytes], *, max_bytes: int) -> SealedBlob:
        """Seal a stream of at most `max_bytes`; return only when it is durable and was read back.

        Raises CopyTooLarge, VaultFull, VaultUnusable, and whatever `chunks` raises; after any of them
        nothing is left behind.
        """
        item_id = new_id()
        item_key = sealing.new_item_key()
        counted = _Counted(chunks, max_bytes)
        aside = self._aside_path()
        target = self.path_of(item_id)
        try:
            self._write_aside(aside, sealing.seal(counted, item_key=item_key, item_id=item_id))
            with _disk_errors():
                self._read_back(aside, item_key, item_id, counted.sha256.digest())
                _publish(aside, target, self._root)
        except BaseException:
            for path in (aside, target):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
            raise
        wrapped = sealing.wrap_key(vault_key=self._key, item_key=item_key, item_id=item_id)
        return SealedBlob(item_id, counted.sha256.digest(), counted.size_bytes, wrapped)

    def read(self, item: SealedItem) -> Iterator[bytes]:
        """Yield the plaintext, each chunk verified first, the digest at the end.

        Raises ItemDestroyed, SealBroken, VaultUnusable - the first two before anything is yielded where
        they can be known.
        """
        if not item.wrapped_key:
            raise ItemDestroyed(_("The key of this item was destroyed."), item_id=str(item.item_id))
        item_key = sealing.unwrap_key(
            vault_key=self._key, wrapped=bytes(item.wrapped_key), item_id=item.item_id
        )
        return self._unsealed(item, item_key)

    def _unsealed(self, item: SealedItem, item_key: bytes) -> Iterator[bytes]:
        digest = hashlib.sha256()
        try:
            with self.path_of(item.item_id).open("rb") as source:
                for chunk in sealing.unseal(source, item_key=item_key, item_id=item.item_id):
                    digest.update(chunk)
                    yield chunk
        except FileNotFoundError:
            raise SealBroken(_("The sealed copy is no longer there."), item_id=str(item.item_id)) from None
        except OSError as error:
            raise VaultUnusable(
                _("The evidence vault cannot be read: %(why)s.") % {"why": error.strerror}
            ) from error
        if digest.digest() != bytes(item.sha256):
            raise SealBroken(_("The copy is not the one that was registered."), item_id=str(item.item_id))

    def destroy(self, item_id: UUID) -> None:
        """Remove the item's file durably; that it is already gone is success. Raises VaultUnusable.

        The key is destroyed by the caller before, in the database: the file alone tells nothing.
        """
        path = self.path_of(item_id)
        with _disk_errors():
            try:
                path.unlink()
            except FileNotFoundError:
                return
            _sync_folder(path.parent)

    def self_check(self) -> None:
        """Write, read back and destroy a small item. Raises VaultUnusable: the service must not start."""
        if self._root.is_symlink():
            raise VaultUnusable(f"{self._root} is a link; the vault must be a folder of its own.")
        probe = secrets.token_bytes(64)
        try:
            blob = self.write([probe], max_bytes=len(probe))
            whole = b"".join(self.read(blob))
            self.destroy(blob.item_id)
        except (VaultFull, SealBroken) as error:
            raise VaultUnusable(f"The evidence vault at {self._root} failed its check: {error}") from error
        if whole != probe or self.path_of(blob.item_id).exists():
            raise VaultUnusable(
                f"The evidence vault at {self._root} does not keep or destroy what it should."
            )

    def stray_ids(self, *, now_seconds: float | None = None) -> Iterator[UUID]:
        """Yield the identifiers of files old enough to have been registered, and drop old unfinished ones.

        The caller compares with its rows: a file whose row was never committed has no key left.
        """
        latest = (time.time() if now_seconds is None else now_seconds) - LEFTOVER_AGE_SECONDS
        for path in sorted(self._root.glob("aside/*")):
            if _older(path, latest):
                path.unlink(missing_ok=True)
        for path in self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if _ITEM_NAME.fullmatch(path.name) and _older(path, latest):
                yield UUID(hex=path.name)

    def _aside_path(self) -> Path:
        return self._root / "aside" / secrets.token_hex(16)

    def _write_aside(self, path: Path, sealed: Iterable[bytes]) -> None:
        with _disk_errors():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            for number, chunk in enumerate(sealed):  # an error of the caller's stream passes unchanged
                with _disk_errors():
                    if number % _RESERVE_CHECK_CHUNKS == 0:
                        self._keep_reserve(handle)
                    _write_all(handle, chunk)
            with _disk_errors():
                os.fsync(handle)
                # What was just written is dropped from memory, so that reading it back asks the disk.
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)

    def _keep_reserve(self, handle: int) -> None:
        room = os.fstatvfs(handle)
        if room.f_bavail * room.f_frsize < self._reserve_bytes:
            raise VaultFull(
                _(
                    "The disk is nearly full; the rest is kept for orders and decisions. Make room, then retry."
                )
            )

    @staticmethod
    def _read_back(path: Path, item_key: bytes, item_id: UUID, expected: bytes) -> None:
        digest = hashlib.sha256()
        with path.open("rb") as source:
            for chunk in sealing.unseal(source, item_key=item_key, item_id=item_id):
                digest.update(chunk)
        if digest.digest() != expected:
            raise SealBroken(_("The disk did not keep what was written to it."), item_id=str(item_id))


class _Counted:
    """A stream on its way into the vault: counted, digested, bounded."""

    def __init__(self, chunks: Iterable[bytes], max_bytes: int) -> None:
        self._chunks = chunks
        self._max_bytes = max_bytes
        self.size_bytes = 0
        self.sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size_bytes += len(chunk)
            if self.size_bytes > self._max_bytes:
                raise CopyTooLarge(
                    _("The copy is larger than %(limit)s bytes.") % {"limit": self._max_bytes},
                    limit_bytes=self._max_bytes,
                )
            self.sha256.update(chunk)
            yield chunk


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    """Tell a full disk from a broken one, in our words."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise VaultFull(
                _("The disk is full. Make room, then retry; nothing half-written stays.")
            ) from error
        raise VaultUnusable(
            _("The evidence vault cannot be used: %(why)s.") % {"why": error.strerror or error}
        ) from error


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _publish(aside: Path, target: Path, root: Path) -> None:
    """Rename durably: new folders and the new name are on the disk before this returns."""
    made = not target.parent.exists()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside.rename(target)
    _sync_folder(target.parent)
    if made:
        _sync_folder(target.parent.parent)
        _sync_folder(root)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _older(path: Path, latest: float) -> bool:
    try:
        return path.stat().st_mtime < latest
    except FileNotFoundError:
        return False


@lru_cache(maxsize=2)
def _vault(root: Path) -> LocalVault:
    return LocalVault(root, keys.vault_key())


def instance() -> LocalVault:
    """Return the vault of this instance, at `<data>/vault`."""
    return _vault(config().data_dir / "vault")


def write(chunks: Iterable[bytes], *, max_bytes: int) -> SealedBlob:
    """Seal a stream into this instance's vault; see `LocalVault.write`."""
    return instance().write(chunks, max_bytes=max_bytes)


def read(item: SealedItem) -> Iterator[bytes]:
    """Read an item of this instance's vault; see `LocalVault.read`."""
    return instance().read(item)


def destroy(item_id: UUID) -> None:
    """Remove an item's file from this instance's vault; see `LocalVault.destroy`."""
    instance().destroy(item_id)


def self_check() -> None:
    """Prove at start that the vault can write, read and destroy. Raises VaultUnusable."""
    instance().self_check()
