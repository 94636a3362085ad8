"""Lost access comes back through two people, never one, never the person concerned."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.parties import errors, queries, services
from entente.apps.parties.models import AccessRecovery, Person
from entente.apps.parties.registries import PersonLetter
from tests.apps.parties.conftest import AT

DAY = timedelta(days=1)
WHY = "She called from her desk; we know her voice."


def _request(staff: SimpleNamespace) -> AccessRecovery:
    return services.request_recovery(person_id=staff.rui.pk, reason=WHY, actor=staff.ada.actor, at=AT)


def test_two_people_give_access_back(staff: SimpleNamespace, letters: list[PersonLetter]) -> None:
    Authenticator.objects.create(user=staff.rui, type="webauthn", data={})
    before = Person.objects.get(pk=staff.rui.pk).get_session_auth_hash()
    recovery = _request(staff)
    assert Authenticator.objects.filter(user=staff.rui).exists(), "asking alone removes nothing"
    confirmed, token = services.confirm_recovery(recovery_id=recovery.pk, actor=staff.lea.actor, at=AT)
    assert not Authenticator.objects.filter(user=staff.rui).exists()
    assert Person.objects.get(pk=staff.rui.pk).get_session_auth_hash() != before
    found = queries.recovery_for_token(token, at=AT)
    assert found == confirmed
    assert services.use_recovery(token=token, at=AT) == staff.rui
    with pytest.raises(errors.LinkNotUsable):
        services.use_recovery(token=token, at=AT)
    assert [letter.kind for letter in letters] == [
        "recovery_requested",
        "recovery_to_confirm",
        "recovery_to_confirm",
        "recovery_link",
    ]
    told = {letter.to_name for letter in letters if letter.kind == "recovery_to_confirm"}
    assert told == {"Lea Caron", "Sam Drey"}
    assert (letters[-1].to_name, letters[-1].token) == ("Rui Esteves", token)
    kinds = [line.kind for line in audit.trail_of("person", staff.rui.pk)][-3:]
    assert kinds == ["parties:recovery:requested", "parties:recovery:confirmed", "parties:recovery:used"]


def test_somebody_from_elsewhere_is_not_asked_to_confirm(
    staff: SimpleNamespace, letters: list[PersonLetter]
) -> None:
    outsider = services.create_person(
        email="lina@words.example", name="Lina Example", from_outside=True, actor=SYSTEM, at=AT
    )
    services.grant_role(person_id=outsider.id, role="senior_reviewer", actor=SYSTEM, at=AT)
    _request(staff)
    told = {letter.to_name for letter in letters if letter.kind == "recovery_to_confirm"}
    assert told == {"Lea Caron", "Sam Drey"}


def test_the_same_person_twice_is_refused(staff: SimpleNamespace) -> None:
    recovery = _request(staff)
    with pytest.raises(errors.TwoPeopleNeeded):
        services.confirm_recovery(recovery_id=recovery.pk, actor=staff.ada.actor, at=AT)


def test_nobody_recovers_their_own_access(staff: SimpleNamespace) -> None:
    with pytest.raises(errors.TwoPeopleNeeded):
        services.request_recovery(person_id=staff.ada.pk, reason=WHY, actor=staff.ada.actor, at=AT)
    recovery = services.request_recovery(person_id=staff.lea.pk, reason=WHY, actor=staff.ada.actor, at=AT)
    with pytest.raises(errors.TwoPeopleNeeded):
        services.confirm_recovery(recovery_id=recovery.pk, actor=staff.lea.actor, at=AT)


def test_the_database_refuses_one_person_for_two(staff: SimpleNamespace) -> None:
    recovery = _request(staff)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRecovery.objects.filter(pk=recovery.pk).update(confirmed_by=staff.ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRecovery.objects.filter(pk=recovery.pk).update(confirmed_by=staff.rui)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessRecovery.objects.filter(pk=recovery.pk).update(state="confirmed")


def test_a_reviewer_neither_asks_nor_confirms(staff: SimpleNamespace) -> None:
    with pytest.raises(errors.NotYours):
        services.request_recovery(person_id=staff.sam.pk, reason=WHY, actor=staff.rui.actor, at=AT)
    recovery = services.request_recovery(person_id=staff.sam.pk, reason=WHY, actor=staff.ada.actor, at=AT)
    with pytest.raises(errors.NotYours):
        services.confirm_recovery(recovery_id=recovery.pk, actor=staff.rui.actor, at=AT)


def test_roles_claimed_by_an_actor_are_not_believed(staff: SimpleNamespace) -> None:
    boast = Actor(kind="person", id=str(staff.rui.pk), name="Rui", roles=frozenset({"administrator"}))
    with pytest.raises(errors.NotYours):
        services.request_recovery(person_id=staff.sam.pk, reason=WHY, actor=boast, at=AT)


@pytest.mark.parametrize(
    "actor",
    [SYSTEM, Actor(kind="person", id="nonsense", name="?"), Actor(kind="person", id=str(uuid4()), name="?")],
)
def test_only_people_with_an_account_take_part(staff: SimpleNamespace, actor: Actor) -> None:
    with pytest.raises(errors.NotYours):
        services.request_recovery(person_id=staff.rui.pk, reason=WHY, actor=actor, at=AT)


def test_the_only_administrator_is_helped_by_legal_and_senior(staff: SimpleNamespace) -> None:
    recovery = services.request_recovery(person_id=staff.ada.pk, reason=WHY, actor=staff.lea.actor, at=AT)
    _recovery, token = services.confirm_recovery(recovery_id=recovery.pk, actor=staff.sam.actor, at=AT)
    assert services.use_recovery(token=token, at=AT) == staff.ada


def test_with_two_administrators_legal_does_not_ask(staff: SimpleNamespace) -> None:
    services.grant_role(person_id=staff.sam.pk, role="administrator", actor=SYSTEM, at=AT)
    with pytest.raises(errors.NotYours):
        services.request_recovery(person_id=staff.ada.pk, reason=WHY, actor=staff.lea.actor, at=AT)


def test_a_reason_is_needed_and_one_recovery_runs_at_a_time(staff: SimpleNamespace) -> None:
    with pytest.raises(errors.InvalidEntry):
        services.request_recovery(person_id=staff.rui.pk, reason="  ", actor=staff.ada.actor, at=AT)
    _request(staff)
    with pytest.raises(errors.RecoveryRunning):
        _request(staff)


def test_an_old_link_is_useless_and_may_be_replaced(staff: SimpleNamespace) -> None:
    recovery = _request(staff)
    _r, token = services.confirm_recovery(recovery_id=recovery.pk, actor=staff.lea.actor, at=AT)
    with pytest.raises(errors.LinkNotUsable):
        services.use_recovery(token=token, at=AT + DAY)
    assert queries.recovery_for_token(token, at=AT + DAY) is None
    again = services.request_recovery(person_id=staff.rui.pk, reason=WHY, actor=staff.ada.actor, at=AT + DAY)
    assert again.state == "requested"
    assert [row.pk for row in queries.open_recoveries()] == [again.pk]


def test_a_recovery_can_be_stopped(staff: SimpleNamespace) -> None:
    recovery = _request(staff)
    services.cancel_recovery(recovery_id=recovery.pk, actor=staff.rui.actor, at=AT)
    with pytest.raises(ChangedMeanwhile):
        services.confirm_recovery(recovery_id=recovery.pk, actor=staff.lea.actor, at=AT)
    second = _request(staff)
    _r, token = services.confirm_recovery(recovery_id=second.pk, actor=staff.lea.actor, at=AT)
    services.cancel_recovery(recovery_id=second.pk, actor=staff.sam.actor, at=AT)
    with pytest.raises(errors.LinkNotUsable):
        services.use_recovery(token=token, at=AT)


def test_not_everybody_stops_a_recovery(staff: SimpleNamespace) -> None:
    recovery = services.request_recovery(person_id=staff.sam.pk, reason=WHY, actor=staff.ada.actor, at=AT)
    with pytest.raises(errors.NotYours):
        services.cancel_recovery(recovery_id=recovery.pk, actor=staff.rui.actor, at=AT)


def test_an_unknown_recovery_is_said_to_be_unknown(staff: SimpleNamespace) -> None:
    with pytest.raises(errors.UnknownRecovery):
        services.confirm_recovery(recovery_id=uuid4(), actor=staff.ada.actor, at=AT)
