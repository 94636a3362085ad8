"""HTML to PDF with WeasyPrint, imported on first use; without Pango the buttons say so and everything else works.

Nothing is fetched: a document is one template, one style sheet of ours and the system's fonts.
"""

import ctypes
import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from entente.apps.kernel.config import config
from entente.apps.kernel.errors import Unavailable

APT_LINE: Final = "apt install libpango-1.0-0 libpangoft2-1.0-0"
_LIBRARIES: Final = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0")
_STYLE: Final = Path(__file__).resolve().parent.parent / "static" / "entente" / "documents.css"


class PdfUnavailable(Unavailable):
    """Pango is not installed on this machine; the page itself prints."""

    code = "pdf_unavailable"
    title = "PDF cannot be made here"


@dataclass(frozen=True, slots=True)
class Document:
    """One document: a template with its context, a title, a file name without ending."""

    template: str
    context: dict[str, Any]
    title: str
    name: str
    keywords: str = ""
    author: str = ""
    has_form: bool = False


@cache
def pdf_available() -> bool:
    """Say whether PDF can be made, without loading the library that makes it."""
    try:
        for library in _LIBRARIES:
            ctypes.CDLL(library)
    except OSError:
        return False
    return True


def as_html(document: Document, *, for_pdf: bool = False) -> str:
    """Render a document; in an exercise it carries the word in text, title and metadata."""
    is_exercise = config().demo
    keywords = ", ".join(word for word in ("EXERCISE" if is_exercise else "", document.keywords) if word)
    context = {
        **document.context,
        "document": document,
        "title": f"EXERCISE - {document.title}" if is_exercise else document.title,
        "keywords": keywords,
        "author": document.author or config().instance_name,
        "is_exercise": is_exercise,
        "for_pdf": for_pdf,
        "made_at": timezone.now(),
    }
    return render_to_string(document.template, context)


def as_pdf(document: Document) -> bytes:
    """Render a document as PDF, with form fields where it is a form. Raises PdfUnavailable."""
    if not pdf_available():
        raise PdfUnavailable(
            _("PDF needs Pango. The administrator of this service can install it: %(command)s")
            % {"command": APT_LINE}
        )
    for chatty in ("weasyprint.progress", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    style = weasyprint.CSS(filename=str(_STYLE), font_config=fonts)
    page = weasyprint.HTML(string=as_html(document, for_pdf=True), url_fetcher=_fetch_nothing)
    made: bytes = page.write_pdf(stylesheets=[style], font_config=fonts, pdf_forms=document.has_form or None)
    return made


def _fetch_nothing(url: str, *_args: object, **_options: object) -> dict[str, Any]:
    """Refuse every address: words that came from outside must not make this program fetch anything."""
    raise ValueError(f"documents fetch nothing: {url[:80]}")
