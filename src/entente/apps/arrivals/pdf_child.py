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

GOOD = "good"
UNKNOWN = "unknown"
REVOKED = "revoked"
"""What the file's own evidence says of a revocation. Nothing here asks anybody: `unknown` was not checked."""

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
        reader = PdfFileReader(io.BytesIO(data))
        signatures = list(reader.embedded_signatures)
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes a parser raise is "unreadable"
        answer["problems"].append(f"The signature cannot be read ({type(error).__name__}).")
        return
    if not signatures:
        return
    answer["signature"] = {"present": True, "valid": False}
    evidence = _evidence(reader)
    for authority_id, pems in question["anchors"].items():
        found = _verify(signatures[-1], pems, datetime.fromisoformat(question["at"]), evidence)
        if found is not None:
            answer["signature"] |= {"revocation": found["revocation"]}
            if found["revocation"] == REVOKED:
                answer["problems"].append("The certificate of the signature was revoked.")
                return
            answer["signature"] |= {"valid": True, "authority_id": authority_id, "signer": found["signer"]}
            return
    answer["problems"].append(
        "The signature is not by a certificate of our register, or the file was changed after signing."
    )


def _evidence(reader: Any) -> dict[str, Any]:
    """Return the certificates, OCSP answers and revocation lists that the file brings along (its DSS, PAdES-LT)."""
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    try:
        # Built once only to read the store; nothing is validated with it.
        store = DocumentSecurityStore.read_dss(reader)
        context = store.as_validation_context({"trust_roots": [], "allow_fetching": False})
        return {"other_certs": list(store.load_certs()), "ocsps": context.ocsps, "crls": context.crls}
    except Exception:  # noqa: BLE001 - a file without a store, or with one that cannot be read, brings no evidence
        return {"other_certs": [], "ocsps": [], "crls": []}


def _verify(signature: Any, pems: list[str], at: datetime, evidence: dict[str, Any]) -> dict[str, str] | None:
    """Return who signed and what is known of a revocation, or None where it is no valid signature of this list."""
    from asn1crypto import pem, x509

    roots = [x509.Certificate.load(pem.unarmor(text.encode())[2]) for text in pems]
    status = _status(signature, roots, at, evidence, "soft-fail")
    if status is None or not (status.valid and status.intact and _says_what_was_signed(status)):
        return None
    signer = status.signing_cert
    if status.revoked:
        return {"signer": str(signer.subject.human_friendly), "revocation": REVOKED}
    if not (status.bottom_line and status.trusted):
        return None
    if any(root.sha256 == signer.sha256 for root in roots):
        # The register names this very certificate, so no path leads to it. Whoever issued it can still have taken it
        # back; only somebody with the issuer's key can have signed both the certificate and what is said of it here.
        known = [*evidence["other_certs"], *signature.other_embedded_certs]
        roots = [one for one in known if one.subject == signer.issuer and one.sha256 != signer.sha256]
    found = _revocation(signature, roots, at, evidence)
    return {"signer": str(signer.subject.human_friendly), "revocation": found}


def _revocation(signature: Any, roots: list[Any], at: datetime, evidence: dict[str, Any]) -> str:
    """Say what the file itself proves about a revocation: that there was none, that there was one, or neither."""
    if not roots:
        return UNKNOWN
    # Required for the whole path: a check that may fail softly does not even look at a list nobody is sent to.
    strict = _status(signature, roots, at, evidence, "require")
    if strict is not None and strict.trusted:
        return GOOD
    return REVOKED if strict is not None and strict.revoked else UNKNOWN


def _status(signature: Any, roots: list[Any], at: datetime, evidence: dict[str, Any], mode: str) -> Any:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    try:
        context = ValidationContext(
            trust_roots=roots, allow_fetching=False, revocation_mode=mode, moment=at, **evidence
        )
        return validate_pdf_signature(signature, signer_validation_context=context)
    except Exception:  # noqa: BLE001 - a signature that cannot be checked is not a valid one
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
