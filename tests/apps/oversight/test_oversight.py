"""An overseer sees, checks, opens with a reason, recommends, is answered; and decides nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from entente.apps.audit import queries as audit
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.registries import Registry
from entente.apps.oversight import queries, registries, services
from entente.apps.oversight.copying import copy_register_change
from entente.apps.oversight.errors import (
    AlreadyAnswered,
    AlreadyAppointed,
    AnotherBodyAppointed,
    CopyUnreadable,
    NoSuchAppointment,
    NoSuchCopy,
    NoSuchRecommendation,
    NotTheOverseer,
    OverseerMayNot,
    ReasonMissing,
)
from entente.apps.oversight.models import FileOpening, OverseerAppointment, OverseerCopy
from entente.apps.parties.models import Person, RoleGrant
from entente.apps.parties.registries import RegisterChange, register_changed
from entente.apps.tlog import queries as tlog

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
GROUND = "Named by the board for three years."
ADMINISTRATOR = Actor("person", "1", "Ada Administrator", frozenset({"administrator"}))
LEGAL = Actor("person", "2", "Lee Legal", frozenset({"legal"}))


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> Registry[str, Any]:
    """Give the test an empty registry of overseen kinds."""
    empty: Registry[str, Any] = Registry("kinds of the test")
    monkeypatch.setattr(registries, "overseen_kinds", empty)
    return empty


def person(name: str, role: str = "overseer", *, is_active: bool = True) -> Person:
    made = Person.objects.create(
        email=f"{name}@host.example",
        name=name.title(),
        language="en",
        timezone="UTC",
        is_active=is_active,
        created_at=AT,
    )
    if role:
        RoleGrant.objects.create(person=made, role=role, granted_by_name="Test", granted_at=AT)
    return made


def appoint(who: Person, **changes: Any) -> OverseerAppointment:
    values: dict[str, Any] = {
        "person_id": who.pk,
        "body": "platform",
        "ground": GROUND,
        "actor": ADMINISTRATOR,
        "at": AT,
    }
    return services.appoint_overseer(**(values | changes))


@pytest.fixture
def overseer() -> Actor:
    """Appoint an overseer and return them as an actor."""
    who = person("olga")
    appoint(who)
    return Actor("person", str(who.pk), who.name, frozenset({"overseer"}))


def copy(**changes: Any) -> OverseerCopy:
    values: dict[str, Any] = {
        "kind": "decision",
        "subject_id": new_id(),
        "summary": {"outcome": "disable", "reasons": "Because of é."},
        "at": AT,
    }
    made = services.copy_to_overseer(**(values | changes))
    assert made is not None
    return made


def test_without_an_overseer_nothing_is_copied() -> None:
    assert services.copy_to_overseer(kind="decision", subject_id=new_id(), summary={}, at=AT) is None
    assert not OverseerCopy.objects.exists()


def test_some_kinds_are_overseen_in_any_case(kinds: Registry[str, Any]) -> None:
    kinds.register("order", lambda: True)
    kinds.register("decision", lambda: False)
    assert services.copy_to_overseer(kind="decision", subject_id=new_id(), summary={}, at=AT) is None
    assert copy(kind="order").kind == "order"


def test_the_overseer_reads_a_sealed_copy_and_the_look_is_recorded(overseer: Actor) -> None:
    made = copy()
    assert b"disable" not in bytes(OverseerCopy.objects.get(pk=made.pk).summary_sealed)
    read = services.read_copy(copy_id=made.id, overseer=overseer, at=AT)
    assert read == {"outcome": "disable", "reasons": "Because of é."}
    assert [event.kind for event in audit.trail_of("copy", made.id)] == ["oversight:copy:read"]


def test_a_sealed_copy_cannot_be_changed_or_moved(overseer: Actor) -> None:
    one, other = copy(), copy(kind="order")
    sealed = bytes(one.summary_sealed)
    for broken in (b"", sealed[:-1] + bytes([sealed[-1] ^ 1]), bytes(other.summary_sealed)):
        OverseerCopy.objects.filter(pk=one.pk).update(summary_sealed=broken)
        with pytest.raises(CopyUnreadable):
            services.read_copy(copy_id=one.id, overseer=overseer, at=AT)


def test_a_check_is_noted_once(overseer: Actor) -> None:
    made = copy()
    services.check_copy(copy_id=made.id, overseer=overseer, at=AT, remark="In order.")
    services.check_copy(copy_id=made.id, overseer=overseer, at=AT + timedelta(days=1), remark="Again.")
    (line,) = queries.copies(kind="decision")
    assert (line.checked_at, line.checked_by_name, line.remark) == (AT, "Olga", "In order.")
    assert not queries.copies(unchecked_only=True)
    assert queries.copies_of(made.subject_id) == [line]


def test_a_file_is_opened_with_a_written_reason_and_for_a_while(overseer: Actor) -> None:
    made = copy()
    asked: dict[str, Any] = {"subject_id": made.subject_id, "overseer_id": overseer.id}
    with pytest.raises(ReasonMissing):
        services.open_file(copy_id=made.id, overseer=overseer, reason="  because  ", at=AT)
    assert not queries.may_read_file(**asked, at=AT)
    services.open_file(copy_id=made.id, overseer=overseer, reason="The reasons name no ground.", at=AT)
    assert queries.may_read_file(**asked, at=AT)
    assert not queries.may_read_file(**asked, at=AT + services.FILE_OPEN_FOR)
    assert not queries.may_read_file(subject_id=made.subject_id, overseer_id="somebody", at=AT)
    (event,) = audit.trail_of("file", made.id)
    assert event.facts["reason"] == "The reasons name no ground."
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        FileOpening.objects.update(reason="another")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM oversight_fileopening")


def test_a_recommendation_stays_open_until_it_is_answered(overseer: Actor) -> None:
    made = copy()
    recommendation = services.make_recommendation(
        copy_id=made.id, text="Name the ground in the letter.", overseer=overseer, at=AT
    )
    (line,) = queries.recommendations(open_only=True)
    assert (line.text, line.state, line.subject_id) == (
        "Name the ground in the letter.",
        "open",
        made.subject_id,
    )
    services.answer_recommendation(
        recommendation_id=recommendation.id, text="We do so from today on.", followed=True, actor=LEGAL, at=AT
    )
    assert not queries.recommendations(open_only=True)
    (line,) = queries.recommendations()
    assert (line.state, line.is_followed, line.answered_by_name) == ("answered", True, "Lee Legal")
    with pytest.raises(AlreadyAnswered):
        services.answer_recommendation(
            recommendation_id=recommendation.id,
            text="Or rather we do not.",
            followed=False,
            actor=LEGAL,
            at=AT,
        )
    with pytest.raises(NoSuchRecommendation):
        services.answer_recommendation(
            recommendation_id=new_id(), text="Nothing to answer here.", followed=False, actor=LEGAL, at=AT
        )


def test_an_overseer_never_answers_for_the_overseen(overseer: Actor) -> None:
    recommendation = services.make_recommendation(
        copy_id=copy().id, text="Name the ground in the letter.", overseer=overseer, at=AT
    )
    with pytest.raises(OverseerMayNot):
        services.answer_recommendation(
            recommendation_id=recommendation.id,
            text="I agree with myself.",
            followed=True,
            actor=overseer,
            at=AT,
        )
    with pytest.raises(OverseerMayNot):
        appoint(person("otto"), actor=overseer)


def test_only_the_appointed_overseer_looks(overseer: Actor) -> None:
    made = copy()
    role_only = Actor("person", str(new_id()), "Otto", frozenset({"overseer"}))
    without_role = Actor("person", overseer.id, "Olga", frozenset({"legal"}))
    for nobody in (role_only, without_role, LEGAL, SYSTEM):
        with pytest.raises(NotTheOverseer):
            services.read_copy(copy_id=made.id, overseer=nobody, at=AT)


def test_what_is_not_there_cannot_be_looked_at(overseer: Actor) -> None:
    with pytest.raises(NoSuchCopy):
        services.check_copy(copy_id=new_id(), overseer=overseer, at=AT)


def test_an_appointment_is_an_audited_and_public_act() -> None:
    appointment = appoint(person("olga"))
    (event,) = audit.trail_of("overseer", appointment.id)
    assert event.kind == "oversight:overseer:appointed"
    (leaf,) = tlog.newest(kind="overseer_appointed")
    assert leaf.statement.facts == {"body": "platform", "day": "2026-03-02"}
    assert set(leaf.statement.commitments) == {"overseer", "ground"}


def test_nobody_is_appointed_twice_or_without_the_role() -> None:
    olga = person("olga")
    appoint(olga)
    with pytest.raises(AlreadyAppointed):
        appoint(olga)
    with pytest.raises(NotTheOverseer):
        appoint(person("rita", "reviewer"))
    with pytest.raises(NotTheOverseer):
        appoint(person("gone", is_active=False))
    with pytest.raises(ReasonMissing):
        appoint(person("otto"), ground="x")


def test_an_overseer_is_removed_by_whoever_appointed_them_and_by_nobody_else() -> None:
    appointment = appoint(person("olga"), body="court")
    end: dict[str, Any] = {
        "appointment_id": appointment.id,
        "ground": "The term of office is over.",
        "actor": ADMINISTRATOR,
        "at": AT,
    }
    with pytest.raises(AnotherBodyAppointed):
        services.end_appointment(**end, body="platform")
    assert len(queries.overseers()) == 1
    services.end_appointment(**end, body="court")
    assert not queries.overseers()
    assert [line.ended_at for line in queries.overseers(include_ended=True)] == [AT]
    assert len(tlog.newest(kind="overseer_ended")) == 1
    with pytest.raises(NoSuchAppointment):
        services.end_appointment(**end, body="court")


def test_a_replacement_leaves_no_moment_without_an_overseer() -> None:
    first = appoint(person("olga"))
    otto = person("otto")
    replace: dict[str, Any] = {
        "appointment_id": first.id,
        "body": "platform",
        "ground": "The term of office is over.",
        "actor": ADMINISTRATOR,
        "at": AT,
    }
    with pytest.raises(NotTheOverseer):
        services.replace_overseer(**replace, person_id=person("rita", "reviewer").pk)
    assert [line.name for line in queries.overseers()] == ["Olga"]
    services.replace_overseer(**replace, person_id=otto.pk)
    assert [line.name for line in queries.overseers()] == ["Otto"]


def test_changes_of_the_register_are_copied(overseer: Actor) -> None:
    assert register_changed.get("oversight") is copy_register_change
    subject = new_id()
    copy_register_change(
        RegisterChange(
            kind="key_revoked",
            authority_id=new_id(),
            subject_id=subject,
            public_facts={"authority": "Unit of Arcadia"},
            actor=SYSTEM,
            at=AT,
        )
    )
    (line,) = queries.copies_of(subject)
    read = services.read_copy(copy_id=line.id, overseer=overseer, at=AT)
    assert read == {"change": "key_revoked", "authority": "Unit of Arcadia"}
