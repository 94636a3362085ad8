"""A notice whose text looks like more than a notice: it stays one, and somebody says at once what else it is."""

from datetime import timedelta
from typing import Any

import pytest

from entente.apps.arrivals import queries as arrivals
from entente.apps.arrivals import services as arrival_services
from entente.apps.arrivals.models import Arrival
from entente.apps.cases import queries as cases
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import PUBLIC
from entente.apps.notices import queries, services
from entente.apps.notices.models import Notice
from tests import world
from tests.apps.arrivals.acts import settle
from tests.world import NOW

pytestmark = pytest.mark.django_db
THREAT = "They write that an imminent attack is planned on the market, somebody will be killed."


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def notice(explanation: str = THREAT, **changes: Any) -> Notice:
    values: dict[str, Any] = {
        "urls": ("https://agora.example/p/1",),
        "explanation": explanation,
        "good_faith": True,
        "door": "public_form",
        "received_at": NOW,
        "notifier_name": "Rita Example",
        "notifier_mail": "rita@mail.example",
    }
    return services.receive_notice(draft=services.NoticeDraft(**{**values, **changes}), actor=PUBLIC, at=NOW)


@pytest.mark.parametrize("door", ["public_form", "api"])
def test_a_threat_in_a_notice_wakes_who_is_on_call_and_starts_its_clock_once_settled(door: str) -> None:
    tom = world.person("Tom Example", "on_call")
    found = notice(door=door)
    (waiting,) = arrivals.unsettled()
    assert (waiting.proposed_kind, waiting.notice_case_id) == ("threat_to_life", found.case_id)
    assert waiting.due_at == NOW + timedelta(hours=1)
    deadline_services.sweep(at=NOW)
    assert str(tom.id) in set(Delivery.objects.filter(transport="page").values_list("destination", flat=True))
    assert [line.rule_id for line in deadlines.running_for_case(found.case_id)] == ["house.notice.assess"]
    settled = settle(waiting, "threat_to_life")
    assert settled.case_id is not None
    assert settled.case_id != found.case_id
    assert [line.rule_id for line in deadlines.running_for_case(settled.case_id)] == ["dsa.threat_to_life"]
    assert cases.case_by_id(found.case_id).state == "open"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Removal order under Regulation (EU) 2021/784, within one hour.", "removal_order"),
        ("Order to act under Article 9 of the Digital Services Act, please.", "other_binding_order"),
        ("Please send us the subscriber data and the IP address of this user.", "data_request"),
    ],
)
def test_what_does_not_belong_into_the_form_is_laid_on_the_desk(text: str, kind: str) -> None:
    found = notice(text)
    (waiting,) = arrivals.unsettled()
    assert (waiting.proposed_kind, waiting.notice_case_id) == (kind, found.case_id)


def test_an_ordinary_notice_and_what_a_person_settled_as_one_stay_off_the_desk() -> None:
    notice("This text calls for attacks; see the last lines.")
    notice(door="mail")
    referral = world.office("Unit", competences=["refer"], mail_domains=["unit.example"])
    notice(kind="referral", authority_id=referral.facts.id, good_faith=False)
    assert not Arrival.objects.exists()


def test_settled_as_a_notice_it_is_the_notice_that_is_there() -> None:
    found = notice()
    (waiting,) = arrivals.unsettled()
    settled = settle(waiting, "notice")
    assert settled.case_id == found.case_id
    assert Notice.objects.count() == 1
    assert arrivals.of_case(found.case_id) == settled
    back = arrival_services.unsettle_arrival(arrival_id=settled.id, actor=world.actor("reviewer"), at=NOW)
    assert back.case_id is None
    assert cases.case_by_id(found.case_id).state == "open"
    assert queries.of_case(found.case_id) == found
    assert arrivals.unsettled() == [back]


def test_an_officer_who_used_the_form_becomes_a_referral() -> None:
    unit = world.office("Unit", competences=["refer"], mail_domains=["unit.example"])
    notice("Please send us the subscriber data of this user at once.", notifier_mail="desk@unit.example")
    (waiting,) = arrivals.unsettled()
    settled = settle(waiting, "referral")
    assert settled.case_id is not None
    referral = queries.of_case(settled.case_id)
    assert referral is not None
    assert referral.authority_id == unit.facts.id
    assert arrivals.unsettled() == []
