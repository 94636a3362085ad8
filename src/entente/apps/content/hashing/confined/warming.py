"""Doing everything once on harmless input, so that a worker finds all of it in memory: it can open no file any more.

Libraries load parts of themselves when they are first used, and kernels are compiled, or read from numba's cache, for
each kind of array they meet. So the nursery hashes a picture of every kind, a clip, a document and a text, by the very
functions the workers use.
"""

import importlib
import io
import os
import pkgutil
import warnings
from collections.abc import Iterator
from typing import Any, Final

import av
from PIL import AvifImagePlugin, Image

from entente.apps.content.decoding import sniffing
from entente.apps.content.hashing.confined import documents, images, texts, videos
from entente.apps.content.hashing.confined.source import Source
from entente.apps.content.hashing.results import OF_DOCUMENTS, OF_IMAGES, OF_TEXTS, OF_VIDEOS, Hashed
from entente.core.signals import pdq

_PICTURES: Final = {
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "GIF": ("P",),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("L", "RGB"),
    "TIFF": ("L", "RGB", "CMYK", "I;16", "F"),
    "AVIF": ("RGB",),
}
_SIDE: Final = 96
_SIDES: Final = (_SIDE, 1024)
"""Small and large pictures go other ways."""
_WORDS: Final = "One line of harmless words, long enough for every kind of signal that a text can have."
_SCRIPTS: Final = "Caf\u00e9 e\u0301 \u041c\u0438\u0440 \u0633\u0644\u0627\u0645 \ud55c\uae00 \u4e16\u754c \uff76\uff9e p\u200be\u200ba c e \U0001d5c9"
_SECONDS: Final = 60.0


class Cold(Exception):
    """Something that must work before the first file does not."""


def warm_up() -> None:
    """Load and run all that a worker may need. Raises Cold, SignalError, ImportError."""
    warnings.simplefilter("ignore")
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # threads are not permitted to a worker
    Image.init()
    _import_all_of_av()
    videos.prepare()
    for sample in _pictures():
        sniffing.sniff(sample)
        pdq.dihedral_hashes(sample)  # not by `images`, which would keep the cause of a failure to itself
    sniffing.sniff(bytes(100))
    _demand(images.hash_picture(_written(Image.new("L", (_SIDE, _SIDE)), "PNG"), OF_IMAGES))
    for words in (_WORDS.encode(), _SCRIPTS.encode(), _WORDS.encode("utf-16"), b"\xff" + _WORDS.encode()):
        _demand(texts.hash_text(words, OF_TEXTS))
    _demand(documents.hash_document(_document(), OF_DOCUMENTS, cpu_seconds=_SECONDS))
    for layout in ("yuv420p", "bgr0"):
        _demand(_hashed_clip(_clip(layout)))


def _demand(found: Hashed) -> None:
    if found.outcome not in {"ok", "low_quality"}:
        raise Cold(f"a harmless sample was {found.outcome}: {found.message}")


def _import_all_of_av() -> None:
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith((".__main__", ".datasets")):
            importlib.import_module(module.name)


def _pictures() -> Iterator[bytes]:
    for side in _SIDES:
        gradient = Image.linear_gradient("L").resize((side, side))
        for kind, modes in _PICTURES.items():
            for mode in modes:
                yield _written(gradient.convert(mode), kind)
        yield _written(gradient, "PNG", interlace=1)


def _written(picture: Image.Image, kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _document() -> bytes:
    """Return a PDF of one page with a line of text, written without a table: pdfium finds the objects itself."""
    line = f"BT /F 9 Tf 4 40 Td ({_WORDS}) Tj ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_SIDE} {_SIDE}] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(line)} >>\nstream\n{line}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Font << /F 5 0 R >> >>",
    )
    body = "".join(f"{number} 0 obj\n{written}\nendobj\n" for number, written in enumerate(objects, 1))
    return f"%PDF-1.7\n{body}trailer\n<< /Size 7 /Root 1 0 R >>\n%%EOF\n".encode()


def _clip(layout: str) -> bytes:
    """Return a clip of two pictures: with luma as its first plane, or in colours that must be converted."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="avi") as output:
        stream: Any = output.add_stream("ffv1", rate=1)
        stream.width = stream.height = _SIDE
        stream.pix_fmt = layout
        picture: Any = av.VideoFrame(_SIDE, _SIDE, "rgb24")
        for time in range(2):
            frame = picture.reformat(format=layout)
            frame.pts = time
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def _hashed_clip(clip: bytes) -> Hashed:
    descriptor = os.memfd_create("entente-warming", os.MFD_CLOEXEC)
    try:
        os.pwrite(descriptor, clip, 0)
        source = Source(descriptor, len(clip), held_bytes=len(clip))
        return videos.hash_clip(source, OF_VIDEOS, cpu_seconds=_SECONDS)
    finally:
        os.close(descriptor)
