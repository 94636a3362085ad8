"""One job from its first bytes to its answer: what the file is, its digests, then what can be made of it. Confined."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from entente.apps.content.decoding import sniffing
from entente.apps.content.hashing.confined import documents, images, texts, videos
from entente.apps.content.hashing.confined.source import Incomplete, Source
from entente.apps.content.hashing.limits import DOCUMENT_BYTES, IMAGE_BYTES, TEXT_BYTES
from entente.apps.content.hashing.results import (
    DIGESTS,
    OF_DOCUMENTS,
    OF_IMAGES,
    OF_TEXTS,
    OF_VIDEOS,
    Asked,
    Hashed,
)

_MARKUP: Final = frozenset({"text/html", "image/svg+xml", "application/xml"})


class Kind(Enum):
    """What a file is decoded as: what can be made of it, and how many bytes it may have for that."""

    PICTURE = (OF_IMAGES, IMAGE_BYTES)
    VIDEO = (OF_VIDEOS, None)
    DOCUMENT = (OF_DOCUMENTS, DOCUMENT_BYTES)
    TEXT = (OF_TEXTS, TEXT_BYTES)
    OTHER = (frozenset[str](), None)


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of the time of a job its decoder may plan with; the rest is for what cannot be planned."""

    document_seconds: float
    video_seconds: float


def make(source: Source, asked: Asked, begun: Callable[[Hashed], None], shares: Shares) -> Hashed:
    """Return the answer to a job; `begun` is told what is known before anything is decoded."""
    known = Hashed("ok")
    try:
        media_type = sniffing.sniff(source.head()).strip() if source.size_bytes else sniffing.UNKNOWN
        digests = source.digests() if asked.wanted & DIGESTS else {}
        signals = {name: found for name, found in digests.items() if name in asked.wanted}
        known = Hashed("ok", signals, None, media_type)
        if asked.wanted <= DIGESTS:
            return known
        begun(known)
        made = _made(source, asked, media_type, shares)
    except Incomplete:
        return Hashed("not_decodable", message="The file was cut while it was read.")
    except MemoryError:
        return replace(known, outcome="memory")
    return replace(made, signals={**known.signals, **made.signals}, sniffed_type=media_type)


def kind_of(media_type: str, asked: Asked) -> Kind:
    """Return what a file of this sniffed type is decoded as; only a text may be one because somebody says so."""
    if asked.as_text or media_type == "text/plain":
        return Kind.TEXT
    if asked.declared_text and (media_type in _MARKUP or media_type == sniffing.UNKNOWN):
        return Kind.TEXT
    if media_type in sniffing.DECODED_IMAGES:
        return Kind.PICTURE
    if media_type in sniffing.DECODED_MEDIA:
        return Kind.VIDEO
    return Kind.DOCUMENT if media_type == "application/pdf" else Kind.OTHER


def _made(source: Source, asked: Asked, media_type: str, shares: Shares) -> Hashed:
    """Decode, if anything that is asked for can be made of such content."""
    kind = kind_of(media_type, asked)
    makable, most_bytes = kind.value
    if not source.size_bytes and kind is Kind.OTHER:
        return Hashed("not_decodable", message="The file is empty.")
    if not (wanted := asked.of(makable)):
        return Hashed("unsupported", notes=("markup_not_rendered",) if media_type in _MARKUP else ())
    if most_bytes is not None and source.size_bytes > most_bytes:
        return Hashed("too_large", message=f"A file of {media_type} is decoded up to {most_bytes} bytes.")
    return _decoded(kind, source, wanted, shares)


def _decoded(kind: Kind, source: Source, wanted: frozenset[str], shares: Shares) -> Hashed:
    if kind is Kind.VIDEO:
        return videos.hash_clip(source, wanted, cpu_seconds=shares.video_seconds / len(wanted))
    if kind is Kind.DOCUMENT:
        return documents.hash_document(source.content(), wanted, cpu_seconds=shares.document_seconds)
    if kind is Kind.TEXT:
        return texts.hash_text(source.content(), wanted)
    return images.hash_picture(source.content(), wanted)
