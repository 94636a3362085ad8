"""Copies that never came: people are woken once for each case, ask again, or bring the copy themselves."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from entente.apps.audit import queries as audit
from entente.apps.content import queries, services
from entente.apps.content.errors import NoSuchSnapshot, NothingMissing, SnapshotClosed
from entente.apps.content.models import Snapshot
from entente.apps.content.services import requesting
from entente.apps.content.services.receiving import BROUGHT_BY_STAFF, IncomingPart
from entente.apps.deadlines import services as deadlines
from entente.apps.deliveries.models import Delivery
from entente.apps.evidence import queries as evidence
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.ids import new_id
from entente.apps.parties.types import PersonFacts
from tests import world
from tests.apps.content.conftest import AT, REVIEWER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("box", "webhook")]
CASE = new_id()
MUCH_LATER = AT + timedelta(days=60)


@pytest.fixture
def people() -> list[PersonFacts]:
    """Put Olga on call and Lea at the legal desk."""
    olga, lea = world.person("Olga Example", "on_call", at=AT), world.person("Lea Example", "legal", at=AT)
    deadlines.add_shift(
        person_id=olga.id,
        starts_at=AT,
        ends_at=MUCH_LATER + timedelta(days=60),
        actor=SYSTEM,
        at=AT,
    )
    return [olga, lea]


def asked(number: int = 1, case_id: UUID = CASE, at: datetime = AT) -> Snapshot:
    item = services.register_content(url=f"https://agora.example/posts/{number}", at=at)
    return services.request_snapshot(content_item=item, case_id=case_id, at=at)


def ask_until_given_up(at: datetime = AT) -> datetime:
    """Let the worker go through all attempts; return when nobody asks any more."""
    while (
        due := Snapshot.objects.filter(next_attempt_at__isnull=False)
        .order_by("next_attempt_at")
        .values_list("next_attempt_at", flat=True)
        .first()
    ) is not None:
        at = max(at, due)
        services.run_due_snapshots(at=at)
    return at


def pages() -> list[Delivery]:
    return list(Delivery.objects.filter(transport="page").order_by("created_at", "pk"))


def kinds(snapshot: Snapshot) -> list[str]:
    return [event.kind for event in audit.trail_of("content_item", snapshot.content_item_id)]


def bring(snapshot: Snapshot, at: datetime = MUCH_LATER, case_id: UUID = CASE) -> Snapshot:
    return services.receive_snapshot(
        snapshot_id=snapshot.id,
        case_id=case_id,
        parts=[IncomingPart([b"a text"], "text/plain")],
        method=BROUGHT_BY_STAFF,
        actor=REVIEWER,
        at=at,
    )


def test_after_the_last_attempt_people_are_woken_an_hour_later(people: list[PersonFacts]) -> None:
    snapshot = asked()
    given_up_at = ask_until_given_up()
    last_asked_at = Delivery.objects.filter(purpose="snapshot.requested").latest("created_at").created_at
    assert given_up_at - last_asked_at == requesting.LAST_WAIT
    assert {page.destination for page in pages()} == {str(person.id) for person in people}
    (page, _other) = pages()
    assert page.case_id == CASE
    assert "https://agora.example/posts/1" in str(page.payload["text"])
    assert "ask again, or upload the copy" in str(page.payload["text"])
    assert kinds(snapshot)[-1] == "content:snapshot:given_up"
    assert (queries.given_up_copies(CASE), queries.given_up_copies(new_id())) == (1, 0)
    found = queries.preview_by_id(snapshot.id)
    assert found is not None
    assert (found.is_given_up, found.is_missing) == (True, True)
    assert services.run_due_snapshots(at=MUCH_LATER) == 0


def test_a_thousand_missing_copies_of_one_case_wake_each_person_once(people: list[PersonFacts]) -> None:
    items, _known = services.register_contents(
        urls=[f"https://agora.example/posts/{number}" for number in range(1000)], at=AT
    )
    services.request_snapshots(content_items=items, case_id=CASE, at=AT)
    Snapshot.objects.update(
        state="gap", attempts=len(requesting.RETRY_AFTER) + 1, next_attempt_at=AT, gap_at=AT
    )
    while services.run_due_snapshots(at=AT):
        pass
    assert queries.given_up_copies(CASE) == 1000
    assert len(pages()) == len(people)


def test_two_cases_wake_twice(people: list[PersonFacts]) -> None:
    asked(1)
    asked(2, case_id=new_id())
    ask_until_given_up()
    assert len(pages()) == 2 * len(people)


def test_asking_again_begins_from_the_start_and_takes_the_pages_down(people: list[PersonFacts]) -> None:
    snapshot = asked()
    ask_until_given_up()
    before = Delivery.objects.filter(purpose="snapshot.requested").count()
    assert services.ask_snapshots_again(case_id=CASE, actor=REVIEWER, at=MUCH_LATER) == 1
    assert {page.state for page in pages()} == {"cancelled"}
    (event,) = audit.trail_of("case", CASE)
    assert (event.kind, event.actor_name) == ("content:snapshot:asked_again", "Ada Example")
    assert services.run_due_snapshots(at=MUCH_LATER) == 1
    asked_now = Delivery.objects.filter(purpose="snapshot.requested", state="pending").get()
    assert (asked_now.subject_id, asked_now.created_at) == (snapshot.id, MUCH_LATER)
    with pytest.raises(NothingMissing):
        services.ask_snapshots_again(case_id=CASE, actor=REVIEWER, at=MUCH_LATER)
    ask_until_given_up(MUCH_LATER)
    after = Delivery.objects.filter(purpose="snapshot.requested").count()
    assert after - before == len(requesting.RETRY_AFTER) + 1
    waiting = [page for page in pages() if page.state == "pending"]
    assert len(waiting) == len(people)


def test_a_copy_that_somebody_brings_is_sealed_and_says_who_brought_it(people: list[PersonFacts]) -> None:
    snapshot = asked()
    ask_until_given_up()
    done = bring(snapshot)
    assert (done.state, done.method) == ("complete", BROUGHT_BY_STAFF)
    (line,) = evidence.items_of("content_item", snapshot.content_item_id)
    assert line.method == BROUGHT_BY_STAFF
    received = [
        event
        for event in audit.trail_of("content_item", snapshot.content_item_id)
        if event.kind == "content:snapshot:received"
    ]
    assert [(event.actor_name, event.facts["method"]) for event in received] == [
        ("Ada Example", BROUGHT_BY_STAFF)
    ]
    found = queries.preview_by_id(snapshot.id)
    assert found is not None
    assert (found.is_missing, found.decode_state) == (False, "waiting")
    assert {page.state for page in pages()} == {"cancelled"}


def test_the_pages_stay_while_another_copy_of_the_case_is_missing(people: list[PersonFacts]) -> None:
    first, second = asked(1), asked(2)
    ask_until_given_up()
    bring(first)
    assert {page.state for page in pages()} == {"pending"}
    bring(second)
    assert {page.state for page in pages()} == {"cancelled"}


def test_what_is_brought_for_another_case_or_no_longer_wanted_is_refused() -> None:
    snapshot = asked()
    with pytest.raises(NoSuchSnapshot):
        bring(snapshot, case_id=new_id())
    services.close_previews(content_item=snapshot.content_item, actor=REVIEWER, at=AT)
    found = queries.preview_by_id(snapshot.id)
    assert found is not None
    assert not found.is_missing
    with pytest.raises(SnapshotClosed):
        bring(snapshot)
    assert queries.preview_by_id(new_id()) is None
