"""Closing the previews of many items: at once for everybody, written down about each in batches, by whoever pressed."""

import pytest

from entente.apps.audit import queries as audit
from entente.apps.content import queries, services
from entente.apps.content.errors import PreviewClosed, SnapshotClosed
from entente.apps.content.models import Closing, ContentItem, Snapshot
from entente.apps.content.services import closing
from entente.apps.deliveries.models import Delivery
from entente.apps.evidence.models import CustodyEvent, EvidenceItem
from entente.apps.kernel.ids import new_id
from tests.apps.content.conftest import AT, PLATFORM, REVIEWER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("box", "webhook")]
CASE = new_id()
MANY = closing.BATCH + 3


@pytest.fixture
def items() -> list[ContentItem]:
    """Return more items than one batch holds: half with a copy, half asked for."""
    urls = [f"https://agora.example/posts/{number}" for number in range(MANY)]
    found, _known = services.register_contents(urls=urls, at=AT)
    services.request_snapshots(content_items=found, case_id=CASE, at=AT)
    services.run_due_snapshots(at=AT)
    for snapshot in Snapshot.objects.order_by("pk")[: MANY // 2]:
        parts = [services.IncomingPart([b"text"], "text/plain")]
        services.receive_snapshot(snapshot_id=snapshot.pk, parts=parts, actor=PLATFORM, at=AT)
    return found


def close(items: list[ContentItem]) -> int:
    return services.close_previews_of(content_item_ids=[item.pk for item in items], actor=REVIEWER, at=AT)


def test_every_item_is_closed_at_once_whatever_their_number(items: list[ContentItem]) -> None:
    assert close(items) == MANY
    assert not ContentItem.objects.filter(preview_closed_at=None).exists()
    assert set(Snapshot.objects.values_list("state", flat=True)) == {"complete", "cancelled"}
    assert set(Snapshot.objects.values_list("decode_state", flat=True)) == {"none"}
    copy = next(one for one in queries.previews_of_case(CASE) if one.state == "complete")
    with pytest.raises(PreviewClosed):
        services.open_part(part_id=copy.originals[0].id, actor=REVIEWER, case_id=CASE, at=AT, reason="look")
    missing = Snapshot.objects.filter(state="cancelled").first()
    assert missing is not None
    with pytest.raises(SnapshotClosed):
        services.receive_snapshot(
            snapshot_id=missing.pk, parts=[services.IncomingPart([b"x"])], actor=PLATFORM, at=AT
        )


def test_what_is_written_about_each_follows_in_batches_in_the_name_of_who_pressed(
    items: list[ContentItem],
) -> None:
    close(items)
    assert queries.closings_left(CASE) == MANY - closing.BATCH
    assert services.continue_closings(at=AT) == MANY - closing.BATCH
    assert services.continue_closings(at=AT) == 0
    assert queries.closings_left(CASE) == 0
    assert not EvidenceItem.objects.filter(closed_at=None).exists()
    closed = CustodyEvent.objects.filter(kind="closed")
    assert set(closed.values_list("actor_name", flat=True)) == {"Ada Example"}
    assert closed.count() == MANY // 2
    for item in items:
        (event,) = [
            line for line in audit.trail_of("content_item", item.pk) if line.kind.endswith("preview:closed")
        ]
        assert event.actor_name == "Ada Example"
    asked = Delivery.objects.filter(
        purpose="snapshot.requested",
        subject_id__in=Snapshot.objects.filter(state="cancelled").values("pk"),
    )
    assert set(asked.values_list("state", flat=True)) == {"cancelled"}


def test_closing_again_changes_nothing(items: list[ContentItem]) -> None:
    close(items)
    while services.continue_closings(at=AT):
        pass
    assert close(items) == 0
    assert Closing.objects.count() == 1
    assert CustodyEvent.objects.filter(kind="closed").count() == MANY // 2


def test_nothing_is_closed_of_a_case_without_addresses() -> None:
    assert close([]) == 0
