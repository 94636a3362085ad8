"""Files of /hma: sent in a form or fetched from an address, held in memory without a name, hashed by the confined pool."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError

from entente.api.hma.gate import Asked, NobodyKnows, RequestUnreadable
from entente.api.hma.names import CONTENT_TYPES, FROM_FILES, our_type, their_type
from entente.apps.content.hashing.results import MD5, PDQ, PDQ_DIHEDRAL, SHA256, VPDQ, VPDQ_DENSE, Hashed
from entente.apps.kernel import http
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import TooLarge
from entente.apps.matching import preparing

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import QueryDict
    from django.utils.datastructures import MultiValueDict

FOR_BANK: Final = {"pdq": PDQ, "video_md5": MD5, "vpdq": VPDQ_DENSE, "sha256": SHA256}
"""What a bank is given, and what a client is told: of a picture the one view, of a video a frame each second."""
FOR_QUERY: Final = {**FOR_BANK, "pdq": PDQ_DIHEDRAL, "vpdq": VPDQ}
"""What an index is asked with: all eight views of a picture, of a video its keyframes."""

_NOT_LOOKED_AT: Final = frozenset({"busy", "timeout", "memory", "crashed"})
_TOO_LARGE: Final = frozenset({"too_large", "image_too_large"})
_NOTHING_TO_COMPARE: Final = frozenset({"ok", "low_quality"})
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Made:
    """The signals of one file: their type here and their values, by the peer's name of the type."""

    signals: dict[str, tuple[str, list[bytes]]]


def made_of_request(asked: Asked, how: dict[str, str]) -> Made:
    """Return the signals of the one file of a form, or of the file at the address `url`, whichever was sent.

    Raises RequestUnreadable, TooLarge, NobodyKnows, FetchError.
    """
    if asked.text("url") and asked.request.content_type != "multipart/form-data":
        return made_of_address(asked, how)
    content_type, upload = _only_file(asked)
    with _held(upload.chunks()) as descriptor:
        return _made(descriptor, upload.content_type or "", _types(asked, content_type), how)


def made_of_address(asked: Asked, how: dict[str, str]) -> Made:
    """Return the signals of the file at the address `url`. Raises as `made_of_request`."""
    url = asked.text("url")
    if not url:
        raise RequestUnreadable("Name the `url`, or send a file.")
    content_type = asked.text("content_type")
    _known_content(content_type or "photo")
    with http.client().stream(url, max_bytes=config().matching.hma_file_bytes) as found:
        if found.status_code != _OK:
            raise RequestUnreadable(f"The address answered {found.status_code}.")
        content_type = content_type or _content_of(found.media_type)
        types = _types(asked, content_type)
        with _held(found.chunks()) as descriptor:
            return _made(descriptor, found.media_type, types, how)


def form_of(asked: Asked) -> "tuple[QueryDict, MultiValueDict[str, UploadedFile[bytes]]]":
    """Return the texts and the files of a form. Raises RequestUnreadable, RequestDataTooBig."""
    try:
        return asked.request.POST, asked.request.FILES
    except RequestDataTooBig:
        raise
    except (MultiPartParserError, SuspiciousOperation):
        raise RequestUnreadable("The form cannot be read.") from None


def _only_file(asked: Asked) -> tuple[str, "UploadedFile[bytes]"]:
    """Return the file of a form and its content type, which is the name of its field."""
    fields = [(name, file) for name, files in form_of(asked)[1].lists() for file in files]
    if len(fields) != 1:
        raise RequestUnreadable("Send exactly one file, in a field with the name of its content type.")
    name, file = fields[0]
    _known_content(str(name))
    return str(name), file


def _known_content(name: str) -> None:
    if name not in CONTENT_TYPES:
        raise RequestUnreadable(f"The content types are {', '.join(CONTENT_TYPES)}.")


def _content_of(media_type: str) -> str:
    kind = media_type.partition("/")[0]
    if kind not in {"image", "video"}:
        raise RequestUnreadable("The address holds neither a picture nor a video; name its `content_type`.")
    return "photo" if kind == "image" else "video"


def _types(asked: Asked, content_type: str) -> list[str]:
    """Return the types of signal that are wanted, by the peer's names."""
    wanted = [their_type(our_type(name)) for name in asked.listed("types") or CONTENT_TYPES[content_type]]
    if not FROM_FILES.issuperset(wanted):
        raise RequestUnreadable(f"Of a file these are made: {', '.join(sorted(FROM_FILES))}.")
    return list(dict.fromkeys(wanted))


@contextmanager
def _held(chunks: Iterable[bytes]) -> Iterator[int]:
    """Hold a file in memory without a name and give its descriptor. Raises TooLarge, RequestUnreadable if it is empty."""
    most, size = config().matching.hma_file_bytes, 0
    descriptor = os.memfd_create("entente-hma", os.MFD_CLOEXEC)
    try:
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise TooLarge(f"A file may have {most:,} bytes.", limit=most)
            rest = memoryview(chunk)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        if not size:
            raise RequestUnreadable("The file is empty.")
        yield descriptor
    finally:
        os.close(descriptor)


def _made(descriptor: int, declared_type: str, types: list[str], how: dict[str, str]) -> Made:
    wanted = {name: how[name] for name in types}
    hashed = preparing.pool().hash(descriptor, wanted=frozenset(wanted.values()), declared_type=declared_type)
    signals = {
        name: (our_type(name), values) for name, made in wanted.items() if (values := _usable(hashed, made))
    }
    if len(signals) < len(wanted):
        _refuse(hashed, has_some=bool(signals))
    return Made(signals)


def _usable(hashed: Hashed, made: str) -> list[bytes]:
    """Return the values of one kind; a picture that shows too little has none that could be compared."""
    is_plain = made in {PDQ, PDQ_DIHEDRAL} and (hashed.quality or 0) < preparing.USABLE_QUALITY
    return [] if is_plain else list(dict.fromkeys(hashed.signals.get(made, [])))


def _refuse(hashed: Hashed, *, has_some: bool) -> None:
    """Raise why there is less than was asked for, unless that is all there is to say of this file."""
    if hashed.outcome in _NOT_LOOKED_AT:
        raise NobodyKnows(f"The file could not be looked at ({hashed.outcome}).")
    if has_some or hashed.outcome in _NOTHING_TO_COMPARE:
        return
    if hashed.outcome in _TOO_LARGE:
        raise TooLarge(hashed.message or "The file is too large.")
    raise RequestUnreadable(f"No signal can be made of this file ({hashed.outcome}).")
