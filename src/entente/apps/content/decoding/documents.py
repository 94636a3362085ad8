"""PDF: a still of the first page and the beginning of its text. Scripts and forms are never run. Confined."""

import math
from typing import IO

import pypdfium2

from entente.apps.content.decoding import pictures
from entente.apps.content.decoding.limits import EXCERPT_CHARACTERS, LONGEST_SIDE_PIXELS
from entente.apps.content.decoding.results import Decoded

_TYPE = "application/pdf"
_LAST_CODE = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)
_LARGEST_PAGE_POINTS = 1_000_000.0  # 350 m; PDF itself allows 200 inches, times a unit of its own


def prepare() -> None:
    """Draw one empty page, which loads all that drawing needs."""
    pictures.prepare()
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(10, 10)
    page.get_textpage().count_chars()
    page.render(scale=1.0, may_draw_forms=False).to_pil()
    document.close()


def decode_document(source: IO[bytes]) -> Decoded:
    """Return a still of the first page; `frames` is the number of pages, sizes are in points."""
    try:
        document = pypdfium2.PdfDocument(source.read())
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            return Decoded("unsupported", _TYPE, notes=("encrypted",))
        return Decoded("damaged", _TYPE)
    try:
        return _first_page(document)
    except (pypdfium2.PdfiumError, ValueError, OverflowError):
        return Decoded("damaged", _TYPE)
    finally:
        document.close()


def _first_page(document: pypdfium2.PdfDocument) -> Decoded:
    pages = len(document)
    if pages == 0:
        return Decoded("damaged", _TYPE)
    page = document[0]
    width, height = page.get_size()
    if not (math.isfinite(width) and math.isfinite(height)) or min(width, height) <= 0:
        return Decoded("damaged", _TYPE, frames=pages)
    if max(width, height) > _LARGEST_PAGE_POINTS:
        return Decoded("too_large", _TYPE, round(width), round(height), pages)
    excerpt = _text(page)
    scale = LONGEST_SIDE_PIXELS / max(width, height)
    picture = page.render(scale=scale, may_draw_forms=False).to_pil()
    notes = ("first_page_only",) if pages > 1 else ()
    facts = Decoded(
        "ok",
        _TYPE,
        round(width),
        round(height),
        pages,
        text_excerpt=excerpt,
        notes=notes,
    )
    return pictures.stills(picture, facts)


def _text(page: pypdfium2.PdfPage) -> str:
    """Return the first characters, asked for one by one: the library's own range search recurses on odd pages."""
    textpage = page.get_textpage()
    count = min(textpage.count_chars(), EXCERPT_CHARACTERS)
    codes = (pypdfium2.raw.FPDFText_GetUnicode(textpage, index) for index in range(count))
    return "".join(chr(code) for code in codes if 0 < code <= _LAST_CODE and code not in _SURROGATES)
