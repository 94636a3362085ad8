"""An invented certificate authority, a seal it issued, and what it says of revocations, embedded as PAdES-LT does."""

import io
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation.dss import DocumentSecurityStore

_YEAR, _HOUR = timedelta(days=365), timedelta(hours=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, may_certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=not may_certify,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=may_certify,
        crl_sign=may_certify,
        encipher_only=False,
        decipher_only=False,
    )


class Chain:
    """A certificate authority of exercises and the seal of an office that it issued."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self.at = at
        self.ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.ca = self._certificate("Exercise Authority", self.ca_key, may_certify=True)
        self.leaf = self._certificate("Office for Exercises", key, may_certify=False)
        (folder / "leaf.pem").write_bytes(self.leaf.public_bytes(serialization.Encoding.PEM))
        (folder / "leaf.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self._signer = signers.SimpleSigner.load(  # type: ignore[no-untyped-call]  # the library says no types
            str(folder / "leaf.key"), str(folder / "leaf.pem")
        )

    def _certificate(
        self, name: str, key: ec.EllipticCurvePrivateKey, *, may_certify: bool
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name("Exercise Authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.at - _YEAR)
            .not_valid_after(self.at + _YEAR)
            .add_extension(_usage(may_certify=may_certify), critical=True)
            .add_extension(x509.BasicConstraints(ca=may_certify, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca_key.public_key()), critical=False
            )
        )
        if not may_certify:  # where such an authority says it answers; nobody here ever asks
            place = x509.UniformResourceIdentifier("http://answers.example/")
            says = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
            builder = builder.add_extension(x509.AuthorityInformationAccess([says]), critical=False)
        return builder.sign(self.ca_key, hashes.SHA256())

    def pem_of(self, certificate: x509.Certificate) -> str:
        """Return a certificate as the register takes it."""
        return certificate.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, data: bytes) -> bytes:
        """Return the PDF under the office's seal, with nothing said of revocations."""
        out = io.BytesIO()
        signers.sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(data)),
            signers.PdfSignatureMetadata(field_name="Seal", subfilter=SigSeedSubFilter.PADES),
            signer=self._signer,
            output=out,
        )
        return out.getvalue()

    def revocation_list(self, *, is_revoked: bool) -> asn1_crl.CertificateList:
        """Return the authority's list of today."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.ca.subject)
            .last_update(self.at - _HOUR)
            .next_update(self.at + _YEAR)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca_key.public_key()), critical=False
            )
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        if is_revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(self.leaf.serial_number)
                .revocation_date(self.at - _HOUR)
                .build()
            )
        made = builder.sign(self.ca_key, hashes.SHA256())
        return asn1_crl.CertificateList.load(made.public_bytes(serialization.Encoding.DER))

    def answer(self) -> asn1_ocsp.OCSPResponse:
        """Return the authority's answer that the seal is good."""
        made = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=self.leaf,
                issuer=self.ca,
                algorithm=hashes.SHA1(),  # noqa: S303 - what the protocol names a certificate by
                cert_status=ocsp.OCSPCertStatus.GOOD,
                this_update=self.at - _HOUR,
                next_update=self.at + _YEAR,
                revocation_time=None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.ca)
            .sign(self.ca_key, hashes.SHA256())
        )
        return asn1_ocsp.OCSPResponse.load(made.public_bytes(serialization.Encoding.DER))

    def with_evidence(
        self,
        sealed: bytes,
        *,
        crls: tuple[asn1_crl.CertificateList, ...] = (),
        ocsps: tuple[asn1_ocsp.OCSPResponse, ...] = (),
    ) -> bytes:
        """Append a document security store to a sealed file."""
        out = io.BytesIO(sealed)
        contents = PdfFileReader(out).embedded_signatures[0].pkcs7_content
        issuer = asn1_x509.Certificate.load(self.ca.public_bytes(serialization.Encoding.DER))
        DocumentSecurityStore.add_dss(
            out, contents.hex().encode(), certs=[issuer], crls=list(crls), ocsps=list(ocsps)
        )
        return out.getvalue()
