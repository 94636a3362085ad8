"""Reading PDFs in tests: text, metadata, boxes; and signing them as an authority would."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pypdf import PdfReader, PdfWriter

YEAR = timedelta(days=365)


def words_of(data: bytes) -> str:
    """Return all text of a PDF in one line."""
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def metadata_of(data: bytes) -> dict[str, str]:
    """Return the document information."""
    return {str(key): str(value) for key, value in (PdfReader(io.BytesIO(data)).metadata or {}).items()}


def fill(data: bytes, boxes: dict[str, str | bool]) -> bytes:
    """Fill in the boxes of a form as a PDF reader does."""
    writer = PdfWriter(clone_from=io.BytesIO(data))
    values = {
        name: ("/on" if value else "/Off") if isinstance(value, bool) else value
        for name, value in boxes.items()
    }
    for page in writer.pages:
        if "/Annots" in page:
            writer.update_page_form_field_values(page, values, auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


class Seal:
    """A self-made certificate with its key, as a stand-in for an authority's seal."""

    def __init__(self, folder: Path, name: str = "Office for Exercises", at: datetime | None = None) -> None:
        moment = at or datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=True,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(moment - YEAR)
            .not_valid_after(moment + YEAR)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        self.pem = made.public_bytes(serialization.Encoding.PEM).decode()
        (folder / "cert.pem").write_text(self.pem)
        (folder / "key.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self._signer = signers.SimpleSigner.load(  # type: ignore[no-untyped-call]  # the library says no types
            str(folder / "key.pem"), str(folder / "cert.pem")
        )

    def sign(self, data: bytes) -> bytes:
        """Return the PDF with a signature over all of it (PAdES)."""
        from pyhanko.sign.fields import SigSeedSubFilter

        out = io.BytesIO()
        signers.sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(data)),
            signers.PdfSignatureMetadata(field_name="Seal", subfilter=SigSeedSubFilter.PADES),
            signer=self._signer,
            output=out,
        )
        return out.getvalue()
