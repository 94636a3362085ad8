"""Whose case it is, what comes next, and care for who looks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from entente.apps.cases import queries, services
from entente.apps.cases.errors import CaseClosed, CaseMissing
from entente.apps.cases.models import Assessment, Case, Handover
from entente.apps.cases.services import care, opening
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.ids import new_id
from entente.apps.parties.models import Person
from entente.apps.parties.types import PersonFacts
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.notices.acts import decide, notice
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def row(person: PersonFacts) -> Person:
    return Person.objects.get(pk=person.id)


def hands(case: Case) -> list[tuple[object, object]]:
    return list(
        Handover.objects.filter(case=case).order_by("at", "id").values_list("from_person", "to_person")
    )


def test_a_case_is_taken_handed_over_and_handed_back_without_a_reason() -> None:
    case = notice().case
    ada, ben = world.person("Ada Example", "reviewer"), world.person("Ben Example", "reviewer")
    services.assign_case(case_id=case.id, person=ada, actor=ada.actor, at=NOW)
    services.assign_case(case_id=case.id, person=ada, actor=ada.actor, at=NOW)
    assert services.hand_over_cases(case_ids=[case.id], to_person=ben, actor=ada.actor, at=NOW) == 1
    assert services.hand_over_cases(case_ids=[case.id], to_person=ben, actor=ada.actor, at=NOW) == 0
    services.hand_back_case(case_id=case.id, actor=ben.actor, at=NOW)
    services.hand_back_case(case_id=case.id, actor=ben.actor, at=NOW)
    assert hands(case) == [(None, ada.id), (ada.id, ben.id), (ben.id, None)]
    assert "reason" not in {field.name for field in Handover._meta.get_fields()}


def test_who_leaves_hands_over_everything_open() -> None:
    ada, ben = world.person("Ada Example", "reviewer"), world.person("Ben Example", "reviewer")
    kept, done = notice(), notice("https://agora.example/p/2")
    for found in (kept, done):
        services.assign_case(case_id=found.case_id, person=ada, actor=ada.actor, at=NOW)
    decide(done, ada, outcome="keep")
    held = opening.OpenCases()
    assert held.open_items(ada.id) == 1
    assert held.hand_over(person_id=ada.id, to_person_id=ben.id, actor=SYSTEM, at=NOW) == 1
    assert held.open_items(ada.id) == 0
    assert queries.case_by_id(kept.case_id).assigned_to_id == ben.id
    assert queries.case_by_id(done.case_id).assigned_to_id == ada.id


def test_several_cases_go_back_at_once() -> None:
    ada = world.person("Ada Example", "reviewer")
    found = [notice(f"https://agora.example/p/{number}") for number in range(3)]
    for one in found[:2]:
        services.assign_case(case_id=one.case_id, person=ada, actor=ada.actor, at=NOW)
    ids = [one.case_id for one in found]
    assert services.hand_over_cases(case_ids=ids, to_person=None, actor=ada.actor, at=NOW) == 2


def test_a_closed_or_missing_case_takes_nothing_more() -> None:
    found = notice()
    ada = world.person("Ada Example", "reviewer")
    decide(found, ada, outcome="keep")
    with pytest.raises(CaseClosed):
        services.assign_case(case_id=found.case_id, person=ada, actor=ada.actor, at=NOW)
    with pytest.raises(CaseMissing):
        services.assign_case(case_id=new_id(), person=ada, actor=ada.actor, at=NOW)
    for look in (queries.case_by_id, lambda _id: queries.case_by_reference("nothing")):
        with pytest.raises(CaseMissing):
            look(new_id())
    services.close_case(case_id=found.case_id, actor=SYSTEM, at=NOW)
    services.close_case(case_id=new_id(), actor=SYSTEM, at=NOW)
    assert queries.case_by_reference(found.case.reference.lower()).id == found.case_id


def test_a_case_that_is_open_is_not_reopened() -> None:
    found = notice()
    assert opening.reopen_case(case_id=found.case_id, stage="follow", actor=SYSTEM, at=NOW).stage == "assess"


def test_the_second_look_ends_its_clock() -> None:
    found = notice()
    opening.start_second_look(case_id=found.case_id, at=NOW)
    ben = world.actor("senior_reviewer", name="Ben Example")
    assert "house.second_look" in {line.rule_id for line in deadlines.running_for_case(found.case_id)}
    opening.confirm_second_look(case_id=found.case_id, note="fine", actor=ben, at=NOW + timedelta(hours=1))
    assert "house.second_look" not in {line.rule_id for line in deadlines.running_for_case(found.case_id)}


def test_the_next_case_is_lighter_after_a_heavy_one_unless_an_hour_runs() -> None:
    ada = world.person("Ada Example", "reviewer")
    assert queries.next_case_for(row(ada), after_heavy=True) is None
    heavy = notice("https://agora.example/p/1")
    services.mark_heavy(case_id=heavy.case_id, is_heavy=True, actor=ada.actor, at=NOW)
    services.mark_heavy(case_id=heavy.case_id, is_heavy=True, actor=ada.actor, at=NOW)
    assert queries.next_case_for(row(ada), after_heavy=True) == heavy.case_id
    assert queries.next_case_for(row(ada), after_heavy=True, declined_kinds=["heavy"]) is None
    light = notice("https://agora.example/p/2", at=NOW + timedelta(hours=1))
    assert queries.next_case_for(row(ada), after_heavy=False) == heavy.case_id
    assert queries.next_case_for(row(ada), after_heavy=True) == light.case_id
    assert queries.next_case_for(row(ada), after_heavy=False, declined_kinds=["heavy"]) == light.case_id
    order = world.receive("https://agora.example/p/3", by=world.office()).order
    services.mark_heavy(case_id=order.case_id, is_heavy=True, actor=ada.actor, at=NOW)
    assert queries.next_case_for(row(ada), after_heavy=True, declined_kinds=["heavy"]) == order.case_id


def test_the_inbox_shows_what_was_asked_for() -> None:
    ada = world.person("Ada Example", "reviewer")
    order = world.receive("https://agora.example/p/3", by=world.office()).order
    mine = notice("https://agora.example/p/1")
    services.assign_case(case_id=mine.case_id, person=ada, actor=ada.actor, at=NOW)
    heavy = notice("https://agora.example/p/2")
    services.mark_heavy(case_id=heavy.case_id, is_heavy=True, actor=SYSTEM, at=NOW)
    done = notice("https://agora.example/p/4")
    decide(done, ada, outcome="keep")

    def shown(**asked: object) -> set[object]:
        return {line.id for line in queries.inbox(queries.InboxFilter(**asked)).rows}  # type: ignore[arg-type]

    everything = {order.case_id, mine.case_id, heavy.case_id}
    assert shown() == everything
    assert queries.inbox(queries.InboxFilter()).rows[0].id == order.case_id
    assert shown(kind="notice") == {mine.case_id, heavy.case_id}
    assert shown(stage="check") == {order.case_id}
    assert shown(mine=row(ada)) == {mine.case_id}
    assert shown(unassigned=True) == {order.case_id, heavy.case_id}
    assert shown(text="p/2") == {heavy.case_id}
    assert shown(text=order.case.reference) == {order.case_id}
    assert shown(state="closed") == {done.case_id}
    counts = queries.open_counts(at=NOW + timedelta(hours=2))
    assert (counts.by_stage, counts.overdue) == ({"assess": 2, "check": 1}, 1)


def test_a_long_inbox_has_pages() -> None:
    for number in range(queries.PAGE + 1):
        services.open_case(
            kind="unclear",
            stage="settle",
            intake_kind="arrival",
            intake_id=new_id(),
            title=f"{number}",
            sender="",
            items=[],
            actor=SYSTEM,
            at=NOW,
        )
    first = queries.inbox(queries.InboxFilter())
    second = queries.inbox(queries.InboxFilter(), page=2)
    assert (len(first.rows), first.has_more, len(second.rows), second.has_more) == (
        queries.PAGE,
        True,
        1,
        False,
    )


def test_viewing_time_is_counted_on_the_persons_own_day_and_its_limit_holds() -> None:
    ada = row(world.person("Ada Example", "reviewer"))
    ada.timezone = "Pacific/Auckland"
    services.save_viewing_preference(
        person=ada, values={"daily_limit_minutes": 3, "is_blurred": False}, at=NOW
    )
    assert care.may_look(ada, NOW)
    assert care.seconds_today(ada, NOW) == 0
    assert services.add_viewing_seconds(person=ada, seconds=9_999, at=NOW) == care.MAX_BEACON_SECONDS
    assert services.add_viewing_seconds(person=ada, seconds=-5, at=NOW) == care.MAX_BEACON_SECONDS
    assert care.may_look(ada, NOW)
    services.add_viewing_seconds(person=ada, seconds=60, at=NOW)
    assert not care.may_look(ada, NOW)
    assert care.recent_days(ada, NOW, days=2) == [(date(2026, 11, 22), 0), (date(2026, 11, 23), 180)]
    assert care.may_look(ada, NOW + timedelta(days=1))


@pytest.mark.parametrize("minutes", [0, -1, care.MAX_DAILY_MINUTES + 1])
def test_a_daily_limit_nobody_can_switch_off(minutes: int) -> None:
    ada = row(world.person("Ada Example", "reviewer"))
    with pytest.raises(Invalid):
        services.save_viewing_preference(person=ada, values={"daily_limit_minutes": minutes}, at=NOW)
    assert care.preference_of(ada).daily_limit_minutes == 120


def limits(person: Person, at: datetime) -> tuple[int, int | None]:
    preference = care.preference_of(person)
    return care.limit_minutes(preference, at), care.waiting_limit(preference, at)


def test_a_lower_limit_holds_at_once_and_a_higher_one_from_ones_own_tomorrow() -> None:
    ada = row(world.person("Ada Example", "reviewer"))
    ada.timezone = "Pacific/Auckland"
    own_tomorrow = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)

    def choose(minutes: int, at: datetime) -> None:
        services.save_viewing_preference(person=ada, values={"daily_limit_minutes": minutes}, at=at)

    assert limits(ada, NOW) == (120, None)
    choose(2, NOW)
    services.add_viewing_seconds(person=ada, seconds=120, at=NOW)
    choose(60, NOW)
    assert limits(ada, NOW) == (2, 60)
    assert not care.may_look(ada, NOW)
    choose(90, own_tomorrow - timedelta(seconds=1))
    assert limits(ada, own_tomorrow - timedelta(seconds=1)) == (2, 90)
    assert limits(ada, own_tomorrow) == (90, None)
    choose(100, own_tomorrow)
    assert limits(ada, own_tomorrow) == (90, 100)
    choose(80, own_tomorrow)
    assert limits(ada, own_tomorrow + timedelta(days=2)) == (80, None)
    services.save_viewing_preference(person=ada, values={"is_grey": False}, at=own_tomorrow)
    assert limits(ada, own_tomorrow) == (80, None)


def test_a_hand_over_is_taken_back_where_nothing_followed() -> None:
    ada, ben = world.person("Ada Example", "reviewer"), world.person("Ben Example", "reviewer")
    mine, free, his, moved = (notice(f"https://agora.example/p/{number}").case_id for number in range(4))
    for case_id, holder in ((mine, ada), (his, ben), (moved, ada)):
        services.assign_case(case_id=case_id, person=holder, actor=holder.actor, at=NOW)
    ids, handed_at = [mine, free, his, moved], NOW + timedelta(minutes=1)
    assert services.hand_over_cases(case_ids=ids, to_person=ben, actor=ada.actor, at=handed_at) == 3
    services.hand_back_case(case_id=moved, actor=ben.actor, at=NOW + timedelta(minutes=2))

    def take_back() -> int:
        return services.take_back_hand_over(
            case_ids=ids,
            holder_id=ben.id,
            handed_at=handed_at,
            actor=ada.actor,
            at=NOW + timedelta(minutes=3),
        )

    assert take_back() == 2
    assert [queries.case_by_id(case_id).assigned_to_id for case_id in ids] == [ada.id, None, ben.id, None]
    assert take_back() == 0


def test_cases_put_into_the_common_inbox_are_fetched_back() -> None:
    ada = world.person("Ada Example", "reviewer")
    mine, never = notice().case_id, notice("https://agora.example/p/2").case_id
    services.assign_case(case_id=mine, person=ada, actor=ada.actor, at=NOW)
    ids, handed_at = [mine, never], NOW + timedelta(minutes=1)
    services.hand_over_cases(case_ids=ids, to_person=None, actor=ada.actor, at=handed_at)
    assert (
        services.take_back_hand_over(
            case_ids=ids, holder_id=None, handed_at=handed_at, actor=ada.actor, at=handed_at
        )
        == 1
    )
    assert queries.case_by_id(mine).assigned_to_id == ada.id


@pytest.mark.parametrize("how", ["held", "given away", "assessed", "decided"])
def test_a_case_somebody_had_to_do_with_weighs_for_a_day(how: str) -> None:
    ada, ben = world.person("Ada Example", "reviewer"), world.person("Ben Example", "reviewer")
    found = notice()
    assert not queries.last_was_heavy(row(ada), NOW)
    if how == "held":
        services.assign_case(case_id=found.case_id, person=ada, actor=ada.actor, at=NOW)
    elif how == "given away":
        services.assign_case(case_id=found.case_id, person=ada, actor=SYSTEM, at=NOW - timedelta(days=3))
        services.hand_over_cases(case_ids=[found.case_id], to_person=ben, actor=ada.actor, at=NOW)
    elif how == "assessed":
        assess(found.case_id, ada, road="notice", outcome="keep", at=NOW)
    else:
        decide(found, ada, outcome="keep")
        Assessment.objects.update(assessed_by=row(ben))
    assert not queries.last_was_heavy(row(ada), NOW)
    services.mark_heavy(case_id=found.case_id, is_heavy=True, actor=SYSTEM, at=NOW)
    assert queries.last_was_heavy(row(ada), NOW)
    assert not queries.last_was_heavy(row(ada), NOW + timedelta(days=1, seconds=1))
    light = notice("https://agora.example/p/2", at=NOW)
    services.assign_case(case_id=light.case_id, person=ada, actor=ada.actor, at=NOW + timedelta(minutes=1))
    assert not queries.last_was_heavy(row(ada), NOW + timedelta(minutes=2))
