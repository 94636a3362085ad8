"""The limited subprocess that reads one PDF: its boxes, its text, its signature.

Reads the question (time, trusted certificates) as JSON from standard input and the PDF from an inherited
descriptor; writes one JSON document. Memory and processor time are limited before the first byte is parsed.
"""

import io
import json
import os
import sys
from datetime import datetime
from typing import Any

from entente.apps.content.decoding.confinement import drop_privileges, limit_resources
from entente.apps.content.decoding.limits import DEFAULT_LIMITS

_MAX_PAGES = 30
_MAX_TEXT = 20_000


def main(arguments: list[str]) -> int:
    """Read one PDF and answer; a non-zero exit means that nothing was understood."""
    question = json.loads(sys.stdin.buffer.read())
    limit_resources(DEFAULT_LIMITS)
    drop_privileges()
    with os.fdopen(int(arguments[0]), "rb") as handle:
        data = handle.read()
    answer: dict[str, Any] = {"problems": []}
    _read_boxes(data, answer)
    _read_signature(data, question, answer)
    sys.stdout.write(json.dumps(answer))
    return 0


def _read_boxes(data: bytes, answer: dict[str, Any]) -> None:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        answer["problems"].append("The PDF is encrypted.")
        return
    fields = reader.get_fields() or {}
    answer["fields"] = {
        str(name): _plain(box.get("/V"))
        for name, box in fields.items()
        if "/V" in box and box.get("/FT") != "/Sig"
    }
    text: list[str] = []
    for page in reader.pages[:_MAX_PAGES]:
        text.append(page.extract_text())
        if sum(map(len, text)) > _MAX_TEXT:
            break
    answer["text"] = "\n".join(text)[:_MAX_TEXT]


def _plain(value: Any) -> Any:
    text = str(value) if value is not None else ""
    if text.lower() in {"/yes", "/on", "/1"}:
        return True
    if text == "/Off":
        return False
    return text


def _read_signature(data: bytes, question: dict[str, Any], answer: dict[str, Any]) -> None:
    """Verify the last signature against the certificates of the register; nothing is fetched from anywhere."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        signatures = list(PdfFileReader(io.BytesIO(data)).embedded_signatures)
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes a parser raise is "unreadable"
        answer["problems"].append(f"The signature cannot be read ({type(error).__name__}).")
        return
    if not signatures:
        return
    answer["signature"] = {"present": True, "valid": False}
    for authority_id, pems in question["anchors"].items():
        verdict = _verify(signatures[-1], pems, datetime.fromisoformat(question["at"]))
        if verdict is not None:
            answer["signature"] = {
                "present": True,
                "valid": True,
                "authority_id": authority_id,
                "signer": verdict,
            }
            return
    answer["problems"].append(
        "The signature is not by a certificate of our register, or the file was changed after signing."
    )


def _verify(signature: Any, pems: list[str], at: datetime) -> str | None:
    from asn1crypto import pem, x509
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    roots = [x509.Certificate.load(pem.unarmor(text.encode())[2]) for text in pems]
    context = ValidationContext(
        trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail", moment=at
    )
    try:
        status = validate_pdf_signature(signature, signer_validation_context=context)
    except Exception:  # noqa: BLE001 - a signature that cannot be checked is not a valid one
        return None
    if status.bottom_line and status.intact and status.trusted and _says_what_was_signed(status):
        return str(status.signing_cert.subject.human_friendly)
    return None


def _says_what_was_signed(status: Any) -> bool:
    """Say whether the file, as it is read here, is the one that was signed.

    The rules of PDF let boxes be filled in after a signature, and call it valid all the same: the address of an order
    could be another one than the authority sealed. Only what keeps a signature checkable may follow it (PAdES-LTA).
    """
    if getattr(status.coverage, "name", "") == "ENTIRE_FILE":
        return True
    return getattr(status.modification_level, "name", "") in {"NONE", "LTA_UPDATES"}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
