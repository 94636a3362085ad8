"""PDF: the words of its pages, and PDQ of the pages as they are drawn. Scripts and forms are never run. Confined."""

import ctypes
import math
import time
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pypdfium2

from entente.apps.content.hashing.confined.texts import hash_words
from entente.apps.content.hashing.limits import (
    DOCUMENT_CHARACTERS,
    DOCUMENT_PAGES,
    PAGE_PIXELS,
)
from entente.apps.content.hashing.results import OF_TEXTS, PDQ, Hashed
from entente.core.signals import pdq

_LARGEST_PAGE_POINTS: Final = 1_000_000.0  # 350 m; PDF itself allows 200 inches, times a unit of its own
_SMALLEST_SIDE: Final = 5  # of what PDQ hashes


@dataclass(slots=True)
class _Read:
    """What was read of a document so far."""

    words: list[str] = field(default_factory=list)
    characters: int = 0
    pages: list[pdq.PdqHash] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)

    def note(self, note: str) -> None:
        self.notes[note] = None


def hash_document(content: bytes, wanted: frozenset[str], *, cpu_seconds: float) -> Hashed:
    """Return the signals of the text and of each page that shows enough; what took too long is left out and said."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            return Hashed("unsupported", notes=("encrypted",))
        return Hashed("not_decodable", message="pdfium cannot open it")
    try:
        if not len(document):
            return Hashed("not_decodable", message="a PDF without a page")
        read = _read(document, wanted, end=time.process_time() + cpu_seconds)
    finally:
        document.close()
    return _hashed(read, wanted)


def _read(document: pypdfium2.PdfDocument, wanted: frozenset[str], *, end: float) -> _Read:
    read = _Read()
    count = len(document)
    for number in range(count):
        draws = PDQ in wanted and number < DOCUMENT_PAGES
        reads = bool(wanted & OF_TEXTS) and read.characters < DOCUMENT_CHARACTERS
        if not (draws or reads) or time.process_time() > end:
            read.note("pages_left_out")
            break
        try:
            page = document[number]
            if reads:
                _read_words(page, read)
            if draws:
                _draw(page, read)
            page.close()
        except (pypdfium2.PdfiumError, ValueError, OverflowError):
            read.note("damaged")
    if PDQ in wanted and count > DOCUMENT_PAGES:
        read.note("pages_left_out")
    return read


def _read_words(page: pypdfium2.PdfPage, read: _Read) -> None:
    textpage = page.get_textpage()
    there = textpage.count_chars()
    count = min(there, DOCUMENT_CHARACTERS - read.characters)
    if count < there:
        read.note("text_cut")
    buffer = (ctypes.c_ushort * (count + 1))()
    pypdfium2.raw.FPDFText_GetText(textpage, 0, count, buffer)
    textpage.close()
    read.words.append(bytes(buffer)[: 2 * count].decode("utf-16-le", errors="replace").rstrip("\0"))
    read.characters += count


def _draw(page: pypdfium2.PdfPage, read: _Read) -> None:
    width, height = page.get_size()
    longest = max(width, height)
    if not math.isfinite(width + height) or min(width, height) <= 0 or longest > _LARGEST_PAGE_POINTS:
        read.note("page_of_no_size")
        return
    scale = PAGE_PIXELS / longest
    if min(width, height) * scale < _SMALLEST_SIDE:
        read.note("page_too_narrow")
        return
    drawn = page.render(scale=scale, may_draw_forms=False, grayscale=True).to_numpy()
    found = pdq.hash_pixels(np.ascontiguousarray(drawn.reshape(drawn.shape[:2])))
    if found.quality >= pdq.USABLE_QUALITY:
        read.pages.append(found)


def _hashed(read: _Read, wanted: frozenset[str]) -> Hashed:
    """Put the words and the pages together; a blank page says nothing, and is not among them."""
    found = Hashed("low_quality")
    if wanted & OF_TEXTS and read.characters:
        found = hash_words("\n".join(read.words), wanted)
    notes = tuple({**read.notes, **dict.fromkeys(found.notes)})
    if not read.pages:
        return replace(found, notes=notes)
    signals = {**found.signals, PDQ: [page.value for page in read.pages]}
    return replace(
        found, outcome="ok", signals=signals, quality=max(page.quality for page in read.pages), notes=notes
    )
