"""What a file is, by its bytes; what it was declared to be is only compared, never believed.

Own magic first, because what gets decoded depends on it; puremagic only names what is not decoded anyway.
"""

from typing import Final

import puremagic

UNKNOWN: Final = "application/octet-stream"
HEAD_BYTES: Final = 64 * 1024

_PREFIXES: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"FLV\x01", "video/x-flv"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x7fELF", "application/x-executable"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}
_BRANDS: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"msf1": "image/heic",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_MARKUP: Final = (
    (b"<svg", "image/svg+xml"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<head", "text/html"),
    (b"<body", "text/html"),
    (b"<script", "text/html"),
    (b"<iframe", "text/html"),
    (b"<?xml", "application/xml"),
)
_SAME: Final = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-m4a": "audio/mp4",
    "video/x-m4v": "video/mp4",
    "video/3gpp": "video/mp4",
    "video/avi": "video/x-msvideo",
    "video/x-ms-wmv": "video/x-ms-asf",
    "application/x-gzip": "application/gzip",
    "application/x-pdf": "application/pdf",
    "text/xml": "application/xml",
}
_TS_PACKET: Final = 188
_MOST_CONTROLS: Final = 0.02


def sniff(head: bytes) -> str:
    """Return the media type that the first bytes of a file show; `application/octet-stream` for none."""
    for prefix, media_type in _PREFIXES:
        if head.startswith(prefix):
            return media_type
    return _container(head) or _text(head) or _named(head)


def is_mislabelled(declared: str, sniffed: str) -> bool:
    """Say whether a declared media type claims something else than the bytes show."""
    claim = declared.partition(";")[0].strip().lower()
    claim = _SAME.get(claim, claim)
    if claim in {"", UNKNOWN, sniffed} or sniffed == UNKNOWN:
        return False
    if sniffed == "text/plain":
        return not (claim.startswith("text/") or claim in {"application/json", "application/xml"})
    if {claim, sniffed} <= {"application/ogg", "audio/ogg", "video/ogg"}:
        return False
    if {claim, sniffed} <= {"video/mp4", "video/quicktime", "audio/mp4"}:
        return False
    # Office documents are ZIP files, and say so by their inside, which is never opened here.
    return not (sniffed == "application/zip" and claim.startswith("application/"))


def _container(head: bytes) -> str | None:
    """Recognise what is told by more than its first bytes."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    for holds, media_type in (
        (head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64], "video/webm"),
        (head[:4] == b"\x1a\x45\xdf\xa3", "video/x-matroska"),
        (head[:4] == b"OggS" and b"theora" in head[:512], "video/ogg"),
        (head[:4] == b"OggS", "audio/ogg"),
        (head[:2] == b"BM" and head[6:10] == b"\x00\x00\x00\x00", "image/bmp"),
        (head[: 2 * _TS_PACKET + 1 : _TS_PACKET] == b"GGG", "video/mp2t"),
        # MPEG audio, layer III: eleven set bits, any version, the layer
        (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE6 == 0xE2, "audio/mpeg"),  # noqa: PLR2004
    ):
        if holds:
            return media_type
    return None


def _text(head: bytes) -> str | None:
    text = decoded_text(head)
    if text is None:
        return None
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1024].lower()
    for mark, media_type in _MARKUP[:1]:
        if mark in start and start.startswith(b"<"):
            return media_type
    for mark, media_type in _MARKUP[1:]:
        if start.startswith(mark):
            return media_type
    return "text/plain"


def decoded_text(data: bytes) -> str | None:
    """Return `data` as text when it is one (UTF-8, or UTF-16 with its mark), else None."""
    if not data:
        return None
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = data.decode("utf-16", errors="replace")
    else:
        text = data.decode("utf-8", errors="replace")
    # A cut inside the last character is no fault of the text.
    odd = sum(1 for c in text[:-3] if c == "\ufffd" or (c < " " and c not in "\t\n\r\f"))
    return text if odd <= _MOST_CONTROLS * len(text) else None


def _named(head: bytes) -> str:
    try:
        found = puremagic.from_string(head[:8192], mime=True)
    except (puremagic.PureError, ValueError, IndexError):
        return UNKNOWN
    named = str(found or UNKNOWN)
    # A name from this list never leads to decoding: what is decoded was recognised above.
    return UNKNOWN if named in DECODED else named


DECODED_IMAGES: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}
"""Media type -> the one Pillow reader that may open it."""

DECODED_MEDIA: Final = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "audio/mp4": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
    "video/mp2t": "mpegts",
    "video/ogg": "ogg",
    "audio/ogg": "ogg",
    "video/x-ms-asf": "asf",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/flac": "flac",
}
"""Media type -> the one FFmpeg demuxer that may open it; playlists, which open other addresses, are none."""

DECODED: Final = frozenset({*DECODED_IMAGES, *DECODED_MEDIA, "application/pdf", "text/plain"})
