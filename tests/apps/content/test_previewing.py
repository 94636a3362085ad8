"""Previews: made in the confined process, sealed at once, opened with a line of custody, closed for everybody."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from entente.apps.content import queries, services
from entente.apps.content.decoding.limits import Limits
from entente.apps.content.decoding.results import Decoded
from entente.apps.content.errors import NoPreview, PreviewClosed
from entente.apps.content.models import ContentItem, Snapshot, SnapshotPart
from entente.apps.content.queries import OriginalLine, PreviewData
from entente.apps.content.services import decoding_due
from entente.apps.content.services.receiving import IncomingPart
from entente.apps.evidence import queries as evidence
from entente.apps.evidence import services as evidence_services
from entente.apps.evidence import vault
from entente.apps.evidence.errors import ItemClosed, ReadingNotAllowed, VaultFull, VaultUnusable
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.ids import new_id
from tests.apps.content import media_samples as samples
from tests.apps.content.conftest import AT, AUDITOR, PLATFORM, REVIEWER, vault_files

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("box")]

LATER = AT + timedelta(minutes=2)
PNG = samples.picture("PNG", (6, 4))
STILLS = Decoded("ok", "image/png", 6, 4, 1, None, "some words", ("animated",), PNG, PNG, PNG)


@pytest.fixture
def received() -> Snapshot:
    item = services.register_content(url="https://agora.example/posts/9", at=AT)
    snapshot = services.request_snapshot(content_item=item, case_id=new_id(), at=AT)
    parts = [IncomingPart([b"A harmless post"], "text/plain"), IncomingPart([PNG], "image/jpeg")]
    return services.receive_snapshot(
        snapshot_id=snapshot.id,
        parts=parts,
        related=b'{"views": 1}',
        actor=PLATFORM,
        at=AT,
        meta={"title": "T"},
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Stand in for the decoder; note how it was asked."""
    asked: list[dict[str, object]] = []

    def decode(descriptor: int, **options: object) -> Decoded:
        asked.append(options | {"read": Path(f"/proc/self/fd/{descriptor}").read_bytes()})
        return STILLS

    monkeypatch.setattr(decoding_due, "decode", decode)
    return asked


def data_of(snapshot: Snapshot) -> PreviewData:
    data = queries.preview(content_item_id=snapshot.content_item_id, case_id=snapshot.case_id)
    assert data is not None
    return data


def first(snapshot: Snapshot) -> OriginalLine:
    return data_of(snapshot).originals[0]


def opened(
    snapshot: Snapshot, part_id: UUID | None, actor: Actor = REVIEWER, at: datetime = LATER, **options: str
) -> bytes:
    assert part_id is not None
    case_id = snapshot.case_id
    part = services.open_part(part_id=part_id, actor=actor, case_id=case_id, at=at, **options)
    return b"".join(part.chunks)


def item_id_of(part_id: UUID | None) -> UUID:
    assert part_id is not None
    return SnapshotPart.objects.get(pk=part_id).evidence_item_id


def test_a_real_file_becomes_stills_and_words(received: Snapshot) -> None:
    assert services.decode_due(at=LATER) == 1
    text, image = data_of(received).originals
    assert (text.outcome, text.media_type, text.still_id) == ("ok", "text/plain", None)
    assert opened(received, text.text_id) == b"A harmless post"
    assert (image.outcome, image.media_type, image.notes) == ("ok", "image/png", ("mislabelled",))
    assert (image.width, image.height, image.frames) == (6, 4, 1)
    for part_id in (image.still_id, image.still_grey_id, image.still_colour_id):
        assert opened(received, part_id).startswith(b"\x89PNG")
    assert data_of(received).decode_state == "done"
    assert services.decode_due(at=LATER) == 0


def test_previews_are_sealed_too(received: Snapshot, quick: list[dict[str, object]], tmp_path: Path) -> None:
    services.decode_due(at=LATER)
    assert [call["declared_type"] for call in quick] == ["text/plain", "image/jpeg"]
    assert quick[0]["read"] == b"A harmless post"
    assert len(vault_files(tmp_path)) == 3 + 2 * 4
    assert all(b"some words" not in path.read_bytes() for path in vault_files(tmp_path))
    assert {line.method for line in evidence.items_of("content_item", received.content_item_id)} == {
        "pushed_by_platform",
        "decoded",
    }


@pytest.mark.usefixtures("quick")
def test_opening_a_preview_is_written_down_and_needs_no_typing(received: Snapshot) -> None:
    services.decode_due(at=LATER)
    still = first(received).still_id
    assert opened(received, still) == PNG
    trail = evidence.custody_trail(item_id_of(still))
    assert [line.kind for line in trail] == ["sealed", "read"]
    assert (trail[1].reason, trail[1].actor_name) == ("preview of the case", "Ada Example")


@pytest.mark.usefixtures("quick")
def test_originals_and_related_data_need_a_reason_and_leave_as_unknown_bytes(received: Snapshot) -> None:
    services.decode_due(at=LATER)
    data = data_of(received)
    for part_id in (data.originals[1].id, data.related_id):
        with pytest.raises(ReadingNotAllowed):
            opened(received, part_id)
    assert opened(received, data.related_id, reason="complaint 12") == b'{"views": 1}'
    part = services.open_part(
        part_id=data.originals[1].id, actor=REVIEWER, case_id=received.case_id, at=LATER, reason="to be sure"
    )
    assert (part.media_type, part.size_bytes) == ("application/octet-stream", len(PNG))


@pytest.mark.usefixtures("quick")
def test_who_may_not_open_opens_nothing(received: Snapshot) -> None:
    services.decode_due(at=LATER)
    still = first(received).still_id
    with pytest.raises(ReadingNotAllowed):
        opened(received, still, AUDITOR)
    with pytest.raises(ReadingNotAllowed):
        opened(received, still, purpose="curiosity")
    with pytest.raises(NoPreview):
        services.open_part(part_id=uuid4(), actor=REVIEWER, case_id=received.case_id, at=LATER)
    assert still is not None
    with pytest.raises(NoPreview):
        services.open_part(part_id=still, actor=REVIEWER, case_id=new_id(), at=LATER)


@pytest.mark.usefixtures("quick")
def test_closing_shuts_everything_for_everybody(received: Snapshot) -> None:
    services.decode_due(at=LATER)
    before = data_of(received)
    item = ContentItem.objects.get(pk=received.content_item_id)
    services.close_previews(content_item=item, actor=REVIEWER, at=LATER)
    data = data_of(received)
    assert (data.is_closed, data.title_hint, data.related_id, data.state) == (True, "", None, "complete")
    assert [line.still_id for line in data.originals] == [None, None]
    for part_id in (before.originals[0].still_id, before.originals[0].id, before.related_id):
        with pytest.raises(PreviewClosed):
            opened(received, part_id, reason="please")
        with pytest.raises(ItemClosed):
            evidence_services.process_item(item_id=item_id_of(part_id), reason="x", at=LATER)
    lines = evidence.items_of("content_item", received.content_item_id)
    assert all(line.is_closed and line.state == "sealed" for line in lines)


@pytest.mark.usefixtures("quick")
def test_what_is_closed_before_decoding_is_never_decoded(received: Snapshot, tmp_path: Path) -> None:
    item = ContentItem.objects.get(pk=received.content_item_id)
    services.close_previews(content_item=item, actor=REVIEWER, at=AT)
    assert services.decode_due(at=LATER) == 0
    assert len(vault_files(tmp_path)) == 3


def close_meanwhile(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, *, on_call: int) -> None:
    calls = iter(range(100))

    def decode(_descriptor: int, **_options: object) -> Decoded:
        if next(calls) == on_call:
            item = ContentItem.objects.get(pk=snapshot.content_item_id)
            services.close_previews(content_item=item, actor=REVIEWER, at=LATER)
        return STILLS

    monkeypatch.setattr(decoding_due, "decode", decode)


@pytest.mark.parametrize("on_call", [0, 1])
def test_what_is_closed_while_decoding_keeps_no_preview(
    received: Snapshot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, on_call: int
) -> None:
    close_meanwhile(received, monkeypatch, on_call=on_call)
    assert services.decode_due(at=LATER) == 1
    assert len(vault_files(tmp_path)) == 3
    assert data_of(received).decode_state == "none"
    assert services.decode_due(at=LATER + timedelta(days=1)) == 0


def test_a_row_that_is_due_but_closed_is_taken_off_the_list(received: Snapshot) -> None:
    ContentItem.objects.filter(pk=received.content_item_id).update(preview_closed_at=AT)
    assert services.decode_due(at=LATER) == 0
    assert data_of(received).decode_state == "none"
    assert decoding_due._claim(received.id, LATER) is None


@pytest.mark.usefixtures("quick")
def test_a_full_vault_lets_the_previews_wait(
    received: Snapshot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, box: vault.LocalVault
) -> None:
    real, calls = vault.LocalVault.write, iter(range(100))

    def sometimes_full(self: vault.LocalVault, *args: object, **options: object) -> object:
        if next(calls) == 5:
            raise VaultFull("full")
        return real(self, *args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(vault.LocalVault, "write", sometimes_full)
        assert services.decode_due(at=LATER) == 1
    assert data_of(received).decode_state == "waiting"
    assert services.decode_due(at=LATER + timedelta(minutes=5)) == 0
    assert services.decode_due(at=LATER + timedelta(minutes=10)) == 1
    assert data_of(received).decode_state == "done"
    # The one still whose sibling failed has no row and no key; the sweep takes it.
    assert evidence_services.sweep_strays(at=AT.now(AT.tzinfo) + timedelta(days=2)) == 1
    assert len(vault_files(tmp_path)) == 11


def test_a_leftover_still_that_cannot_be_removed_is_left_to_the_sweep(
    received: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_meanwhile(received, monkeypatch, on_call=1)

    def stuck(_item_id: object) -> None:
        raise VaultUnusable("read-only")

    monkeypatch.setattr(vault, "destroy", stuck)
    assert services.decode_due(at=LATER) == 1
    assert data_of(received).originals[0].still_id is None


def test_a_worker_killed_while_decoding_tries_three_times(
    received: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_descriptor: int, **_options: object) -> Decoded:
        raise KeyboardInterrupt

    monkeypatch.setattr(decoding_due, "decode", killed)
    at = LATER
    for _ in range(decoding_due.MAX_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            services.decode_due(at=at)
        assert services.decode_due(at=at + timedelta(minutes=1)) == 0  # the lease still runs
        at += decoding_due.LEASE
    assert services.decode_due(at=at) == 0
    data = data_of(received)
    assert (data.decode_state, data.originals[0].outcome) == ("done", "crashed")


def test_of_a_long_file_the_decoder_gets_the_beginning(
    received: Snapshot, quick: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding_due, "DEFAULT_LIMITS", Limits(input_bytes=15))
    services.decode_due(at=LATER)
    assert [(call["partial"], call["read"]) for call in quick] == [
        (False, b"A harmless post"),
        (True, PNG[:15]),
    ]


def test_a_copy_of_several_chunks_stops_at_the_limit(
    quick: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding_due, "DEFAULT_LIMITS", Limits(input_bytes=1 << 20))
    item = services.register_content(url="https://agora.example/long", at=AT)
    snapshot = services.request_snapshot(content_item=item, case_id=new_id(), at=AT)
    parts = [IncomingPart([b"x" * (5 << 19)])]
    services.receive_snapshot(snapshot_id=snapshot.id, parts=parts, actor=PLATFORM, at=AT)
    services.decode_due(at=LATER)
    assert len(quick[0]["read"]) == 1 << 20  # type: ignore[arg-type]


@pytest.mark.usefixtures("quick")
def test_the_end_of_keeping_leaves_the_address_and_nothing_of_the_content(
    received: Snapshot, tmp_path: Path
) -> None:
    services.decode_due(at=LATER)
    still = first(received).still_id
    end = AT + timedelta(days=200)
    evidence_services.end_due_preservations(at=end)
    evidence_services.end_due_preservations(at=end)
    assert vault_files(tmp_path) == []
    data = data_of(received)
    assert (data.state, data.title_hint, data.originals[0].still_id) == ("destroyed", "", None)
    assert data.url == "https://agora.example/posts/9"
    assert data.digest == received.digest
    with pytest.raises(Exception, match="destroyed"):
        opened(received, still, at=end)


def test_the_previews_of_a_case(received: Snapshot) -> None:
    other = services.register_content(url="https://agora.example/posts/10", at=AT)
    services.request_snapshot(content_item=other, case_id=received.case_id, at=AT)
    both = queries.previews_of_case(received.case_id)
    assert [data.url for data in both] == ["https://agora.example/posts/9", "https://agora.example/posts/10"]
    assert [data.state for data in both] == ["complete", "pending"]
    only = queries.previews_of_case(received.case_id, content_item_ids=[other.id])
    assert [data.content_item_id for data in only] == [other.id]
    assert queries.preview(content_item_id=other.id, case_id=new_id()) is None
