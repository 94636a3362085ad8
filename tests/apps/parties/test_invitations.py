"""Ways in: once, in time, and the table alone opens nothing."""

import hashlib
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.parties import errors, queries, services
from entente.apps.parties.models import Invitation, Person
from entente.apps.parties.registries import PersonLetter
from entente.apps.parties.roles import Role
from tests.apps.parties.conftest import AT

WEEK = timedelta(days=7)


def _accept(token: str, **facts: object) -> Person:
    given = {"name": "Nora Vale", "at": AT, "confidentiality_agreed": True, **facts}
    return services.accept_invitation(token=token, **given)  # type: ignore[arg-type]


def test_the_first_link_makes_the_first_administrator_once(db: None) -> None:
    token = services.create_first_administrator_link(AT)
    person = _accept(token, email="Nora@host.example", password="a long pass phrase", timezone="Europe/Paris")
    assert person.role_names == {Role.ADMINISTRATOR}
    assert person.email == "nora@host.example"
    assert person.confidentiality_agreed_at == AT
    with pytest.raises(errors.LinkNotUsable):
        _accept(token, email="other@host.example")
    with pytest.raises(errors.AdministratorExists):
        services.create_first_administrator_link(AT)


def test_a_new_first_link_makes_the_old_one_useless(db: None) -> None:
    old = services.create_first_administrator_link(AT)
    services.create_first_administrator_link(AT)
    with pytest.raises(errors.LinkNotUsable):
        _accept(old, email="nora@host.example")


def test_a_first_link_is_useless_once_there_is_an_administrator(db: None) -> None:
    token = services.create_first_administrator_link(AT)
    services.create_person(email="a@host.example", name="A", actor=SYSTEM, at=AT, roles=["administrator"])
    with pytest.raises(errors.AdministratorExists):
        _accept(token, email="nora@host.example")


def test_an_invitation_opens_the_account_it_names(
    staff: SimpleNamespace, letters: list[PersonLetter]
) -> None:
    invitation, token = services.invite_person(
        email="Nora@Else.example",
        roles=[Role.REVIEWER, Role.ON_CALL],
        name=" Nora ",
        language="fr",
        from_outside=True,
        actor=staff.ada.actor,
        at=AT,
    )
    (letter,) = letters
    assert (letter.kind, letter.to_address, letter.language) == ("invitation", "nora@else.example", "fr")
    assert (letter.token, letter.expires_at, letter.facts) == (token, AT + WEEK, {"invited_by": "Ada Berg"})
    assert queries.invitation_for_token(token, at=AT) == invitation
    person = _accept(token, email="ignored@host.example", language="de")
    assert (person.email, person.language) == ("nora@else.example", "de")
    assert person.from_outside
    assert person.role_names == {"reviewer", "on_call"}
    done = Invitation.objects.get(pk=invitation.pk)
    assert (done.state, done.person, done.closed_at) == ("accepted", person, AT)
    assert not queries.open_invitations().exists()


def test_only_the_hash_of_a_token_is_kept(staff: SimpleNamespace) -> None:
    invitation, token = services.invite_person(
        email="nora@host.example", roles=["legal"], actor=staff.ada.actor, at=AT
    )
    assert invitation.token_hash == hashlib.sha256(token.encode()).hexdigest()
    for value in Invitation.objects.filter(pk=invitation.pk).values_list()[0]:
        assert token not in str(value)


def test_a_used_invitation_is_useless(staff: SimpleNamespace) -> None:
    _invitation, token = services.invite_person(
        email="nora@host.example", roles=["legal"], actor=staff.ada.actor, at=AT
    )
    _accept(token)
    with pytest.raises(errors.LinkNotUsable):
        _accept(token)
    assert queries.invitation_for_token(token, at=AT) is None


def test_an_old_invitation_is_useless_and_may_be_replaced(staff: SimpleNamespace) -> None:
    facts = {"email": "nora@host.example", "roles": ["legal"], "actor": staff.ada.actor}
    _invitation, token = services.invite_person(**facts, at=AT)
    with pytest.raises(errors.LinkNotUsable):
        _accept(token, at=AT + WEEK)
    with pytest.raises(errors.AlreadyInvited):
        services.invite_person(**facts, at=AT + WEEK - timedelta(seconds=1))
    _new, replacement = services.invite_person(**facts, at=AT + WEEK)
    assert _accept(replacement, at=AT + WEEK).email == "nora@host.example"


def test_an_unknown_token_opens_nothing(db: None) -> None:
    with pytest.raises(errors.LinkNotUsable):
        _accept("guess")
    assert queries.invitation_for_token("guess", at=AT) is None


def test_confidentiality_comes_first(staff: SimpleNamespace) -> None:
    _invitation, token = services.invite_person(
        email="nora@host.example", roles=["legal"], actor=staff.ada.actor, at=AT
    )
    with pytest.raises(errors.InvalidEntry):
        _accept(token, confidentiality_agreed=False)
    assert queries.invitation_for_token(token, at=AT) is not None


def test_a_weak_password_opens_no_account(staff: SimpleNamespace) -> None:
    _invitation, token = services.invite_person(
        email="nora@host.example", roles=["legal"], actor=staff.ada.actor, at=AT
    )
    for weak in ("short", "password12345", "nora@host.example"):
        with pytest.raises(errors.InvalidEntry) as caught:
            _accept(token, password=weak)
        assert caught.value.facts["field"] == "password"
    assert queries.invitation_for_token(token, at=AT) is not None


def test_a_withdrawn_invitation_is_useless(staff: SimpleNamespace) -> None:
    invitation, token = services.invite_person(
        email="nora@host.example", roles=["legal"], actor=staff.ada.actor, at=AT
    )
    services.withdraw_invitation(invitation_id=invitation.pk, actor=staff.ada.actor, at=AT)
    with pytest.raises(errors.LinkNotUsable):
        _accept(token)
    with pytest.raises(ChangedMeanwhile):
        services.withdraw_invitation(invitation_id=invitation.pk, actor=staff.ada.actor, at=AT)
    with pytest.raises(errors.UnknownInvitation):
        services.withdraw_invitation(invitation_id=uuid4(), actor=staff.ada.actor, at=AT)


def test_an_invitation_needs_a_role_and_a_stranger(staff: SimpleNamespace) -> None:
    with pytest.raises(errors.InvalidEntry):
        services.invite_person(email="nora@host.example", roles=[], actor=staff.ada.actor, at=AT)
    with pytest.raises(errors.AddressTaken):
        services.invite_person(email="RUI@host.example", roles=["legal"], actor=staff.ada.actor, at=AT)
