"""Uploads on their way in: small ones stay in memory, larger ones lie sealed on the disk, never in plain text.

What people and platforms send may be the very content that the vault seals. So a file that is too large for memory is
written under a key that exists in this process only, into a file without a name: when the request ends, however it
ends, both are gone, and what a killed process leaves behind is freed by the system and unreadable.
"""

import errno
import io
import os
import secrets
import tempfile
from collections.abc import Callable
from typing import IO, Any, Final, cast

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _
from typing_extensions import override

from entente.apps.cases import queries as cases
from entente.apps.evidence.errors import VaultFull
from entente.apps.evidence.vault import RESERVE_BYTES
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import DomainError, TooLarge
from entente.apps.parties.permissions import is_allowed

CHUNK_BYTES: Final = 64 * 1024
"""Plain bytes sealed together; as many are held in memory, so a hundred small files in one form stay small."""

_TAG_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_ROOM_CHECK_CHUNKS: Final = 256
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_PUSHES: Final = "/api/v1/snapshots/"
_HMA: Final = "/hma/"
"""Its views read a form only when the token may send one."""
_COPY_DOORS: Final[dict[str, Callable[[HttpRequest, dict[str, Any]], bool]]] = {
    "console:copy_upload": lambda request, _named: is_allowed(request.user, "content.bring"),
    "public:confirm_copy": lambda _request, named: cases.action_by_token(named["token"]) is not None,
}
"""Routes through which a person brings a copy -> whether this visitor may: a form is read before its view is asked."""


class SealedFile(io.RawIOBase):
    """A temporary file whose bytes on the disk only this object can read: written once to its end, then read.

    What went wrong on the way in is raised at its end, to whoever reads it: before that nobody can answer for it.
    """

    trouble: DomainError | None = None

    def __init__(self) -> None:
        """Make a file without a name in the data directory, and a key that is kept nowhere."""
        super().__init__()
        self._disk = tempfile.TemporaryFile(dir=config().data_dir / "tmp", buffering=0)  # noqa: SIM115 - closed in close
        self._cipher = AESGCM(secrets.token_bytes(32))
        self._tail = bytearray()
        self._sealed = 0
        self._position = 0
        self._opened: tuple[int, bytes] = (-1, b"")

    @override
    def readable(self) -> bool:
        """Say yes."""
        return True

    @override
    def seekable(self) -> bool:
        """Say yes: a form reads its file from the start."""
        return True

    @override
    def writable(self) -> bool:
        """Say yes, at the end only."""
        return True

    @override
    def write(self, data: Any) -> int:
        """Append. Raises VaultFull when the disk has no room left beside the database."""
        self._tail += data
        while len(self._tail) >= CHUNK_BYTES:
            self._seal(bytes(self._tail[:CHUNK_BYTES]))
            del self._tail[:CHUNK_BYTES]
        return len(data)

    def _seal(self, plain: bytes) -> None:
        try:
            if self._sealed % _ROOM_CHECK_CHUNKS == 0:
                self._keep_room()
            self._disk.seek(self._sealed * (CHUNK_BYTES + _TAG_BYTES))
            rest = memoryview(self._cipher.encrypt(_nonce(self._sealed), plain, None))
            while rest:
                rest = rest[self._disk.write(rest) :]
        except OSError as error:
            if error.errno in _FULL:
                raise VaultFull(
                    _("The disk is full. Make room, then retry; nothing half-written stays.")
                ) from error
            raise
        self._sealed += 1

    def _keep_room(self) -> None:
        room = os.fstatvfs(self._disk.fileno())
        if room.f_bavail * room.f_frsize < RESERVE_BYTES:
            raise VaultFull(
                _(
                    "The disk is nearly full; the rest is kept for orders and decisions. Make room, then retry."
                )
            )

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place to read from."""
        size = self._sealed * CHUNK_BYTES + len(self._tail)
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: size}[whence]
        self._position = max(0, start + offset)
        return self._position

    @override
    def readinto(self, buffer: Any, /) -> int:
        """Read what one sealed chunk has at this place; nothing is the end."""
        number, start = divmod(self._position, CHUNK_BYTES)
        piece = self._chunk(number)[start : start + len(buffer)]
        if not piece and self.trouble is not None:
            raise self.trouble
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _chunk(self, number: int) -> bytes:
        if number >= self._sealed:
            return bytes(self._tail) if number == self._sealed else b""
        if self._opened[0] != number:
            self._disk.seek(number * (CHUNK_BYTES + _TAG_BYTES))
            sealed = self._disk.read(CHUNK_BYTES + _TAG_BYTES)
            self._opened = number, self._cipher.decrypt(_nonce(number), sealed, None)
        return self._opened[1]

    @override
    def close(self) -> None:
        """Let the file and what memory holds of it go."""
        self._disk.close()
        self._tail.clear()
        self._opened = (-1, b"")
        super().close()


def _nonce(number: int) -> bytes:
    """Return the nonce of a chunk; the key is one file's, so counting suffices."""
    return number.to_bytes(_NONCE_BYTES, "big")


def _may_carry_a_copy(request: HttpRequest) -> bool:
    if request.path_info.startswith(_PUSHES):
        return True
    found = request.resolver_match
    door = _COPY_DOORS.get(found.view_name) if found is not None else None
    return found is not None and door is not None and door(request, found.kwargs)


def _most_bytes(request: HttpRequest | None) -> int:
    """Return how many bytes the files of a form may have together."""
    limits = config().limits
    if request is not None and request.path_info.startswith(_HMA):
        return config().matching.hma_file_bytes
    is_copy = request is not None and _may_carry_a_copy(request)
    return limits.snapshot_bytes if is_copy else limits.upload_bytes


class SealedUploadHandler(FileUploadHandler):
    """Keeps what does not fit into memory in a `SealedFile`, up to what this request may carry."""

    limit = left = 0
    sealed: SealedFile
    file: "UploadedFile[bytes]"

    @override
    def handle_raw_input(self, *given: Any, **more: Any) -> None:
        """Count anew: what carries a copy may be as large as a copy, any other form as large as a form."""
        self.limit = _most_bytes(self.request)
        # A little more than the limit, so that whoever reads the file sees by itself that it is too large.
        self.left = self.limit + CHUNK_BYTES

    @override
    def new_file(self, *given: Any, **more: Any) -> None:
        """Begin a file."""
        super().new_file(*given, **more)
        self.sealed = SealedFile()
        self.file = UploadedFile(
            cast("IO[bytes]", self.sealed),
            self.file_name,
            self.content_type,
            0,
            self.charset,
            self.content_type_extra,
        )

    @override
    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seal the next bytes; after something went wrong, let them pass unkept."""
        self.left -= len(raw_data)
        if self.sealed.trouble is not None:
            return
        try:
            if self.left < 0:
                text = _("The files may have %(limit)s bytes together.") % {"limit": self.limit}
                raise TooLarge(text, limit=self.limit)
            self.sealed.write(raw_data)
        except DomainError as error:
            self.sealed.trouble = error

    @override
    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        """Hand the file over, ready to be read."""
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    @override
    def upload_interrupted(self) -> None:
        """Let an unfinished file go."""
        if hasattr(self, "file"):
            self.file.close()
