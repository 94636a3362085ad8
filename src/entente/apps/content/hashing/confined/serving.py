"""A worker: limits itself, gives up the right to open anything, then takes one job after the other.

It has two descriptors: a socket to the pool, and the memory (or the one file) that the pool lets it read. Whatever
goes wrong with a file is an answer, or a death that the pool names.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from entente.apps.content.decoding import confinement
from entente.apps.content.decoding import limits as decoding_limits
from entente.apps.content.hashing import frames
from entente.apps.content.hashing.confined.making import Shares, make
from entente.apps.content.hashing.confined.source import Source
from entente.apps.content.hashing.limits import SHARED_BYTES
from entente.apps.content.hashing.results import Hashed

_REQUEST_BYTES: Final = 64
"""More than a request has."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the nursery was started with, for each of its workers."""

    memory_bytes: int
    lifetime_cpu_seconds: int
    document_milliseconds: int
    video_milliseconds: int

    @property
    def shares(self) -> Shares:
        """Return the times that decoders plan with."""
        return Shares(self.document_milliseconds / 1000, self.video_milliseconds / 1000)


def confine(settings: Settings, *, parent: int) -> bool:
    """Give up all that a worker does not need; return whether the system-call filter is there as well."""
    limits = decoding_limits.Limits(
        memory_bytes=_address_space_bytes() + settings.memory_bytes,
        cpu_seconds=settings.lifetime_cpu_seconds,
    )
    confinement.limit_resources(limits)
    confinement.drop_privileges()
    if os.getppid() != parent:
        os._exit(1)  # it died before it could take us with it
    return confinement.filter_system_calls()


def serve(socket: int, content: int, settings: Settings, *, confined: bool) -> None:
    """Answer requests until the pool hangs up."""
    while head := _read(socket, frames.HEAD.size):
        (length,) = frames.HEAD.unpack(head)
        if length > _REQUEST_BYTES:
            return
        request = frames.unpack_request(_read(socket, length))
        hashed = _hashed(socket, content, request, settings.shares)
        if not confined:
            hashed = replace(hashed, notes=(*hashed.notes, "unconfined"))
        _answer(socket, request, frames.Stage.DONE, hashed)


def _hashed(socket: int, content: int, request: frames.Request, shares: Shares) -> Hashed:
    source = Source(content, request.size_bytes, held_bytes=SHARED_BYTES)
    known = Hashed("crashed")

    def begun(hashed: Hashed) -> None:
        nonlocal known
        known = replace(hashed, outcome="crashed")
        _answer(socket, request, frames.Stage.BEGUN, known)

    try:
        return make(source, request.asked, begun, shares)
    except Exception as error:  # noqa: BLE001 - decoders fail in any way; the pool ends this process after it
        return replace(known, message=type(error).__name__)


def _answer(socket: int, request: frames.Request, stage: frames.Stage, hashed: Hashed) -> None:
    view = memoryview(frames.pack_answer(frames.Answer(request.number, stage, hashed)))
    while view:
        view = view[os.write(socket, view) :]


def _read(socket: int, count: int) -> bytes:
    """Return that many bytes; nothing when the other side has hung up."""
    piece = os.read(socket, count)
    while piece and len(piece) < count:
        more = os.read(socket, count - len(piece))
        if not more:
            return b""
        piece += more
    return piece


def _address_space_bytes() -> int:
    """Return what the libraries already have of it."""
    pages = Path("/proc/self/statm").read_bytes().split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
