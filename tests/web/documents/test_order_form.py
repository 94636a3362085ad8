"""The removal-order form: filled in by an authority, read back by the desk, its seal checked."""

import io
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from pypdf import PdfReader

from entente.apps.arrivals import uploads
from entente.apps.kernel.actors import SYSTEM
from entente.apps.parties import services as parties
from entente.core.law.orders import RemovalOrderForm
from tests.web.documents.paper import Seal, fill
from tests.world import Office

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("pango")]

BOXES: dict[str, str | bool] = {
    "section_a.issuing_state": "DE",
    "section_a.issued_at": "2026-11-23T08:55:00+00:00",
    "section_a.reference": "EX-2026-77",
    "section_b.contents.0.url": "https://agora.example/p/1",
    "section_b.contents.0.additional_information": "the second picture",
    "section_b.contents.1.url": "https://agora.example/p/2",
    "section_b.reasons": "The text calls on readers to take a bridge by force.",
    "section_b.types.a_incites": True,
    "section_b.types.d_instructs": True,
    "section_d.other_state": True,
    "section_e.authority_type": "law_enforcement",
    "section_e.authority_name": "Office for Exercises",
    "section_e.authenticated_channel": False,
    "section_g.body": "Court of Examples",
}


@pytest.fixture
def blank(client: Client, office: Office) -> bytes:
    """Return the empty form as an authority downloads it."""
    answer = client.get("/forms/removal-order.pdf")
    assert answer["Content-Type"] == "application/pdf"
    return answer.content


def read(data: bytes) -> uploads.ReadUpload:
    return uploads.read_upload("order.pdf", data, datetime.now(UTC))


def test_what_is_filled_in_is_read_back(blank: bytes) -> None:
    found = read(fill(blank, BOXES))
    assert found.form is not None
    form = RemovalOrderForm.from_json(found.form)
    assert form.unread == ()
    assert form.section_a.reference == "EX-2026-77"
    assert form.section_a.addressee == "Agora Hosting"
    assert [entry.url for entry in form.section_b.contents if entry.url] == [
        "https://agora.example/p/1",
        "https://agora.example/p/2",
    ]
    assert form.section_b.contents[0].additional_information == "the second picture"
    assert set(form.section_b.types) == {"a_incites", "d_instructs"}
    assert form.section_c.non_disclosure is False
    assert form.section_d.other_state is True
    assert form.section_e.authority_type == "law_enforcement"
    assert form.section_e.authenticated_channel is False
    assert form.exercise is False
    assert found.signature == {}


def test_every_box_has_a_place_in_the_form(blank: bytes) -> None:
    names = set(PdfReader(io.BytesIO(blank)).get_fields() or {})
    form = RemovalOrderForm.from_json(
        uploads.unflatten(dict.fromkeys(names, True) | dict.fromkeys(_texts(names), "1"))
    )
    assert form.unread == ()
    assert len(form.section_b.types) == 5


def _texts(names: set[str]) -> set[str]:
    """Return the boxes that hold words rather than a tick."""
    ticks = {"section_c.non_disclosure", "section_e.stamp", "section_e.authenticated_channel", "exercise"}
    return {name for name in names if ".types." not in name and "section_d." not in name} - ticks


def test_a_seal_of_the_register_is_valid_and_a_changed_file_is_not(
    blank: bytes, office: Office, tmp_path: Path
) -> None:
    seal = Seal(tmp_path)
    parties.add_authority_certificate(
        authority_id=office.facts.id, pem=seal.pem, purpose="seal", actor=SYSTEM, at=datetime.now(UTC)
    )
    sealed = seal.sign(fill(blank, BOXES))
    found = read(sealed)
    assert found.signature["valid"] is True
    assert found.signature["authority_id"] == str(office.facts.id)
    assert found.form is not None
    assert found.form["section_a"]["reference"] == "EX-2026-77"
    changed = fill(sealed, {"section_b.contents.0.url": "https://agora.example/p/999"})
    assert read(changed).signature.get("valid") is not True
    place = len(sealed) // 3
    flipped = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
    with suppress(uploads.UploadUnreadable):
        assert read(flipped).signature.get("valid") is not True


def test_a_seal_nobody_registered_is_not_valid(blank: bytes, tmp_path: Path) -> None:
    found = read(Seal(tmp_path, name="Somebody Else").sign(fill(blank, BOXES)))
    assert found.signature == {"present": True, "valid": False}
    assert found.problems
