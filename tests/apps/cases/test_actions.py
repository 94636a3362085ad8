"""Measures at the platform: asked for, carried out, refused, sent again, taken back; whatever order answers come in."""

from datetime import datetime, timedelta

import pytest

from entente.apps.cases import queries, services
from entente.apps.cases.models import Action, OutsideLook
from entente.apps.cases.services import acting
from entente.apps.cases.services.looking import Expected, expected_of, fits
from entente.apps.deliveries import queries as deliveries
from entente.apps.deliveries import services as delivery_services
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import Conflict, Missing
from entente.apps.kernel.ids import new_id
from entente.apps.notices.models import Notice
from tests import world
from tests.apps.notices.acts import apply_all, decide, notice
from tests.world import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def found() -> Notice:
    world.host()
    return notice()


@pytest.fixture
def action(found: Notice) -> Action:
    decide(found, world.person("Rae Example", "reviewer"))
    return Action.objects.get()


def messages(action: Action, purpose: str) -> list[str]:
    return [line.state for line in deliveries.for_subject("action", action.id, purpose=purpose)]


def test_an_effect_said_twice_is_one_effect(action: Action) -> None:
    services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    services.record_effect(action_id=action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    services.record_refusal(action_id=action.id, reason="too late", actor=SYSTEM, at=LATER)
    action.refresh_from_db()
    assert (action.state, action.effect_at) == ("applied", NOW)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (NOW - timedelta(days=1), NOW),
        (NOW + timedelta(minutes=4), NOW + timedelta(minutes=4)),
        (NOW + timedelta(days=1), LATER),
    ],
    ids=["before it was asked", "in between", "in the future"],
)
def test_a_platform_with_a_wrong_clock_moves_no_time(action: Action, said: datetime, kept: datetime) -> None:
    done = services.record_effect(action_id=action.id, effect_at=said, actor=SYSTEM, at=LATER)
    assert done.effect_at == kept


def test_a_refusal_waits_for_a_person_who_may_send_it_again(found: Notice, action: Action) -> None:
    services.record_refusal(action_id=action.id, reason="not_found", actor=SYSTEM, at=NOW)
    assert queries.item_states(found.case_id).failed == 1
    assert queries.case_by_id(found.case_id).state == "open"
    again = services.retry_action(action_id=action.id, actor=world.actor("reviewer"), at=LATER)
    assert (again.state, again.failure, again.requested_at) == ("pending", "", LATER)
    assert len(messages(action, "action.apply")) == 2
    with pytest.raises(Conflict):
        services.retry_action(action_id=action.id, actor=SYSTEM, at=LATER)
    services.record_effect(action_id=action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    assert queries.case_by_id(found.case_id).state == "closed"


def test_an_effect_after_a_refusal_counts(action: Action) -> None:
    services.record_refusal(action_id=action.id, reason="busy", actor=SYSTEM, at=NOW)
    done = services.record_effect(action_id=action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    assert (done.state, done.failure) == ("applied", "")


def test_a_measure_is_taken_back_while_it_is_under_way(action: Action) -> None:
    assert services.undo_decision(decision=action.decision, reason="expired", actor=SYSTEM, at=LATER) == 1
    assert messages(action, "action.apply") == ["cancelled"]
    assert messages(action, "action.undo") == ["pending"]
    assert services.undo_decision(decision=action.decision, reason="expired", actor=SYSTEM, at=LATER) == 0


def test_a_late_answer_to_the_measure_is_not_its_restoration(action: Action) -> None:
    """The platform was slow: its "applied" arrives after the measure was asked back."""
    (asked,) = Delivery.objects.filter(purpose="action.apply")
    services.undo_decision(decision=action.decision, reason="withdrawn", actor=SYSTEM, at=LATER)
    delivery_services.acknowledge(delivery_id=asked.id, at=LATER, facts={"applied": True})
    action.refresh_from_db()
    assert action.state == "undoing"
    assert messages(action, "action.undo") == ["pending"]
    (undo,) = Delivery.objects.filter(purpose="action.undo")
    delivery_services.acknowledge(delivery_id=undo.id, at=LATER, facts={"applied": True})
    action.refresh_from_db()
    assert (action.state, action.undone_at) == ("undone", LATER)


def test_a_late_refusal_of_the_measure_is_not_its_restoration(action: Action) -> None:
    services.undo_decision(decision=action.decision, reason="withdrawn", actor=SYSTEM, at=LATER)
    facts = {"applied": False, "reason": "already_undone"}
    assert acting.hear_platform(action.id, facts, LATER, about="action.apply") is None
    action.refresh_from_db()
    assert action.state == "undoing"


def test_what_is_no_longer_there_cannot_be_restored_and_waits_for_nobody(action: Action) -> None:
    services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    services.undo_decision(decision=action.decision, reason="withdrawn", actor=SYSTEM, at=LATER)
    facts = {"applied": False, "reason": "not_found"}
    done = acting.hear_platform(action.id, facts, LATER, about="action.undo")
    assert done is not None
    assert (done.state, done.failure) == ("undone", "not_found")


def test_an_unreadable_time_counts_as_now(action: Action) -> None:
    done = acting.hear_platform(action.id, {"applied": True, "at": "yesterday"}, LATER, about="action.apply")
    assert done is not None
    assert done.effect_at == LATER


def test_an_effect_told_by_another_way_wakes_nobody_any_more(action: Action) -> None:
    assert Delivery.objects.get(purpose="action.apply").alarm_at is not None
    services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    assert Delivery.objects.get(purpose="action.apply").alarm_at is None


def test_a_restoration_told_by_another_way_wakes_nobody_any_more(action: Action) -> None:
    services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    services.undo_decision(decision=action.decision, reason="withdrawn", actor=SYSTEM, at=LATER)
    Delivery.objects.filter(purpose="action.undo").update(
        state="delivered", delivered_at=LATER, next_attempt_at=None
    )
    services.record_effect(action_id=action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    undo = Delivery.objects.get(purpose="action.undo")
    assert (undo.state, undo.alarm_at) == ("acknowledged", None)


def test_a_request_to_restore_that_was_never_sent_still_goes_out(action: Action) -> None:
    services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    services.undo_decision(decision=action.decision, reason="withdrawn", actor=SYSTEM, at=LATER)
    services.record_effect(action_id=action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    assert messages(action, "action.undo") == ["pending"]


def test_there_is_no_such_measure() -> None:
    with pytest.raises(Missing):
        services.record_effect(action_id=new_id(), effect_at=NOW, actor=SYSTEM, at=NOW)


def test_a_measure_of_an_intake_without_an_answer_changes_state_only(found: Notice, action: Action) -> None:
    action.decision.case.intake_kind = "other"
    action.decision.case.save(update_fields=["intake_kind"])
    services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    assert queries.case_by_id(found.case_id).state == "open"


def test_looks_from_outside_say_what_was_seen_and_change_nothing(
    action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    from entente.apps.cases.services import looking
    from entente.apps.kernel import http

    answers: list[int | http.FetchError] = [200, 451, http.FetchFailed("no answer")]

    class Outside:
        def head_or_get(self, _url: str) -> object:
            answer = answers.pop(0)
            if isinstance(answer, http.FetchError):
                raise answer
            return type("Answer", (), {"status_code": answer})()

    monkeypatch.setattr(http, "client", Outside)
    looking.plan_looks(action=action, at=NOW)
    assert services.look_due(at=NOW) == 0
    assert services.look_due(at=LATER) == 3
    assert services.look_due(at=LATER) == 0
    seen = [(look.verdict, look.status_code) for look in queries.looks_of(action.id)]
    assert seen == [("still_served", 200), ("gone", 451), ("unknown", None)]
    assert queries.last_looks([action.id])[action.id].verdict == "unknown"
    action.refresh_from_db()
    assert action.state == "pending"


@pytest.mark.parametrize(
    ("outcome", "established_in", "expected"),
    [
        ("disable", "FR", Expected.GONE),
        ("restrict_by_country", "DE", Expected.GONE),
        ("restrict_by_country", "PL", Expected.ANYTHING),
        ("warning_label", "FR", Expected.BEHIND_A_WARNING),
    ],
)
def test_what_is_to_be_seen_from_outside_depends_on_the_measure(
    found: Notice, outcome: str, established_in: str, expected: Expected
) -> None:
    decide(found, world.person("Rae Example", "reviewer"), outcome=outcome)
    world.host(established_in=established_in)
    action = Action.objects.get()
    services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    assert expected_of(action) is expected
    services.undo_decision(decision=action.decision, reason="expired", actor=SYSTEM, at=LATER)
    back = services.record_effect(action_id=action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    assert expected_of(back) is Expected.SERVED


def test_what_is_disabled_everywhere_is_gone_wherever_we_look_from(action: Action) -> None:
    world.host(established_in="PL")
    action.decision.scope_kind, action.decision.scope_countries = "worldwide", []
    assert expected_of(action) is Expected.GONE


@pytest.mark.parametrize(
    ("verdict", "expected", "judged"),
    [
        ("gone", Expected.GONE, True),
        ("still_served", Expected.GONE, False),
        ("still_served", Expected.SERVED, True),
        ("gone", Expected.SERVED, False),
        ("gone", Expected.BEHIND_A_WARNING, False),
        ("still_served", Expected.BEHIND_A_WARNING, None),
        ("still_served", Expected.ANYTHING, None),
        ("gone", Expected.ANYTHING, None),
        ("unknown", Expected.GONE, None),
        ("", Expected.SERVED, None),
    ],
)
def test_a_look_is_judged_by_what_was_to_be_seen(
    *, verdict: str, expected: Expected, judged: bool | None
) -> None:
    assert fits(verdict, expected) is judged


def test_an_odd_status_proves_nothing(action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    from entente.apps.kernel import http

    answer = type("Answer", (), {"status_code": 503})()
    monkeypatch.setattr(http, "client", type("Outside", (), {"head_or_get": lambda *_: answer}))
    OutsideLook.objects.create(action=action, due_at=NOW)
    services.look_due(at=NOW)
    assert queries.looks_of(action.id)[0].verdict == "unknown"


def test_a_private_address_is_never_asked(found: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    private = notice("http://127.0.0.1/admin")
    decide(private, world.person("Sam Example", "reviewer"))
    action = Action.objects.get(decision__case_id=private.case_id)
    OutsideLook.objects.create(action=action, due_at=NOW)
    services.look_due(at=NOW)
    (look,) = queries.looks_of(action.id)
    assert (look.status_code, look.verdict) == (None, "unknown")
    assert look.detail


def test_the_measure_behind_a_link_is_found_by_its_secret_alone(action: Action) -> None:
    known = queries.action_by_token(action.confirm_token)
    assert known is not None
    assert known.id == action.id
    assert queries.action_by_token("guess") is None
    assert queries.action(new_id()) is None
    assert queries.action_of_decision(action.decision_id) == action


def test_both_adapters_say_the_same(found: Notice, monkeypatch: pytest.MonkeyPatch) -> None:
    from entente.apps.kernel.config import reset_cache

    monkeypatch.setenv("ENTENTE_PLATFORM__KIND", "webhook")
    monkeypatch.setenv("ENTENTE_PLATFORM__WEBHOOK_URL", "http://127.0.0.1:9/hook")
    monkeypatch.setenv("ENTENTE_PLATFORM__WEBHOOK_SECRET", "whsec_c2VjcmV0")
    reset_cache()
    try:
        decide(found, world.person("Rae Example", "reviewer"))
        (asked,) = Delivery.objects.filter(purpose="action.apply")
        data = asked.payload["data"]
        assert isinstance(data, dict)
        assert (asked.transport, asked.destination) == ("webhook", "platform")
        assert (data["measure"], data["countries"], data["silent"]) == ("disable", ["DE", "FR"], False)
        apply_all(found.case_id)
        (told,) = Delivery.objects.filter(purpose="person.inform")
        assert told.transport == "webhook"
        assert set(told.payload["data"]["texts"]) == {"en", "fr", "es", "de", "ar"}
        action = Action.objects.get()
        services.undo_decision(decision=action.decision, reason="expired", actor=SYSTEM, at=LATER)
        (back,) = Delivery.objects.filter(purpose="action.undo")
        assert back.payload["data"]["measure"] == "restore"
    finally:
        monkeypatch.undo()
        reset_cache()
