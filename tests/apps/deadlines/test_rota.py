"""Who is on call, who was, and where nobody is."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.deadlines import queries, services
from entente.apps.deadlines.errors import NoSuchShift, ShiftInvalid, ShiftOverlaps
from entente.apps.deadlines.models import OnCallShift
from entente.apps.deadlines.services.rota import ShiftsOfALeaver
from entente.apps.kernel.ids import new_id
from entente.apps.parties import services as parties
from entente.apps.parties.errors import OpenWorkRemains
from entente.apps.parties.models import Person
from tests.apps.deadlines.conftest import ACTOR, AT, person, shift

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def name(who: object) -> str | None:
    return getattr(who, "name", None)


def test_on_call_is_who_holds_the_shift_at_that_moment() -> None:
    olga, bob = person("olga", "on_call"), person("bob", "on_call")
    shift(olga, starts_at=AT, ends_at=AT + HOUR)
    shift(bob, position=1, starts_at=AT, ends_at=AT + HOUR)
    now = queries.on_call(AT)
    assert (name(now.primary), name(now.backup)) == ("Olga", "Bob")
    for outside in (AT - timedelta(seconds=1), AT + HOUR):
        assert queries.on_call(outside) == queries.OnCall(primary=None, backup=None)


def test_somebody_who_left_is_nobody() -> None:
    olga = person("olga", "on_call")
    shift(olga)
    Person.objects.update(is_active=False)
    assert queries.on_call(AT).primary is None
    assert len(queries.rota_gaps(from_at=AT, until=AT + HOUR)) == 1


def test_a_shift_needs_a_length_a_place_and_somebody_who_may_be_woken() -> None:
    olga = person("olga", "on_call")
    with pytest.raises(ShiftInvalid):
        shift(olga, starts_at=AT, ends_at=AT)
    with pytest.raises(ShiftInvalid):
        shift(olga, position=2)
    with pytest.raises(ShiftInvalid):
        shift(person("rita", "reviewer"))
    with pytest.raises(IntegrityError), transaction.atomic():
        OnCallShift.objects.create(person=olga, starts_at=AT, ends_at=AT)


def test_a_place_is_held_by_one_and_one_holds_one_place() -> None:
    olga, bob = person("olga", "on_call"), person("bob", "on_call")
    shift(olga)
    with pytest.raises(ShiftOverlaps):
        shift(bob)
    with pytest.raises(ShiftOverlaps):
        shift(olga, position=1)
    shift(bob, starts_at=AT + 8 * HOUR, ends_at=AT + 9 * HOUR)


def test_a_shift_is_handed_over() -> None:
    olga, bob = person("olga", "on_call"), person("bob", "on_call")
    given = shift(olga)
    services.hand_shift(shift_id=given.id, to_person_id=bob.pk, actor=ACTOR, at=AT)
    assert name(queries.on_call(AT).primary) == "Bob"
    kinds = [event.kind for event in audit.trail_of("shift", given.id)]
    assert kinds == ["deadlines:shift:added", "deadlines:shift:handed_over"]
    with pytest.raises(NoSuchShift):
        services.hand_shift(shift_id=new_id(), to_person_id=bob.pk, actor=ACTOR, at=AT)


def test_two_people_swap_even_within_one_day() -> None:
    olga, bob = person("olga", "on_call"), person("bob", "on_call")
    first, second = shift(olga), shift(bob, position=1)
    services.swap_shifts(shift_id=first.id, other_shift_id=second.id, actor=ACTOR, at=AT)
    now = queries.on_call(AT)
    assert (name(now.primary), name(now.backup)) == ("Bob", "Olga")


def test_a_swap_that_would_put_somebody_in_two_places_is_refused() -> None:
    olga, bob = person("olga", "on_call"), person("bob", "on_call")
    early, late = shift(olga), shift(bob, starts_at=AT + 8 * HOUR, ends_at=AT + 9 * HOUR)
    shift(bob, position=1)
    with pytest.raises(ShiftOverlaps):
        services.swap_shifts(shift_id=early.id, other_shift_id=late.id, actor=ACTOR, at=AT)
    assert name(queries.on_call(AT).primary) == "Olga"


def test_the_rota_and_its_gaps_are_seen_ahead() -> None:
    olga, bob = person("olga", "on_call"), person("bob", "on_call")
    shift(olga, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR)
    second = shift(bob, starts_at=AT + 3 * HOUR, ends_at=AT + 4 * HOUR)
    gaps = queries.rota_gaps(from_at=AT, until=AT + 5 * HOUR)
    assert [(gap.starts_at, gap.ends_at) for gap in gaps] == [
        (AT, AT + HOUR),
        (AT + 2 * HOUR, AT + 3 * HOUR),
        (AT + 4 * HOUR, AT + 5 * HOUR),
    ]
    assert not queries.rota_gaps(from_at=AT + HOUR, until=AT + 2 * HOUR)
    assert len(queries.rota_gaps(from_at=AT, until=AT + HOUR, position=1)) == 1
    services.remove_shift(shift_id=second.id, actor=ACTOR, at=AT)
    assert [line.person_name for line in queries.rota(from_at=AT, until=AT + 5 * HOUR)] == ["Olga"]
    assert len(queries.rota_gaps(from_at=AT, until=AT + 5 * HOUR)) == 2


def test_the_shifts_of_a_leaver_go_to_whoever_takes_over() -> None:
    olga, bob = person("olga", "on_call"), person("bob", "on_call")
    running = shift(olga, starts_at=AT - HOUR, ends_at=AT + HOUR)
    shift(olga, starts_at=AT + 10 * HOUR, ends_at=AT + 11 * HOUR)
    shift(bob, position=1, starts_at=AT + 10 * HOUR, ends_at=AT + 11 * HOUR)  # cannot be in both places
    shift(olga, starts_at=AT - 9 * HOUR, ends_at=AT - 8 * HOUR)
    held = ShiftsOfALeaver()
    assert held.hand_over(person_id=olga.id, to_person_id=bob.id, actor=ACTOR, at=AT) == 2
    assert name(queries.on_call(AT).primary) == "Bob"
    running.refresh_from_db()
    assert (running.person_id, running.ends_at) == (olga.id, AT)
    later = queries.on_call(AT + 10 * HOUR)
    assert (later.primary, name(later.backup)) == (None, "Bob")
    kinds = [line.kind for line in audit.trail_of("shift", running.id)]
    assert "deadlines:shift:ended" in kinds


def test_an_account_is_not_closed_while_its_shifts_are_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    olga, rita = person("olga", "on_call"), person("rita", "reviewer")
    shift(olga, starts_at=AT + HOUR, ends_at=AT + 2 * HOUR)
    monkeypatch.setattr("entente.apps.kernel.clock.now", lambda: AT)
    with pytest.raises(OpenWorkRemains):
        parties.deactivate_person(person_id=olga.id, actor=ACTOR, at=AT)
    parties.deactivate_person(person_id=olga.id, hand_over_to=rita.id, actor=ACTOR, at=AT)
    assert queries.on_call(AT + HOUR).primary is None
    assert not OnCallShift.objects.exists()  # a reviewer is not woken: the hole shows
