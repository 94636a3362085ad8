"""Many copies of a case at once: let go when it is over, or kept longer on a request; a few statements, one event."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from entente.apps.audit import queries as audit
from entente.apps.evidence import queries, services
from entente.apps.evidence.errors import NotExtendable, NotReleasable, UnknownGround
from entente.apps.evidence.models import PreservationExtension
from entente.apps.evidence.services import lasting
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.ids import new_id

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(days=1)
PERSON = Actor("person", "p-1", "Ada Example", frozenset({"reviewer"}))
CASE = new_id()
SUBJECTS = [new_id() for _number in range(3)]


def keep(subject_id: UUID, ground: str = "house.open_case", case_id: UUID = CASE, at: datetime = AT) -> None:
    services.preserve(
        subject_kind="thing",
        subject_id=subject_id,
        case_id=case_id,
        ground_id=ground,
        starts_at=at,
        actor=PERSON,
        at=at,
    )


def release(ground: str = "house.open_case", at: datetime = LATER) -> int:
    return services.release_preservations(
        subject_kind="thing",
        subject_ids=SUBJECTS,
        case_id=CASE,
        ground_id=ground,
        reason="case_closed",
        actor=PERSON,
        at=at,
    )


def ends(subject_id: UUID) -> dict[str, datetime]:
    return {line.ground_id: line.until for line in queries.preservations_of("thing", subject_id)}


def test_every_copy_of_the_case_is_let_go_and_one_event_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "_AT_ONCE", 2)
    for subject in SUBJECTS:
        keep(subject)
    assert release() == 3
    assert [ends(subject)["house.open_case"] for subject in SUBJECTS] == [LATER] * 3
    (event,) = audit.trail_of("case", CASE)
    assert (event.kind, event.actor_name) == ("evidence:preservation:released", "Ada Example")
    assert event.facts == {"ground": "house.open_case", "reason": "case_closed", "copies": 3}
    assert services.end_due_preservations(at=LATER) == 3


def test_what_another_case_or_a_law_keeps_stays() -> None:
    keep(SUBJECTS[0])
    keep(SUBJECTS[0], ground="tco.art6")
    other = new_id()
    keep(SUBJECTS[0], case_id=other)
    assert release() == 1
    active = {
        (line.case_id, line.ground_id)
        for line in queries.preservations_of("thing", SUBJECTS[0])
        if line.until > LATER
    }
    assert active == {(CASE, "tco.art6"), (other, "house.open_case")}
    with pytest.raises(NotReleasable):
        release("tco.art6")
    with pytest.raises(UnknownGround):
        release("because")


def test_nothing_to_let_go_is_no_event_and_a_second_time_changes_nothing() -> None:
    assert release() == 0
    keep(SUBJECTS[0])
    assert (release(), release()) == (1, 0)
    assert len(audit.trail_of("case", CASE)) == 1


def test_what_began_in_this_moment_still_ends_after_its_start() -> None:
    keep(SUBJECTS[0], at=LATER)
    assert release() == 1
    assert ends(SUBJECTS[0])["house.open_case"] == LATER + timedelta.resolution


def extend(until: datetime, **changes: str) -> int:
    asked = {
        "ground_id": "tco.art6",
        "requested_by": "court",
        "basis": "Court of Examples, 12 C 34.",
        **changes,
    }
    return services.extend_preservations(
        case_id=CASE, subject_ids=SUBJECTS, until=until, actor=PERSON, at=LATER, **asked
    )


def test_one_request_keeps_every_copy_of_the_case_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "_AT_ONCE", 2)
    for subject in SUBJECTS:
        keep(subject, ground="tco.art6")
    before = ends(SUBJECTS[0])["tco.art6"]
    until = before + timedelta(days=90)
    services.extend_preservation(
        preservation_id=queries.preservations_of("thing", SUBJECTS[0])[0].id,
        until=until + timedelta(days=1),
        requested_by="court",
        basis="An earlier request.",
        actor=PERSON,
        at=AT,
    )
    assert extend(until) == 2
    assert [ends(subject)["tco.art6"] - until for subject in SUBJECTS] == [
        timedelta(days=1),
        timedelta(),
        timedelta(),
    ]
    rows = PreservationExtension.objects.filter(basis="Court of Examples, 12 C 34.")
    assert set(rows.values_list("until_before", "until", "recorded_by_name")) == {
        (before, until, "Ada Example")
    }
    (event,) = audit.trail_of("case", CASE)
    assert event.facts == {
        "ground": "tco.art6",
        "until": until.isoformat(),
        "requested_by": "court",
        "copies": 2,
    }


@pytest.mark.parametrize(
    "changes",
    [{"requested_by": "host"}, {"basis": " "}, {"ground_id": "house.open_case"}],
    ids=["somebody who may not ask", "no request", "a ground that nobody extends"],
)
def test_nobody_without_the_right_keeps_anything_longer(changes: dict[str, str]) -> None:
    keep(SUBJECTS[0], ground="tco.art6")
    with pytest.raises(NotExtendable):
        extend(AT + timedelta(days=900), **changes)


def test_an_extension_that_extends_nothing_is_refused() -> None:
    with pytest.raises(NotExtendable, match="not later"):
        extend(AT + timedelta(days=900))
    keep(SUBJECTS[0], ground="tco.art6")
    with pytest.raises(NotExtendable, match="not later"):
        extend(AT + timedelta(days=1))


def test_what_keeps_the_copies_of_a_case_is_read_for_some_of_them_at_once() -> None:
    keep(SUBJECTS[0], ground="tco.art6")
    keep(SUBJECTS[0])
    keep(SUBJECTS[1], case_id=new_id())
    found = queries.preservations_of_case(CASE, SUBJECTS)
    assert {subject: [line.ground_id for line in lines] for subject, lines in found.items()} == {
        SUBJECTS[0]: ["tco.art6", "house.open_case"]
    }
    one = found[SUBJECTS[0]][0]
    assert queries.preservation(one.id) == (SUBJECTS[0], one)
    assert queries.preservation(new_id()) is None
