"""The mails to a host without a program: each says what was decided, in the host's language, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from entente.apps.cases import services
from entente.apps.cases.models import Action
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.services import sending
from entente.apps.kernel.actors import SYSTEM
from tests import world
from tests.apps.notices import acts
from tests.apps.orders.acts import executed
from tests.world import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
URL = "https://agora.example/p/1"


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def mail(purpose: str = "action.apply") -> dict[str, Any]:
    payload: dict[str, Any] = Delivery.objects.filter(purpose=purpose).latest("created_at", "id").payload
    return payload


def words(purpose: str = "action.apply") -> str:
    payload = mail(purpose)
    return f"{payload['subject']} {payload['text']}"


def measure(outcome: str, **changes: Any) -> Action:
    """Decide about a notice, so that a mail asks for the measure."""
    acts.decide(acts.notice(), world.person("Rae Example", "reviewer"), outcome=outcome, **changes)
    return Action.objects.get()


def apply(action: Action) -> Action:
    return services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)


def undo(action: Action) -> None:
    services.undo_decision(decision=action.decision, reason="expired", actor=SYSTEM, at=LATER)


def test_a_warning_is_asked_for_with_its_text_and_nobody_is_told_to_disable() -> None:
    action = measure("warning_label")
    assert mail()["subject"] == f"Please place a warning now: {URL}"
    assert "“Contains a call to violence.”" in mail()["text"]
    assert "The content stays available" in mail()["text"]
    assert "Please disable" not in words()
    assert f"/confirm/{action.confirm_token}" in mail()["text"]


def test_the_end_of_a_warning_asks_to_take_it_away() -> None:
    undo(apply(measure("warning_label")))
    assert mail("action.undo")["subject"] == f"Please take the warning away: {URL}"
    assert "available again" not in words("action.undo")


def test_a_restriction_names_its_countries() -> None:
    measure("restrict_by_country")
    assert mail()["subject"] == f"Please restrict by country now: {URL}"
    assert "in these countries: France, Germany" in mail()["text"]
    assert "elsewhere it stays" in mail()["text"]


def test_an_order_is_disabled_where_its_law_says_and_not_deleted() -> None:
    executed(world.office())
    assert mail()["subject"] == f"Please disable now: {URL}"
    assert "in all Member States of the European Union" in mail()["text"]
    assert "do not delete it" in mail()["text"]


def test_everywhere_is_everywhere() -> None:
    found = acts.notice()
    person = world.person("Rae Example", "reviewer")
    everywhere: dict[str, Any] = {"scope_kind": "worldwide", "scope_countries": ()}
    acts.decide(found, person, basis_id="terms.terrorism", ground_id="terms.terrorism", **everywhere)
    assert mail()["subject"] == f"Please disable now: {URL}"
    assert "everywhere on your service" in mail()["text"]
    undo(apply(Action.objects.get()))
    assert mail("action.undo")["subject"] == f"Please make available again: {URL}"


def test_a_mail_is_in_the_hosts_language_whoever_acts_and_says_which() -> None:
    world.host(languages=["fr", "en"])
    with translation.override("de"):
        action = apply(measure("disable"))
        undo(action)
    assert (mail()["language"], mail("action.undo")["language"]) == ("fr", "fr")
    assert str(mail("action.undo")["subject"]).startswith("À remettre à disposition")
    assert str(mail()["subject"]).startswith("À bloquer maintenant")


def test_after_a_silence_the_hand_may_say_why_and_is_asked_to_confirm_nothing() -> None:
    order, _person = executed(world.office(), form=world.order_form(section_c={"non_disclosure": True}))
    ends_at = NOW + timedelta(weeks=6)
    assert "/why/" not in words()
    services.end_due_silences(at=ends_at)
    action = Action.objects.get()
    assert mail()["subject"] == f"You may now say why: {URL}"
    assert f"/why/{action.id}" in mail()["text"]
    assert "/confirm/" not in mail()["text"]
    told = Delivery.objects.filter(purpose="action.apply").latest("created_at", "id")
    assert told.case_id == order.case_id
    assert told.alarm_at is None


def sent(purpose: str) -> Delivery:
    delivery = Delivery.objects.get(purpose=purpose)
    sending._mark_delivered(delivery, NOW)
    assert delivery.alarm_at is not None, "what expects an answer keeps its alarm"
    return delivery


def test_a_refusal_is_an_answer_and_rings_no_alarm_about_a_missing_one() -> None:
    action = measure("disable")
    asked = sent("action.apply")
    services.record_refusal(action_id=action.id, reason="not_ours", actor=SYSTEM, at=NOW)
    asked.refresh_from_db()
    assert (asked.state, asked.alarm_at) == ("acknowledged", None)


def test_a_refused_restoration_is_an_answer_too_and_wakes_people_by_itself() -> None:
    olga = world.person("Olga Example", "on_call")
    action = apply(measure("disable"))
    undo(action)
    asked = sent("action.undo")
    services.record_refusal(
        action_id=action.id, reason="other", note="I am on a train", actor=SYSTEM, at=LATER
    )
    asked.refresh_from_db()
    assert (asked.state, asked.alarm_at) == ("acknowledged", None)
    (page,) = Delivery.objects.filter(transport="page", subject_id=action.id)
    assert page.destination == str(olga.id)
    assert "other: I am on a train" in str(page.payload["text"])
    action.refresh_from_db()
    assert (action.state, action.failure) == ("undoing", "other: I am on a train")


def test_a_refused_restoration_is_asked_for_again_once_a_person_looked_into_it() -> None:
    action = apply(measure("disable"))
    undo(action)
    sent("action.undo")
    services.record_refusal(action_id=action.id, reason="busy", actor=SYSTEM, at=LATER)
    at = LATER + timedelta(minutes=5)
    again = services.retry_action(action_id=action.id, actor=world.actor("legal"), at=at)
    assert (again.state, again.failure, again.undo_requested_at) == ("undoing", "", at)
    states = (
        Delivery.objects.filter(purpose="action.undo").order_by("created_at").values_list("state", flat=True)
    )
    assert list(states) == ["acknowledged", "pending"]
    done = services.record_effect(action_id=action.id, effect_at=at, actor=SYSTEM, at=at)
    assert (done.state, done.undone_at) == ("undone", at)


def test_a_refused_restoration_that_was_never_asked_for_still_goes_out() -> None:
    action = apply(measure("disable"))
    undo(action)
    services.record_refusal(action_id=action.id, reason="busy", actor=SYSTEM, at=LATER)
    assert Delivery.objects.get(purpose="action.undo").state == "pending"


def test_what_is_gone_is_undone_whatever_is_added_in_words() -> None:
    world.person("Olga Example", "on_call")
    action = apply(measure("disable"))
    undo(action)
    done = services.record_refusal(
        action_id=action.id, reason="not_found", note="deleted by its author", actor=SYSTEM, at=LATER
    )
    assert (done.state, done.failure) == ("undone", "not_found: deleted by its author")
    assert not Delivery.objects.filter(transport="page", subject_id=action.id).exists()
