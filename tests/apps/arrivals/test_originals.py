"""The file a message came as: sealed before it is anything, opened with a reason, kept on a ground, missed by nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entente.apps.arrivals import queries, services
from entente.apps.arrivals.errors import NoOriginal, ProofMissing
from entente.apps.arrivals.services import originals
from entente.apps.evidence import queries as evidence
from entente.apps.evidence import services as evidence_services
from entente.apps.evidence import vault
from entente.apps.evidence.errors import ReadingNotAllowed, VaultFull, VaultUnusable
from entente.apps.evidence.models import EvidenceItem
from tests import world
from tests.apps.arrivals import papers
from tests.apps.arrivals.acts import arrive, fax, settle
from tests.world import NOW

pytestmark = pytest.mark.django_db
PDF = papers.filled()


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def test_the_file_is_sealed_as_it_came_on_a_ground_of_its_own() -> None:
    found = fax(raw=PDF)
    line = queries.original_of(found)
    assert line is not None
    assert (line.media_type, line.size_bytes, line.sha256) == ("application/pdf", len(PDF), found.digest)
    (kept,) = evidence.preservations_of("arrival", found.id)
    assert (kept.ground_id, kept.starts_at) == ("house.arrival", NOW)
    assert kept.until > NOW + timedelta(days=360)
    assert [event.kind for event in evidence.custody_trail(line.id)] == ["sealed"]
    assert queries.original_of(arrive()) is None


def test_it_is_opened_with_a_reason_before_and_after_it_is_settled() -> None:
    office = world.office()
    found, person = fax(raw=PDF), world.actor("on_call")
    with pytest.raises(ReadingNotAllowed):
        services.open_original(arrival_id=found.id, actor=person, reason=" ", at=NOW)
    opened = services.open_original(arrival_id=found.id, actor=person, reason="read the seal", at=NOW)
    assert (b"".join(opened.chunks), opened.size_bytes) == (PDF, len(PDF))
    assert opened.file_name == f"{found.digest[:12]}.pdf"
    settled = settle(found, authority_id=office.facts.id)
    again = services.open_original(arrival_id=found.id, actor=person, reason="read it again", at=NOW)
    assert b"".join(again.chunks) == PDF
    line = queries.original_of(found)
    assert line is not None
    trail = evidence.custody_trail(line.id)
    assert [(event.kind, event.case_id) for event in trail] == [
        ("sealed", None),
        ("read", found.id),
        ("read", settled.case_id),
    ]


def test_who_may_open_no_evidence_opens_none_here() -> None:
    found = fax(raw=PDF)
    with pytest.raises(ReadingNotAllowed):
        services.open_original(arrival_id=found.id, actor=world.actor("auditor"), reason="curious", at=NOW)


def test_a_message_without_a_file_has_none_to_open() -> None:
    with pytest.raises(NoOriginal):
        services.open_original(arrival_id=arrive().id, actor=world.actor("legal"), reason="look", at=NOW)


def test_at_the_end_of_its_ground_it_is_destroyed() -> None:
    found = fax(raw=PDF)
    for _round in range(2):
        evidence_services.end_due_preservations(at=NOW + timedelta(days=400))
    assert queries.original_of(found) is None


@pytest.mark.parametrize(
    ("raw", "kind", "extension"),
    [
        (b"\n%PDF-1.7 ...", "application/pdf", "pdf"),
        (b' {"a": 1}', "application/json", "json"),
        (b"[1]", "application/json", "json"),
        (b"\xd0\xcf\x11\xe0", "application/octet-stream", "bin"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(raw: bytes, kind: str, extension: str) -> None:
    assert originals.media_type(raw) == kind
    found = fax(raw=raw)
    opened = services.open_original(
        arrival_id=found.id, actor=world.actor("legal"), reason="look at it", at=NOW
    )
    assert opened.file_name.endswith(f".{extension}")


@pytest.mark.parametrize("error", [VaultFull("The disk is nearly full"), VaultUnusable("read-only")])
def test_a_vault_that_takes_nothing_keeps_no_order_out(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise error

    monkeypatch.setattr(vault, "write", refuse)
    found = fax(raw=PDF)
    assert found.due_at is not None
    assert str(error) in found.problems[0]
    assert queries.original_of(found) is None


def test_what_cannot_be_recorded_leaves_nothing_in_the_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill or an error after the file was sealed leaves no file behind that nobody knows."""
    written: list[Path] = []
    write = vault.write

    def watched(*args: Any, **more: Any) -> vault.SealedBlob:
        blob = write(*args, **more)
        written.append(vault.instance().path_of(blob.item_id))
        return blob

    monkeypatch.setattr(vault, "write", watched)

    def broken(*_args: Any) -> None:
        raise RuntimeError("no room for the row")

    monkeypatch.setattr(originals, "keep", broken)
    with pytest.raises(RuntimeError):
        fax(raw=PDF)
    assert len(written) == 1
    assert not written[0].exists()
    with pytest.raises(RuntimeError):
        fax()
    with pytest.raises(ProofMissing):
        fax(raw=PDF, receipt_proof="")
    assert len(written) == 1
    assert not EvidenceItem.objects.exists()
    assert tmp_path.exists()


def test_a_file_that_cannot_be_taken_back_is_left_to_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def failing() -> Iterator[None]:
        with originals.sealed(PDF):
            yield

    def stuck(_item_id: object) -> None:
        raise VaultUnusable("busy")

    monkeypatch.setattr(vault, "destroy", stuck)
    with pytest.raises(RuntimeError, match="the real reason"), failing():
        raise RuntimeError("the real reason")
