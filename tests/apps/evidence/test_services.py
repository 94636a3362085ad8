"""Keeping, reading and destroying evidence: every act with its ground, its line of custody, its certificate."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from entente.apps.audit import queries as audit_queries
from entente.apps.evidence import queries, registries, services, vault
from entente.apps.evidence.errors import (
    ItemClosed,
    ItemDestroyed,
    NoSuchItem,
    NoSuchPreservation,
    NotExtendable,
    NotReleasable,
    ReadingNotAllowed,
    SealBroken,
    UnknownGround,
    VaultUnusable,
)
from entente.apps.evidence.models import CustodyEvent, EvidenceItem, Preservation, PreservationExtension
from entente.apps.evidence.services import ending, lasting
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.registries import Registry
from entente.apps.tlog.models import Leaf

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PERSON = Actor("person", "p-1", "Ada Example", frozenset({"reviewer"}))
AUDITOR = Actor("person", "p-2", "Una Example", frozenset({"auditor"}))
DATA = b"a harmless post\n" * 1000


@dataclass(frozen=True)
class Kept:
    """One item with its subject and case."""

    item: EvidenceItem
    subject_id: UUID
    case_id: UUID


@pytest.fixture(autouse=True)
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> vault.LocalVault:
    own = vault.LocalVault(tmp_path / "vault", bytes(range(32)), reserve_bytes=0)
    monkeypatch.setattr(vault, "instance", lambda: own)
    return own


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> list[tuple[UUID, datetime]]:
    """Offer a registry of its own, whose handler notes what it hears."""
    heard: list[tuple[UUID, datetime]] = []
    own: Registry[str, Callable[[UUID, datetime], None]] = Registry("test")
    own.register("thing", lambda subject_id, at: heard.append((subject_id, at)))
    monkeypatch.setattr(registries, "preservation_ended", own)
    return heard


def keep(
    subject_id: UUID | None = None, case_id: UUID | None = None, ground: str = "house.open_case"
) -> Kept:
    subject_id, case_id = subject_id or new_id(), case_id or new_id()
    item = services.register_item(
        blob=vault.write([DATA], max_bytes=len(DATA)),
        media_type="text/plain",
        subject_kind="thing",
        subject_id=subject_id,
        method="pushed_by_platform",
        tool_version="test",
        actor=SYSTEM,
        at=AT,
        case_id=case_id,
    )
    preserve(subject_id, case_id, ground)
    return Kept(item, subject_id, case_id)


def preserve(subject_id: UUID, case_id: UUID, ground: str, starts_at: datetime = AT) -> Preservation:
    return services.preserve(
        subject_kind="thing",
        subject_id=subject_id,
        case_id=case_id,
        ground_id=ground,
        starts_at=starts_at,
        actor=SYSTEM,
        at=starts_at,
    )


def read(kept: Kept, **changes: object) -> Iterator[bytes]:
    asked: dict[str, object] = {
        "item_id": kept.item.id,
        "actor": PERSON,
        "case_id": kept.case_id,
        "purpose": "review_or_complaint",
        "reason": "assessing the notice",
        "at": AT + timedelta(hours=1),
    }
    return services.read_item(**(asked | changes))  # type: ignore[arg-type]


def custody(item: EvidenceItem) -> list[str]:
    return [line.kind for line in queries.custody_trail(item.id)]


def test_what_is_registered_is_listed_read_and_written_down() -> None:
    kept = keep()
    (line,) = queries.items_of("thing", kept.subject_id)
    assert (line.size_bytes, line.state, line.is_closed) == (len(DATA), "sealed", False)
    assert b"".join(read(kept)) == DATA
    trail = queries.custody_trail(kept.item.id)
    assert [event.kind for event in trail] == ["sealed", "read"]
    assert trail[1].actor_name == "Ada Example"
    assert (trail[1].purpose, trail[1].reason) == ("review_or_complaint", "assessing the notice")
    assert trail[1].case_id == kept.case_id
    assert queries.totals() == queries.VaultTotals(1, len(DATA), 0)


def test_the_reading_is_written_down_before_the_first_byte() -> None:
    kept = keep()
    read(kept)  # nothing is taken from it
    assert custody(kept.item) == ["sealed", "read"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"actor": AUDITOR}, "role"),
        ({"actor": Actor("authority", "a", "An authority")}, "role"),
        ({"reason": "   "}, "reason"),
        ({"case_id": uuid4()}, "case"),
        ({"at": AT + timedelta(days=200)}, "case"),
        ({"purpose": "prevention_investigation_prosecution"}, "purpose"),
    ],
)
def test_reading_needs_role_reason_case_and_purpose(changes: dict[str, object], rule: str) -> None:
    kept = keep()
    with pytest.raises(ReadingNotAllowed) as raised:
        read(kept, **changes)
    assert raised.value.facts["rule"] == rule
    assert custody(kept.item) == ["sealed"]


def test_the_ground_of_art_6_allows_more_purposes() -> None:
    kept = keep(ground="tco.art6")
    assert b"".join(read(kept, purpose="prevention_investigation_prosecution")) == DATA


def test_the_program_reads_for_itself_without_a_ground_but_not_without_a_line() -> None:
    kept = keep()
    assert b"".join(services.process_item(item_id=kept.item.id, reason="decoding", at=AT)) == DATA
    assert custody(kept.item) == ["sealed", "processed"]


def test_an_unknown_item() -> None:
    with pytest.raises(NoSuchItem):
        services.process_item(item_id=uuid4(), reason="x", at=AT)


def test_damage_is_recorded_and_raised(box: vault.LocalVault) -> None:
    kept = keep()
    path = box.path_of(kept.item.id)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SealBroken):
        b"".join(read(kept))
    assert custody(kept.item) == ["sealed", "read", "damaged"]
    assert [e.kind for e in audit_queries.trail_of("evidence_item", kept.item.id)] == [
        "evidence:item:damaged"
    ]


def test_custody_and_extensions_are_append_only() -> None:
    kept = keep()
    for change in (
        lambda: CustodyEvent.objects.filter(item=kept.item).update(reason="other"),
        lambda: CustodyEvent.objects.filter(item=kept.item).delete(),
    ):
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            change()


def test_a_ground_runs_for_its_period_in_calendar_months() -> None:
    kept = keep(ground="tco.art6")
    (line,) = queries.preservations_of("thing", kept.subject_id)
    assert line.until == datetime(2026, 9, 2, 8, 0, tzinfo=UTC)  # 10:00 in Brussels stays 10:00 in summer
    assert line.purposes == ("review_or_complaint", "prevention_investigation_prosecution")
    assert queries.preserved_until("thing", kept.subject_id) == line.until
    assert queries.preserved_until("thing", uuid4()) is None


def test_keeping_needs_a_ground_of_the_law_data() -> None:
    with pytest.raises(UnknownGround):
        preserve(new_id(), new_id(), "because.we.can")


def test_a_subject_can_be_kept_before_there_is_a_copy() -> None:
    subject_id = new_id()
    preserve(subject_id, new_id(), "tco.art6")
    assert queries.items_of("thing", subject_id) == []
    assert services.end_due_preservations(at=AT + timedelta(days=365)) == 1


def test_the_same_ground_again_lasts_longer_but_starts_no_second_one() -> None:
    subject_id, case_id = new_id(), new_id()
    first = preserve(subject_id, case_id, "tco.art6")
    later = preserve(subject_id, case_id, "tco.art6", AT + timedelta(days=10))
    earlier = preserve(subject_id, case_id, "tco.art6", AT - timedelta(days=10))
    assert first.id == later.id == earlier.id
    assert earlier.until == later.until > first.until
    kinds = [event.kind for event in audit_queries.trail_of("thing", subject_id)]
    assert kinds == ["evidence:preservation:started", "evidence:preservation:started_again"]


def test_two_who_begin_the_same_ground_at_once_begin_one(monkeypatch: pytest.MonkeyPatch) -> None:
    subject_id, case_id = new_id(), new_id()
    preserve(subject_id, case_id, "tco.art6")
    real = Preservation.objects.filter
    blind = iter([True])

    def filter_once_blind(**conditions: object) -> object:
        rows = real(**conditions)
        if next(blind, False):
            rows.first = lambda: None  # type: ignore[method-assign]
        return rows

    monkeypatch.setattr(Preservation.objects, "filter", filter_once_blind)
    preserve(subject_id, case_id, "tco.art6")
    monkeypatch.undo()
    assert Preservation.objects.filter(subject_id=subject_id).count() == 1


def extend(preservation_id: UUID, **changes: object) -> Preservation:
    asked: dict[str, object] = {
        "preservation_id": preservation_id,
        "until": AT + timedelta(days=400),
        "requested_by": "court",
        "basis": "Proceedings 12/2026 before the invented court of Norland",
        "actor": PERSON,
        "at": AT + timedelta(days=1),
    }
    return services.extend_preservation(**(asked | changes))  # type: ignore[arg-type]


def test_who_has_the_right_may_ask_for_longer() -> None:
    kept = keep(ground="tco.art6")
    (line,) = queries.preservations_of("thing", kept.subject_id)
    extended = extend(line.id)
    assert extended.until == AT + timedelta(days=400)
    row = PreservationExtension.objects.get()
    assert (row.until_before, row.recorded_by_name) == (line.until, "Ada Example")
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        PreservationExtension.objects.all().delete()


@pytest.mark.parametrize(
    "changes", [{"requested_by": "host"}, {"basis": " "}, {"until": AT + timedelta(days=10)}]
)
def test_others_may_not(changes: dict[str, object]) -> None:
    kept = keep(ground="tco.art6")
    (line,) = queries.preservations_of("thing", kept.subject_id)
    with pytest.raises(NotExtendable):
        extend(line.id, **changes)


def test_an_ended_or_unknown_preservation_is_not_extended() -> None:
    with pytest.raises(NoSuchPreservation):
        extend(uuid4())
    kept = keep(ground="tco.art6")
    (line,) = queries.preservations_of("thing", kept.subject_id)
    services.end_due_preservations(at=AT + timedelta(days=200))
    with pytest.raises(ChangedMeanwhile):
        extend(line.id)


def release(kept: Kept, ground: str = "house.open_case", at: datetime = AT + timedelta(days=1)) -> bool:
    return services.release_preservation(
        subject_kind="thing",
        subject_id=kept.subject_id,
        case_id=kept.case_id,
        ground_id=ground,
        reason="decided: keep",
        actor=PERSON,
        at=at,
    )


def test_the_house_releases_its_own_ground_and_no_other() -> None:
    kept = keep()
    assert release(kept)
    assert not release(kept)
    assert services.end_due_preservations(at=AT + timedelta(days=1)) == 2
    assert [line.state for line in queries.items_of("thing", kept.subject_id)] == ["destroyed"]
    assert not release(kept)
    with pytest.raises(NotReleasable):
        release(kept, "tco.art6")
    with pytest.raises(UnknownGround):
        release(kept, "because")


def test_a_release_in_the_moment_of_the_start_still_ends_after_it() -> None:
    kept = keep()
    assert release(kept, at=AT)
    (line,) = queries.preservations_of("thing", kept.subject_id)
    assert line.until > line.starts_at


def test_nothing_ends_before_its_time_and_the_longest_ground_decides(
    box: vault.LocalVault, ended: list[tuple[UUID, datetime]]
) -> None:
    kept = keep()
    preserve(kept.subject_id, kept.case_id, "tco.art6")
    assert services.end_due_preservations(at=AT + timedelta(days=30)) == 0
    assert services.end_due_preservations(at=AT + timedelta(days=100)) == 1  # the open case: three months
    assert b"".join(read(kept, at=AT + timedelta(days=101))) == DATA
    assert ended == []
    end = AT + timedelta(days=190)
    assert services.end_due_preservations(at=end) == 2
    assert ended == [(kept.subject_id, end)]
    assert not box.path_of(kept.item.id).exists()


def test_the_end_leaves_a_certificate_and_nothing_else(box: vault.LocalVault) -> None:
    kept = keep(ground="tco.art6")
    end = AT + timedelta(days=190)
    services.end_due_preservations(at=end)
    item = EvidenceItem.objects.get(pk=kept.item.id)
    assert (item.state, bytes(item.wrapped_key), item.destroyed_at) == ("destroyed", b"", end)
    assert not box.path_of(item.id).exists()
    assert custody(item) == ["sealed", "key_destroyed", "destroyed"]
    (certificate,) = audit_queries.trail_of("evidence_item", item.id)
    assert certificate.facts["ground"] == "tco.art6"
    assert certificate.facts["sha256"] == bytes(item.sha256).hex()
    leaf = Leaf.objects.get(kind="evidence_destroyed")
    assert str(leaf.id) == certificate.facts["leaf"]
    assert bytes(item.sha256).hex() not in str(leaf.data)
    with pytest.raises(ItemDestroyed):
        read(kept)
    assert services.end_due_preservations(at=end) == 0


def test_a_kill_after_the_key_leaves_work_for_the_next_round(
    box: vault.LocalVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep()
    end = AT + timedelta(days=200)

    def killed(_item: EvidenceItem, _at: datetime) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(ending, "_remove_one", killed)
    with pytest.raises(KeyboardInterrupt):
        services.end_due_preservations(at=end)
    monkeypatch.undo()
    monkeypatch.setattr(vault, "instance", lambda: box)
    with pytest.raises(ItemDestroyed):
        read(kept)
    assert box.path_of(kept.item.id).exists()
    assert queries.totals().to_destroy == 1
    assert services.end_due_preservations(at=end) == 1
    assert not box.path_of(kept.item.id).exists()


def test_a_file_that_cannot_be_removed_stays_on_the_list(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keep()

    def refuse(_item_id: UUID) -> None:
        raise VaultUnusable("read-only")

    with monkeypatch.context() as patched:
        patched.setattr(vault, "destroy", refuse)
        assert services.end_due_preservations(at=AT + timedelta(days=200)) == 1
    assert "cannot be removed" in caplog.text
    assert services.end_due_preservations(at=AT + timedelta(days=200)) == 1


def test_a_subject_nobody_answers_for_ends_too() -> None:
    subject_id = new_id()
    services.preserve(
        subject_kind="other",
        subject_id=subject_id,
        case_id=new_id(),
        ground_id="tco.art6",
        starts_at=AT,
        actor=SYSTEM,
        at=AT,
    )
    assert services.end_due_preservations(at=AT + timedelta(days=200)) == 1


def test_what_was_extended_in_the_last_moment_is_left_alone() -> None:
    kept = keep(ground="tco.art6")
    (line,) = queries.preservations_of("thing", kept.subject_id)
    extend(line.id)
    assert ending._end_one(line.id, AT + timedelta(days=200)) == 0


def test_an_item_without_any_preservation_is_certified_without_a_ground() -> None:
    kept = keep()
    Preservation.objects.all().delete()
    EvidenceItem.objects.filter(pk=kept.item.id).update(state="destroying", wrapped_key=b"")
    assert services.end_due_preservations(at=AT) == 1
    (certificate,) = audit_queries.trail_of("evidence_item", kept.item.id)
    assert certificate.facts["ground"] == ""


def test_closing_shuts_an_item_for_everybody_and_keeps_it_sealed(box: vault.LocalVault) -> None:
    kept = keep()
    closed = services.close_items(
        subject_kind="thing", subject_id=kept.subject_id, reason="suspected child abuse", actor=PERSON, at=AT
    )
    assert closed == 1
    with pytest.raises(ItemClosed):
        read(kept)
    with pytest.raises(ItemClosed):
        services.process_item(item_id=kept.item.id, reason="decoding", at=AT)
    assert box.path_of(kept.item.id).exists()
    assert queries.items_of("thing", kept.subject_id)[0].is_closed
    again = services.close_items(
        subject_kind="thing", subject_id=kept.subject_id, reason="again", actor=PERSON, at=AT
    )
    assert again == 0


def test_a_kill_between_writing_and_the_row_leaves_a_stray_that_is_swept(box: vault.LocalVault) -> None:
    kept = keep()
    strays = [vault.write([b"x"], max_bytes=1) for _ in range(2)]
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    assert services.sweep_strays(at=datetime.now(UTC)) == 0
    assert services.sweep_strays(at=tomorrow, limit=1) == 1
    assert services.sweep_strays(at=tomorrow) == 1
    assert all(not box.path_of(blob.item_id).exists() for blob in strays)
    assert b"".join(read(kept)) == DATA


def test_a_row_of_another_item_does_not_open(box: vault.LocalVault) -> None:
    one, two = keep(), keep()
    EvidenceItem.objects.filter(pk=two.item.id).update(wrapped_key=bytes(one.item.wrapped_key))
    with pytest.raises(SealBroken):
        b"".join(read(two))
    assert replace(one).item.id != two.item.id


def test_the_database_refuses_what_would_be_nonsense() -> None:
    kept = keep()
    with pytest.raises(IntegrityError), transaction.atomic():
        EvidenceItem.objects.filter(pk=kept.item.id).update(destroyed_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Preservation.objects.filter(subject_id=kept.subject_id).update(until=AT - timedelta(days=1))
    assert connection.in_atomic_block
    assert lasting.HOUSE == "house"
