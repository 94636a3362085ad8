"""What a sealed file itself proves of a revocation, and that nobody is asked about it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entente.apps.arrivals import uploads
from entente.apps.kernel.actors import SYSTEM
from entente.apps.parties import services as parties
from tests import world
from tests.apps.arrivals import papers
from tests.apps.arrivals.chain import Chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path, datetime.now(UTC))


def trusted(chain: Chain, *, by: str = "issuer") -> None:
    """Enter the office in the register: by whoever issues its seals, or by the very certificate of its seal."""
    certificate = chain.ca if by == "issuer" else chain.leaf
    parties.add_authority_certificate(
        authority_id=world.office(at=chain.at).facts.id,
        pem=chain.pem_of(certificate),
        purpose="seal",
        actor=SYSTEM,
        at=chain.at,
    )


def read(chain: Chain, data: bytes) -> dict[str, Any]:
    return uploads.read_upload("order.pdf", data, chain.at).signature


@pytest.mark.parametrize("by", ["issuer", "certificate"])
def test_a_seal_without_evidence_is_valid_and_says_that_revocation_was_not_checked(
    chain: Chain, by: str
) -> None:
    trusted(chain, by=by)
    found = read(chain, chain.sign(papers.filled()))
    assert (found["valid"], found["revocation"]) == (True, "unknown")


@pytest.mark.parametrize("by", ["issuer", "certificate"])
@pytest.mark.parametrize("kind", ["list", "answer"])
def test_evidence_in_the_file_shows_that_the_certificate_was_not_revoked(
    chain: Chain, by: str, kind: str
) -> None:
    trusted(chain, by=by)
    sealed = chain.sign(papers.filled())
    shown = (
        chain.with_evidence(sealed, crls=(chain.revocation_list(is_revoked=False),))
        if kind == "list"
        else chain.with_evidence(sealed, ocsps=(chain.answer(),))
    )
    found = read(chain, shown)
    assert (found["valid"], found["revocation"]) == (True, "good")


def test_a_revoked_certificate_proves_nothing(chain: Chain) -> None:
    trusted(chain)
    revoked = chain.with_evidence(chain.sign(papers.filled()), crls=(chain.revocation_list(is_revoked=True),))
    read_form = uploads.read_upload("order.pdf", revoked, chain.at)
    assert read_form.signature == {"present": True, "valid": False, "revocation": "revoked"}
    assert read_form.problems == ("The certificate of the signature was revoked.",)
    assert read_form.form is not None


def test_a_certificate_named_by_the_register_is_revoked_all_the_same(chain: Chain) -> None:
    trusted(chain, by="certificate")
    revoked = chain.with_evidence(chain.sign(papers.filled()), crls=(chain.revocation_list(is_revoked=True),))
    found = read(chain, revoked)
    assert (found["valid"], found["revocation"]) == (False, "revoked")


def test_what_somebody_else_says_of_the_certificate_counts_for_nothing(chain: Chain, tmp_path: Path) -> None:
    trusted(chain)
    folder = tmp_path / "other"
    folder.mkdir()
    stranger = Chain(folder, chain.at)
    forged = stranger.with_evidence(
        chain.sign(papers.filled()), crls=(stranger.revocation_list(is_revoked=False),)
    )
    found = read(chain, forged)
    assert (found["valid"], found["revocation"]) == (True, "unknown")
