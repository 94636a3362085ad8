"""Accounts, roles as history, leaving with a hand-over."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.kernel.registries import Registry
from entente.apps.parties import errors, queries, registries, services
from entente.apps.parties.models import AccessRecovery, Invitation, Person, RoleGrant
from entente.apps.parties.registries import PersonLetter
from entente.apps.parties.roles import Role
from tests.apps.parties.conftest import AT, MakePerson


def test_an_address_is_kept_in_lower_case_and_taken_once(make_person: MakePerson) -> None:
    person = make_person("Nora Vale", Role.REVIEWER)
    assert person.email == "nora@host.example"
    with pytest.raises(errors.AddressTaken):
        services.create_person(email=" NORA@Host.example ", name="Other", actor=SYSTEM, at=AT)


def test_the_database_refuses_an_address_in_capitals(make_person: MakePerson) -> None:
    person = make_person("Nora Vale")
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(email="Nora@host.example")


def test_an_address_taken_between_look_and_write_is_still_refused(
    make_person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_person("Nora Vale")
    monkeypatch.setattr(Person.objects, "filter", lambda **_k: Person.objects.none())
    with pytest.raises(errors.AddressTaken):
        services.create_person(email="nora@host.example", name="Other", actor=SYSTEM, at=AT)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"language": "tlh"}, "language"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "/etc/passwd"}, "timezone"),
    ],
)
@pytest.mark.django_db
def test_a_wrong_field_is_named(facts: dict[str, str], field: str) -> None:
    given: dict[str, Any] = {"email": "nora@host.example", "name": "Nora", **facts}
    with pytest.raises(errors.InvalidEntry) as caught:
        services.create_person(**given, actor=SYSTEM, at=AT)
    assert caught.value.facts["field"] == field


def test_without_a_password_only_a_passkey_opens_the_account(make_person: MakePerson) -> None:
    assert not make_person("Nora Vale").has_usable_password()
    assert make_person("Otto Ruiz", password="a long pass phrase").check_password("a long pass phrase")


def test_unknown_roles_are_refused(make_person: MakePerson) -> None:
    with pytest.raises(errors.UnknownRole):
        make_person("Nora Vale", "king")


@pytest.mark.parametrize("apart", [Role.OVERSEER, Role.AUDITOR])
def test_who_watches_holds_no_other_role(make_person: MakePerson, apart: Role) -> None:
    with pytest.raises(errors.RoleStandsApart):
        make_person("Nora Vale", apart, Role.REVIEWER)
    person = make_person("Otto Ruiz", Role.REVIEWER)
    with pytest.raises(errors.RoleStandsApart):
        services.grant_role(person_id=person.pk, role=apart, actor=SYSTEM, at=AT)


def test_roles_are_history(staff: SimpleNamespace) -> None:
    later, last = AT + timedelta(days=3), AT + timedelta(days=9)
    rui = staff.rui
    first = services.grant_role(person_id=rui.pk, role=Role.ON_CALL, actor=staff.ada.actor, at=later)
    again = services.grant_role(person_id=rui.pk, role=Role.ON_CALL, actor=staff.ada.actor, at=last)
    assert again == first
    services.revoke_role(person_id=rui.pk, role=Role.REVIEWER, actor=staff.ada.actor, at=last)
    assert queries.roles_at(rui.pk, AT) == {"reviewer"}
    assert queries.roles_at(rui.pk, later) == {"reviewer", "on_call"}
    assert queries.roles_at(rui.pk, last) == {"on_call"}
    history = queries.role_history(rui.pk)
    assert [(line.role, line.granted_by_name, line.revoked_by_name) for line in history] == [
        ("reviewer", "Entente", "Ada Berg"),
        ("on_call", "Ada Berg", ""),
    ]
    kinds = [line.kind for line in audit.trail_of("person", rui.pk)]
    assert kinds == [
        "parties:person:created",
        "parties:role:granted",
        "parties:role:granted",
        "parties:role:revoked",
    ]


def test_a_role_revoked_and_granted_again_makes_two_rows(staff: SimpleNamespace) -> None:
    for moment in (AT + timedelta(days=1), AT + timedelta(days=2)):
        services.set_roles(person_id=staff.rui.pk, roles=[], actor=staff.ada.actor, at=moment)
        services.set_roles(person_id=staff.rui.pk, roles=["reviewer"], actor=staff.ada.actor, at=moment)
    assert RoleGrant.objects.filter(person=staff.rui, role="reviewer").count() == 3
    assert Person.objects.get(pk=staff.rui.pk).role_names == {"reviewer"}


def test_revoking_what_is_not_held_is_refused(staff: SimpleNamespace) -> None:
    with pytest.raises(errors.UnknownRole):
        services.revoke_role(person_id=staff.rui.pk, role=Role.LEGAL, actor=SYSTEM, at=AT)


def test_the_last_administrator_stays(staff: SimpleNamespace, make_person: MakePerson) -> None:
    with pytest.raises(errors.LastAdministrator):
        services.revoke_role(person_id=staff.ada.pk, role="administrator", actor=SYSTEM, at=AT)
    with pytest.raises(errors.LastAdministrator):
        services.deactivate_person(person_id=staff.ada.pk, actor=SYSTEM, at=AT)
    make_person("Eva Falk", Role.ADMINISTRATOR)
    services.revoke_role(person_id=staff.ada.pk, role="administrator", actor=SYSTEM, at=AT)
    assert [person.name for person in queries.people_with_role("administrator")] == ["Eva Falk"]


def test_roles_are_read_again_after_a_change(make_person: MakePerson) -> None:
    person = make_person("Nora Vale", Role.REVIEWER)
    assert person.actor.roles == {"reviewer"}
    assert person.actor == queries.actor_of(person)


def test_an_unknown_person_is_said_to_be_unknown(db: None) -> None:
    with pytest.raises(errors.UnknownPerson):
        services.grant_role(person_id=uuid4(), role=Role.LEGAL, actor=SYSTEM, at=AT)
    with pytest.raises(errors.UnknownPerson):
        queries.person(uuid4())


@dataclass
class OpenWork:
    """The open work of a pretended room."""

    count: int
    asked: list[UUID] = field(default_factory=list)
    handed: list[tuple[UUID, UUID, str, datetime]] = field(default_factory=list)

    def open_items(self, person_id: UUID) -> int:
        self.asked.append(person_id)
        return self.count

    def hand_over(self, *, person_id: UUID, to_person_id: UUID, actor: Actor, at: datetime) -> int:
        self.handed.append((person_id, to_person_id, actor.name, at))
        return self.count


def test_who_leaves_hands_over_first(staff: SimpleNamespace, leaving: Registry[str, Any]) -> None:
    cases, complaints = OpenWork(3), OpenWork(1)
    leaving.register("cases", cases)
    leaving.register("complaints", complaints)
    with pytest.raises(errors.OpenWorkRemains) as caught:
        services.deactivate_person(person_id=staff.rui.pk, actor=staff.ada.actor, at=AT)
    assert caught.value.facts == {"open_items": 4}
    for nobody in (staff.rui.pk, uuid4()):
        with pytest.raises(errors.CannotTakeOver):
            services.deactivate_person(
                person_id=staff.rui.pk, hand_over_to=nobody, actor=staff.ada.actor, at=AT
            )
    assert Person.objects.get(pk=staff.rui.pk).is_active
    given = services.deactivate_person(
        person_id=staff.rui.pk, hand_over_to=staff.sam.pk, actor=staff.ada.actor, at=AT, reason="left"
    )
    assert given == 4
    assert cases.handed == complaints.handed == [(staff.rui.pk, staff.sam.pk, "Ada Berg", AT)]
    last = audit.trail_of("person", staff.rui.pk)[-1]
    assert last.kind == "parties:person:deactivated"
    assert last.facts == {"reason": "left", "handed_over": 4, "handed_over_to": str(staff.sam.pk)}


def test_leaving_closes_every_door(
    staff: SimpleNamespace, make_person: MakePerson, letters: list[PersonLetter]
) -> None:
    nora = make_person("Nora Vale", Role.REVIEWER, Role.ON_CALL, password="a long pass phrase")
    Authenticator.objects.create(user=nora, type="totp", data={})
    session = nora.get_session_auth_hash()
    services.request_recovery(person_id=nora.pk, reason="phone lost", actor=staff.ada.actor, at=AT)
    end = AT + timedelta(days=1)
    assert services.deactivate_person(person_id=nora.pk, actor=staff.ada.actor, at=end) == 0
    gone = Person.objects.get(pk=nora.pk)
    assert (gone.is_active, gone.left_at, gone.role_names) == (False, end, frozenset())
    assert not gone.has_usable_password()
    assert gone.get_session_auth_hash() != session
    assert not Authenticator.objects.filter(user=gone).exists()
    assert AccessRecovery.objects.get(person=gone).state == "cancelled"
    assert queries.roles_at(nora.pk, AT) == {"reviewer", "on_call"}
    assert letters[-1].kind == "account_closed"
    with pytest.raises(errors.UnknownPerson):
        services.deactivate_person(person_id=nora.pk, actor=staff.ada.actor, at=end)


def test_two_closings_at_once_are_one(staff: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    module = services.accounts
    stale = Person.objects.get(pk=staff.rui.pk)
    services.deactivate_person(person_id=staff.rui.pk, actor=SYSTEM, at=AT)
    monkeypatch.setattr(module, "active_person", lambda _id: stale)
    with pytest.raises(ChangedMeanwhile):
        services.deactivate_person(person_id=staff.rui.pk, actor=SYSTEM, at=AT)


def test_who_comes_back_is_the_same_person(staff: SimpleNamespace) -> None:
    services.deactivate_person(person_id=staff.rui.pk, actor=SYSTEM, at=AT)
    back = services.create_person(
        email="rui@host.example", name="Rui E.", actor=SYSTEM, at=AT, roles=["legal"]
    )
    assert (back.pk, back.role_names, back.left_at) == (staff.rui.pk, frozenset({"legal"}), None)


def test_an_open_invitation_ends_with_the_account(staff: SimpleNamespace) -> None:
    Invitation.objects.create(
        email=staff.rui.email, token_hash="x", invited_by_name="", invited_at=AT, expires_at=AT
    )
    services.deactivate_person(person_id=staff.rui.pk, actor=SYSTEM, at=AT)
    assert Invitation.objects.get().state == "withdrawn"


def test_preferences_are_kept_without_a_trace(staff: SimpleNamespace) -> None:
    before = len(audit.trail_of("person", staff.rui.pk))
    wanted: dict[str, Any] = {
        "name": "Rui  E.",
        "language": "ar",
        "timezone": "Europe/Lisbon",
        "theme": "dark",
        "shortcuts_on": False,
    }
    services.set_preferences(person_id=staff.rui.pk, **wanted)
    rui = Person.objects.get(pk=staff.rui.pk)
    assert (rui.name, rui.language, rui.timezone, rui.theme) == ("Rui E.", "ar", "Europe/Lisbon", "dark")
    assert not rui.shortcuts_on
    assert len(audit.trail_of("person", staff.rui.pk)) == before
    with pytest.raises(errors.InvalidEntry):
        services.set_preferences(person_id=staff.rui.pk, **{**wanted, "theme": "neon"})
    with pytest.raises(errors.UnknownPerson):
        services.set_preferences(person_id=uuid4(), **wanted)


def test_lists_of_people(staff: SimpleNamespace) -> None:
    services.deactivate_person(person_id=staff.rui.pk, actor=SYSTEM, at=AT)
    assert [person.name for person in queries.people()] == ["Ada Berg", "Lea Caron", "Sam Drey"]
    assert [person.name for person in queries.people(include_left=True)][-1] == "Rui Esteves"
    found = queries.people_with_role("legal", "senior_reviewer", "reviewer")
    assert [(person.name, person.roles) for person in found] == [
        ("Lea Caron", frozenset({"legal"})),
        ("Sam Drey", frozenset({"senior_reviewer"})),
    ]
    assert queries.person(staff.lea.pk).actor == staff.lea.actor
    assert queries.has_administrator()


def test_people_say_their_name_and_answer_django(staff: SimpleNamespace) -> None:
    assert str(staff.ada) == staff.ada.get_full_name() == "Ada Berg"
    assert Person.objects.get_by_natural_key("ADA@host.example") == staff.ada
    assert staff.ada.has_perm("people.manage")
    assert not staff.rui.has_perm("people.manage")
    assert not staff.ada.has_perm("auth.anything")


def test_ways_in_are_listed_once(staff: SimpleNamespace) -> None:
    for _ in range(2):
        Authenticator.objects.create(user=staff.ada, type="webauthn", data={})
    assert queries.ways_in(staff.ada.pk) == {"webauthn"}


def test_without_a_writer_no_letter_leaves(staff: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "person_letters", Registry("empty"))
    services.deactivate_person(person_id=staff.rui.pk, actor=SYSTEM, at=AT)
    assert not Person.objects.get(pk=staff.rui.pk).is_active
