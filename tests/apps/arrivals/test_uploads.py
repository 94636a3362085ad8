"""Uploaded forms: read in a limited subprocess, the seal checked against our register, and nothing hostile gets further."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest

from entente.apps.arrivals import uploads
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import TooLarge
from entente.apps.parties import services as parties
from entente.core.law.orders import RemovalOrderForm
from tests import world
from tests.apps.arrivals import papers
from tests.world import NOW

pytestmark = pytest.mark.django_db


def read(data: bytes, name: str = "order.pdf", at: datetime = NOW) -> uploads.ReadUpload:
    return uploads.read_upload(name, data, at)


def test_the_boxes_of_a_pdf_become_the_form() -> None:
    found = read(papers.filled({**papers.BOXES, "section_b.contents.1.url": "https://agora.example/p/2"}))
    assert found.form is not None
    form = RemovalOrderForm.from_json(found.form)
    assert form.unread == ()
    assert form.section_a.reference == "EX-2026-77"
    assert [content.url for content in form.section_b.contents] == [
        "https://agora.example/p/1",
        "https://agora.example/p/2",
    ]
    assert (found.kind, found.signature, found.problems) == ("pdf", {}, ())


def test_a_pdf_without_boxes_has_no_form() -> None:
    assert read(papers.blank()).form is None


def test_a_seal_of_the_register_verifies_and_a_later_change_does_not(tmp_path: Path) -> None:
    """Filling in a box after the seal is "valid" by the rules of PDF; it is not what the authority sealed."""
    now = datetime.now(UTC)
    office = world.office(at=now)
    seal, sealed = papers.sealed_form(tmp_path, now)
    parties.add_authority_certificate(
        authority_id=office.facts.id, pem=seal.pem, purpose="seal", actor=SYSTEM, at=now
    )
    found = read(sealed, at=now)
    assert found.signature["valid"] is True
    assert found.signature["authority_id"] == str(office.facts.id)
    assert found.signature["covers_form"] is True
    assert "Seal" not in (found.form or {})
    changed = papers.changed_after_the_seal(sealed, "section_b.contents.0.url", "https://agora.example/p/9")
    other = read(changed, at=now)
    assert other.form is not None
    assert other.form["section_b"]["contents"][0]["url"] == "https://agora.example/p/9"
    assert other.signature == {"present": True, "valid": False}
    assert other.problems
    assert read(papers.shadowed(sealed), at=now).signature == {"present": True, "valid": False}


def test_a_sealed_letter_without_boxes_proves_its_sender_and_no_boxes(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    office = world.office(at=now)
    seal, sealed = papers.sealed_form(tmp_path, now, papers.blank())
    parties.add_authority_certificate(
        authority_id=office.facts.id, pem=seal.pem, purpose="seal", actor=SYSTEM, at=now
    )
    found = read(sealed, at=now)
    assert (found.form, found.signature["valid"], found.signature["covers_form"]) == (None, True, False)


def test_a_home_made_seal_is_present_and_not_valid(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    world.office(at=now)
    _seal, sealed = papers.sealed_form(tmp_path, now)
    found = read(sealed, at=now)
    assert found.signature == {"present": True, "valid": False}


def test_a_locked_pdf_is_named() -> None:
    found = read(papers.encrypted(papers.filled()))
    assert found.form is None
    assert "The PDF is encrypted." in found.problems


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_truncated_pdf_verifies_nothing_and_breaks_nothing(tmp_path: Path, share: float) -> None:
    _seal, sealed = papers.sealed_form(tmp_path, datetime.now(UTC))
    try:
        found = read(sealed[: int(len(sealed) * share)])
    except uploads.UploadUnreadable:
        return
    assert found.signature.get("valid") is not True


def test_a_bomb_is_refused_or_read_as_nothing_within_bounds() -> None:
    try:
        found = read(papers.bomb())
    except uploads.UploadUnreadable:
        return
    assert found.form is None
    assert len(found.text) <= 20_000


def test_a_pdf_in_name_only_is_refused_with_what_to_do() -> None:
    with pytest.raises(uploads.UploadUnreadable, match="Type the order in"):
        read(b"%PDF-1.7\nnothing of the kind")


@pytest.mark.parametrize("answer", [None, "not json", "[1]"])
def test_a_child_that_dies_or_raves_is_an_unreadable_file(
    answer: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Child:
        pid = 2**22 + 7  # nobody has this number
        returncode = 1 if answer is None else 0

        def __init__(self, *_args: Any, **_more: Any) -> None:
            pass

        def communicate(self, *_args: Any, **_more: Any) -> tuple[bytes, bytes]:
            return (answer or "").encode(), b""

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_args: object) -> None:
            pass

    monkeypatch.setattr("entente.apps.arrivals.uploads.subprocess.Popen", Child)
    with pytest.raises(uploads.UploadUnreadable):
        read(papers.blank())


def test_a_child_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "_WALL_SECONDS", 0.05)
    with pytest.raises(uploads.UploadUnreadable):
        read(papers.filled())


def test_json_is_read_and_what_is_not_understood_is_named() -> None:
    import json

    written = world.order_form()
    found = read(json.dumps(written).encode(), "order.json")
    assert (found.kind, found.form, found.problems) == ("json", written, ())
    odd = read(json.dumps({**written, "section_z": {"x": 1}}).encode(), "order.json")
    assert any("section_z" in line for line in odd.problems)


@pytest.mark.parametrize(
    "data", [b"Dear Sirs", b"\xff\xfe\x00", b"", b"[1, 2]", b"[" * 100_000, b'"text"'], ids=range(6)
)
def test_what_is_neither_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(uploads.UploadUnreadable, match=r"letter\.docx"):
        read(data, "letter.docx")


def test_a_file_that_is_too_large_is_refused_with_the_limit() -> None:
    from entente.apps.kernel.config import config

    limit = config().limits.upload_bytes
    with pytest.raises(TooLarge) as refused:
        read(b"%PDF-" + b"0" * limit)
    assert refused.value.facts["limit"] == limit


def test_contradictory_box_names_spoil_only_themselves() -> None:
    form = uploads.unflatten(
        {
            "section_a": "a text",
            "section_a.reference": "R",
            "section_b.contents.0": "https://agora.example/p/1",
            "section_b.types.a_incites": True,
            "section_b.types.b_solicits": False,
            "empty": "",
        }
    )
    assert form == {
        "section_a": "a text",
        "section_b": {"contents": ["https://agora.example/p/1"], "types": ["a_incites"]},
    }
    RemovalOrderForm.from_json(form)
    assert uploads.unflatten({"section_b": "a text"}) == {"section_b": "a text"}


@pytest.mark.parametrize(
    ("indexes", "order"),
    [
        ([str(index) for index in range(12)], [str(index) for index in range(12)]),
        (["10", "9", "1", "2"], ["1", "2", "9", "10"]),
        (["02", "10", "1"], ["1", "02", "10"]),
        (["x", "11", "\u00b2", "3", "9" * 5000], ["3", "11", "9" * 5000, "x", "\u00b2"]),
    ],
    ids=["twelve", "any order", "zeros in front", "no numbers"],
)
def test_addresses_keep_the_order_of_their_numbers(indexes: list[str], order: list[str]) -> None:
    """The tenth address is not the second one; what is numbered strangely comes last and spoils nothing."""
    form = uploads.unflatten(
        {f"section_b.contents.{index}.url": f"https://agora.example/p/{index}" for index in indexes}
    )
    assert [entry["url"] for entry in form["section_b"]["contents"]] == [
        f"https://agora.example/p/{index}" for index in order
    ]
