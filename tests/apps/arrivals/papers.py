"""PDF forms as strangers send them: filled in, sealed, changed afterwards, broken, hostile. Made without any renderer."""

import io
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from pyhanko.pdf_utils.generic import TextStringObject as SealedText
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NullObject,
    NumberObject,
    TextStringObject,
)

from tests.web.documents.paper import Seal

__all__ = ["Seal", "blank", "bomb", "changed_after_the_seal", "encrypted", "filled", "shadowed"]

BOXES = {
    "legal_basis": "Regulation (EU) 2021/784, Article 3",
    "language": "en",
    "section_a.issuing_state": "DE",
    "section_a.addressee": "Agora Hosting",
    "section_a.issued_at": "2026-11-23T08:55:00+00:00",
    "section_a.reference": "EX-2026-77",
    "section_b.contents.0.url": "https://agora.example/p/1",
    "section_b.reasons": "The text calls for attacks in the name of an invented movement.",
    "section_e.authority_type": "other",
    "section_e.authority_name": "Office for Exercises",
    "section_e.file_number": "EX-2026-77",
    "section_g.body": "Court of Examples",
}


def blank(pages: int = 1) -> bytes:
    """Return a PDF without boxes."""
    writer = PdfWriter()
    for _number in range(pages):
        writer.add_blank_page(width=595, height=842)
    return _written(writer)


def filled(boxes: dict[str, str] | None = None) -> bytes:
    """Return a PDF whose boxes are filled in, each box under its section as the standard wants it."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=595, height=842)
    roots: dict[str, DictionaryObject] = {}
    page[NameObject("/Annots")] = ArrayObject()
    for name, value in (BOXES if boxes is None else boxes).items():
        section, _dot, last = name.rpartition(".")
        field = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject("/Widget"),
                NameObject("/Rect"): ArrayObject([NumberObject(0)] * 4),
                NameObject("/P"): page.indirect_reference or NullObject(),
                NameObject("/FT"): NameObject("/Tx"),
                NameObject("/T"): TextStringObject(last),
                NameObject("/V"): TextStringObject(value),
            }
        )
        _under(writer, roots, section, field)
        cast("Any", page["/Annots"]).append(field.indirect_reference)
    top = ArrayObject([root.indirect_reference for name, root in roots.items() if "." not in name])
    writer.root_object[NameObject("/AcroForm")] = writer._add_object(
        DictionaryObject({NameObject("/Fields"): top})
    )
    return _written(writer)


def _under(
    writer: PdfWriter, roots: dict[str, DictionaryObject], section: str, field: DictionaryObject
) -> None:
    """Put a field under its parents, making those that are not there yet."""
    reference = writer._add_object(field)
    if not section:
        roots[str(field["/T"])] = field
        return
    if section not in roots:
        above, _dot, last = section.rpartition(".")
        made = DictionaryObject(
            {NameObject("/T"): TextStringObject(last), NameObject("/Kids"): ArrayObject()}
        )
        _under(writer, roots, above, made)
        roots[section] = made
    field[NameObject("/Parent")] = roots[section].indirect_reference or NullObject()
    roots[section]["/Kids"].append(reference)  # type: ignore[attr-defined]


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def changed_after_the_seal(sealed: bytes, name: str, value: str) -> bytes:
    """Append a revision that fills a box in anew; every byte the seal covers stays as it was."""
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    fields = writer.root["/AcroForm"]["/Fields"]
    for part in name.split("."):
        field = next(kid.get_object() for kid in fields if str(kid.get_object()["/T"]) == part)
        fields = field.get("/Kids", ())
    field[pdf_name("/V")] = SealedText(value)
    writer.mark_update(field.container_ref)
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def shadowed(sealed: bytes) -> bytes:
    """Append a revision that no reader shows and no law of signatures allows."""
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.root[pdf_name("/Entente")] = SealedText("appended")
    writer.update_root()  # type: ignore[no-untyped-call]
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def encrypted(data: bytes) -> bytes:
    """Return the PDF locked with a password."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt("secret", algorithm="AES-256")
    return _written(writer)


def bomb(megabytes: int = 900) -> bytes:
    """Return a small PDF with one page whose content unpacks to `megabytes` of spaces."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _part in range(megabytes)) + packer.flush()
    packed = zlib.compress(packed, 9)
    return _with_content(packed, b"[/FlateDecode /FlateDecode]")


def _with_content(stream: bytes, filters: bytes) -> bytes:
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def sealed_form(folder: Path, at: datetime, paper: bytes | None = None) -> tuple[Seal, bytes]:
    """Return a seal and a filled-in form, or another paper, under it."""
    seal = Seal(folder, at=at)
    return seal, seal.sign(filled() if paper is None else paper)
