"""A wrong "does not bind" is put right: by a person, by the order coming again, by a register or profile that is mended."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.content import queries as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries, services
from entente.apps.orders.errors import NotInThisState
from entente.apps.orders.models import RemovalOrder
from entente.apps.orders.services import checking, examining
from entente.apps.parties import services as parties
from entente.apps.parties.services.register import AuthorityEntry
from tests import world
from tests.apps.orders.acts import apply_all, executed
from tests.world import ALL_YES, NOW, Office

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)


def is_counting(order: RemovalOrder, due_at: datetime = NOW + timedelta(hours=1)) -> bool:
    """Say whether an order waits for its check with its hour running from receipt."""
    found, due = queries.order(order.id), deadlines.next_due(order.case_id)
    case = cases.case_by_id(order.case_id)
    return (
        (found.is_binding, found.execution) == (True, "awaiting")
        and due is not None
        and (due.rule_id, due.due_at) == ("tco.execute", due_at)
        and (case.kind, case.stage, case.state, case.is_binding) == ("order", "check", "open", True)
    )


def again(order: RemovalOrder, at: datetime = LATER) -> RemovalOrder:
    return services.examine_again(order_id=order.id, actor=world.actor("on_call"), at=at)


def entry(**changes: Any) -> AuthorityEntry:
    values: dict[str, Any] = {
        "name": "Office for Exercises",
        "country": "DE",
        "kind": "competent_authority",
        "competences": ["issue_orders"],
        "mail_domains": ["office.example"],
        "callback_phone": "+49 30 000000",
        "contact_mail": "desk@office.example",
    }
    return AuthorityEntry(**{**values, **changes})


def test_an_order_that_came_before_the_profile_binds_once_it_is_filled_in() -> None:
    office = world.office()
    order = world.receive(by=office).order
    assert order.execution == "not_binding"
    assert again(order, NOW).execution == "not_binding"
    world.host(at=LATER)
    assert again(order).execution == "awaiting"
    assert is_counting(order)
    assert content.snapshot_counts(order.case_id)
    assert [event.kind for event in queries.events_of(order.id)] == ["binds_after_all"]
    assert "orders:removal_order:bound" in {line.kind for line in audit.trail_of_case(order.case_id)}
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=LATER)
    apply_all(order.case_id, LATER)
    assert queries.order(order.id).execution == "executed"


def test_people_are_told_at_once_that_only_a_fact_is_missing() -> None:
    tom = world.person("Tom Example", "on_call")
    ada = world.person("Ada Admin", "administrator")
    order = world.receive(by=world.office()).order
    pages = Delivery.objects.filter(transport="page", case_id=order.case_id)
    assert set(pages.values_list("destination", flat=True)) == {str(tom.id), str(ada.id)}
    assert "The host's profile does not say where it is established" in str(pages[0].payload)
    world.host(established_in="US", offers_in=["US"])
    other = world.receive(
        "https://agora.example/p/2", by=world.office("Other", mail_domains=[]), reference="R"
    ).order
    assert not Delivery.objects.filter(transport="page", case_id=other.case_id).exists()


def test_the_worker_examines_again_what_waits_after_the_profile_changed() -> None:
    office = world.office()
    order = world.receive(by=office).order
    assert services.continue_examinations(at=NOW) == 0
    world.host(at=LATER)
    assert services.continue_examinations(at=LATER) == 1
    assert is_counting(order)
    assert services.continue_examinations(at=LATER) == 0


def test_the_worker_examines_again_what_an_authority_sent_after_its_entry_changed() -> None:
    world.host()
    office = world.office(competences=["other_orders"])
    other = world.office("Other Office", competences=["refer"], mail_domains=["other.example"])
    order = world.receive(by=office).order
    waiting = world.receive("https://agora.example/p/2", by=other, reference="R-2").order
    assert {reason["code"] for reason in order.binding_reasons if reason["weight"] != "for"} == {
        "issuer.not_competent"
    }
    parties.update_authority(authority_id=office.facts.id, entry=entry(), actor=SYSTEM, at=LATER)
    assert services.continue_examinations(at=LATER) == 1
    assert is_counting(order)
    assert queries.order(waiting.id).execution == "not_binding"
    parties.set_authority_status(
        authority_id=other.facts.id, status="suspended", reason="key lost", actor=SYSTEM, at=LATER
    )
    assert services.continue_examinations(at=LATER) == 1
    codes = {reason["code"] for reason in queries.order(waiting.id).binding_reasons}
    assert "issuer.inactive" in codes
    parties.add_authority_key(
        authority_id=office.facts.id, public_key=_key(), valid_from=NOW, actor=SYSTEM, at=LATER
    )
    assert services.continue_examinations(at=LATER) == 0


def _key() -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_the_same_order_once_more_is_examined_with_todays_facts() -> None:
    office = world.office()
    order = world.receive(by=office).order
    world.host(at=LATER)
    received = world.receive(by=office, at=LATER)
    assert (received.is_duplicate, received.order.execution) == (True, "awaiting")
    assert is_counting(order)


def test_what_was_answered_is_left_to_its_authority_and_to_a_person() -> None:
    order = world.receive(by=world.office()).order
    services.answer_not_binding(order_id=order.id, text="Thank you.", actor=world.actor("legal"), at=NOW)
    world.host(at=LATER)
    assert services.continue_examinations(at=LATER) == 0
    assert again(order).execution == "awaiting"
    assert is_counting(order)


def test_what_a_person_filed_a_person_takes_back() -> None:
    """Neither a changed profile nor the order coming again overrules somebody; they are told."""
    tom = world.person("Tom Example", "on_call")
    world.host()
    office = world.office()
    order = world.receive(by=office).order
    services.file_as_information(
        order_id=order.id, reason="pressed wrongly", actor=world.actor("on_call"), at=NOW
    )
    world.host(at=LATER, languages=["en"])
    assert services.continue_examinations(at=LATER) == 1
    assert queries.order(order.id).execution == "not_binding"
    for _twice in range(2):
        assert world.receive(by=office, at=LATER).order.execution == "not_binding"
    pages = Delivery.objects.filter(transport="page", case_id=order.case_id, purpose="page.notice")
    assert str(tom.id) in set(pages.values_list("destination", flat=True))
    assert pages.count() == pages.values("destination").distinct().count()
    assert all("has come again" in str(page.payload) for page in pages)
    assert again(order).execution == "awaiting"
    assert is_counting(order)


def test_the_hour_of_a_late_examination_runs_from_the_earliest_receipt() -> None:
    order = world.receive(by=world.office()).order
    services.correct_receipt(
        order_id=order.id, received_at=NOW - timedelta(minutes=20), proof="headers", actor=SYSTEM, at=NOW
    )
    world.host(at=LATER)
    again(order)
    assert is_counting(order, NOW + timedelta(minutes=40))


def test_only_what_was_filed_as_information_is_examined_again() -> None:
    world.host()
    office = world.office()
    for order in (world.receive(by=office).order, executed(office, reference="R-2")[0]):
        with pytest.raises(NotInThisState):
            again(order)


def test_what_ended_or_was_forged_is_not_examined_again() -> None:
    office = world.office()
    withdrawn = world.receive(by=office).order
    forged = world.receive("https://agora.example/p/2", by=office, reference="R-2").order
    RemovalOrder.objects.filter(pk=withdrawn.pk).update(fate="withdrawn")
    RemovalOrder.objects.filter(pk=forged.pk).update(authenticity="refuted")
    world.host(at=LATER)
    assert services.continue_examinations(at=LATER) == 0
    for order in (withdrawn, forged):
        with pytest.raises(NotInThisState):
            again(order)


def test_an_order_that_somebody_else_examined_first_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    office = world.office()
    order = world.receive(by=office).order
    world.host(at=LATER)
    lock = checking.lock

    def faster(order_id: Any) -> RemovalOrder:
        RemovalOrder.objects.filter(pk=order_id).update(examine_due=False)
        return lock(order_id)

    monkeypatch.setattr(examining, "lock", faster)
    assert services.continue_examinations(at=LATER) == 0
    assert queries.order(order.id).execution == "not_binding"


def test_what_is_marked_and_meanwhile_carried_out_is_only_unmarked() -> None:
    world.host()
    office: Office = world.office()
    order = world.receive(by=office).order
    RemovalOrder.objects.filter(pk=order.pk).update(examine_due=True)
    assert services.continue_examinations(at=NOW) == 1
    found = queries.order(order.id)
    assert (found.execution, found.examine_due) == ("awaiting", False)
