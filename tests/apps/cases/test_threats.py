"""Warning of a threat to life: one person at once, another within a working day, and the case goes on."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from entente.apps.arrivals import services as arrivals
from entente.apps.arrivals.errors import SomethingFollowed
from entente.apps.audit import queries as audit
from entente.apps.cases import queries, services, threats
from entente.apps.cases.errors import CaseMissing, SamePerson, ThreatTold, ThreatUnclear, ThreatUntold
from entente.apps.cases.models import ThreatAlert, ThreatWarning
from entente.apps.cases.services import opening, warning
from entente.apps.content.models import Snapshot
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.evidence.models import Preservation
from entente.apps.orders import services as order_services
from entente.apps.oversight import services as oversight
from entente.apps.oversight.models import OverseerCopy
from entente.core.law import routes
from entente.core.law.errors import UnknownRoute
from entente.core.law.routes import advise_states
from tests import world
from tests.apps.arrivals.acts import arrive, settle
from tests.apps.notices.acts import notice
from tests.apps.orders.acts import executed
from tests.world import NOW

pytestmark = pytest.mark.django_db
SIGNS = "Names a school and tomorrow morning."
LATER = NOW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def clocks(case_id: UUID) -> dict[str, str]:
    return {line.rule_id: line.state for line in deadlines.all_for_case(case_id)}


def told(key: str = "DE:state_authorities", **changes: str) -> services.Told:
    values = {"recipient": "the police of Germany", "channel": "both", "reference": "T-1", **changes}
    return services.Told(key=key, told_at=NOW + timedelta(minutes=4), **values)


def threat_case() -> UUID:
    settled = settle(arrive(text="Someone writes that an imminent attack is planned."), "threat_to_life")
    assert settled.case_id is not None
    return settled.case_id


def raised(case_id: UUID, *states: str, name: str = "Ada Example") -> ThreatAlert:
    return services.raise_threat_alert(
        case_id=case_id, states=states, signs=SIGNS, actor=world.actor("reviewer", name=name), at=NOW
    )


def test_the_law_names_an_office_per_state_each_state_once() -> None:
    found = advise_states("threat_to_life", states=["DE", "FR", "DE"], host_state="FR")
    assert [advice.recipients[0].params["state"] for advice in found] == ["DE", "FR"]
    (unknown,) = advise_states("threat_to_life", states=[], host_state="FR")
    assert [one.code for one in unknown.recipients] == ["contact_point", "europol"]
    with pytest.raises(UnknownRoute):
        advise_states("nothing", states=[], host_state=None)


def test_a_threat_seen_in_a_notice_starts_its_clock_keeps_the_content_and_leaves_the_notice_its_road() -> (
    None
):
    found = notice()
    alert = raised(found.case_id, "FR", "DE", "DE")
    assert (alert.states, alert.host_state) == (["DE", "FR"], "FR")
    assert (alert.is_kept, alert.kept_items) == (True, 1)
    assert clocks(found.case_id)["tco.imminent"] == "running"
    case = queries.case_by_id(found.case_id)
    assert (case.state, case.stage) == ("open", "assess")
    assert Preservation.objects.filter(ground_id=threats.GROUND, case_id=case.id).count() == 1
    assert Snapshot.objects.filter(case_id=case.id).count() == 1
    threat = threats.threat_of(found.case_id)
    assert threat is not None
    assert [one.key for one in threat.untold] == ["DE:state_authorities", "FR:state_authorities"]
    assert "cases:threat:raised" in {line.kind for line in audit.trail_of_case(found.case_id)}


def test_the_clock_is_met_with_the_last_of_those_the_law_names() -> None:
    case_id = notice().case_id
    raised(case_id, "DE", "FR")
    actor = world.actor("reviewer")
    services.warn_of_threat(case_id=case_id, told=[told()], actor=actor, at=LATER)
    assert clocks(case_id)["tco.imminent"] == "running"
    last = replace(told("FR:state_authorities"), told_at=NOW + timedelta(minutes=8))
    services.warn_of_threat(
        case_id=case_id, told=[last, told("", recipient="The school")], actor=actor, at=LATER
    )
    (line,) = [line for line in deadlines.all_for_case(case_id) if line.rule_id == "tco.imminent"]
    assert (line.state, line.met_at) == ("met", NOW + timedelta(minutes=8))
    threat = threats.threat_of(case_id)
    assert threat is not None
    assert not threat.untold
    assert [one.recipient for one in threat.warnings if not one.recipient_key] == ["The school"]


def test_a_threat_that_arrived_has_its_clock_already_and_that_one_is_met() -> None:
    case_id = threat_case()
    raised(case_id)
    assert set(clocks(case_id)) == {"dsa.threat_to_life"}
    actor = world.actor("reviewer")
    everybody = [told("unknown:contact_point"), told("unknown:europol")]
    services.warn_of_threat(case_id=case_id, told=everybody, actor=actor, at=LATER)
    assert clocks(case_id)["dsa.threat_to_life"] == "met"


def test_a_state_learned_later_is_owed_too_and_who_was_told_stays_told() -> None:
    case_id = notice().case_id
    raised(case_id, "DE")
    services.warn_of_threat(case_id=case_id, told=[told()], actor=world.actor("reviewer"), at=LATER)
    assert clocks(case_id)["tco.imminent"] == "met"
    later = LATER + timedelta(minutes=1)
    services.raise_threat_alert(
        case_id=case_id, states=["DE", "FR"], signs=SIGNS, actor=world.actor("legal"), at=later
    )
    threat = threats.threat_of(case_id)
    assert threat is not None
    assert [one.key for one in threat.untold] == ["FR:state_authorities"]
    states = [line.state for line in deadlines.all_for_case(case_id) if line.rule_id == "tco.imminent"]
    assert states == ["met", "running"]


def test_a_clock_that_ran_out_is_not_started_twice_and_can_still_be_met() -> None:
    case_id = notice().case_id
    raised(case_id, "DE")
    late = NOW + timedelta(hours=2)
    deadline_services.sweep(at=late)
    assert clocks(case_id)["tco.imminent"] == "expired"
    services.raise_threat_alert(
        case_id=case_id, states=["DE"], signs=SIGNS, actor=world.actor("legal"), at=late
    )
    services.warn_of_threat(case_id=case_id, told=[told()], actor=world.actor("legal"), at=late)
    assert [line.state for line in deadlines.all_for_case(case_id) if line.rule_id == "tco.imminent"] == [
        "met"
    ]


def test_nobody_of_those_who_saw_or_warned_looks_again_and_somebody_else_does() -> None:
    case_id = threat_case()
    seer, teller = world.actor("reviewer", name="Sue Example"), world.actor("legal", name="Lee Example")
    services.raise_threat_alert(case_id=case_id, states=["DE"], signs=SIGNS, actor=seer, at=NOW)
    services.warn_of_threat(case_id=case_id, told=[told()], actor=teller, at=LATER)
    arrivals.conclude_case(case_id=case_id, note="done", actor=teller, at=LATER)
    assert queries.case_by_id(case_id).state == "closed"
    assert clocks(case_id)["house.second_look"] == "running"
    for same in (seer, teller):
        with pytest.raises(SamePerson):
            opening.confirm_second_look(case_id=case_id, note="", actor=same, at=LATER)
    opening.confirm_second_look(case_id=case_id, note="right", actor=world.actor("on_call"), at=LATER)
    assert clocks(case_id)["house.second_look"] == "met"


def test_two_people_who_each_did_one_thing_look_at_what_the_other_did() -> None:
    order, _person = executed(world.office())
    restorer = world.actor("senior_reviewer", name="Sam Example")
    warner = world.actor("legal", name="Lee Example")
    services.raise_threat_alert(case_id=order.case_id, states=["DE"], signs=SIGNS, actor=warner, at=LATER)
    services.warn_of_threat(case_id=order.case_id, told=[told()], actor=warner, at=LATER)
    order_services.end_order(
        order_id=order.id,
        fate="withdrawn",
        by_whom="Office for Exercises",
        document="",
        happened_at=LATER,
        actor=restorer,
        at=LATER,
    )
    waiting = opening.second_looks_waiting(order.case_id)
    assert len(waiting) == 2
    opening.confirm_second_look(case_id=order.case_id, note="", actor=warner, at=LATER)
    assert opening.second_looks_waiting(order.case_id) == waiting - {order.case_id}
    opening.confirm_second_look(case_id=order.case_id, note="", actor=restorer, at=LATER)
    assert not opening.second_looks_waiting(order.case_id)


def test_the_overseer_gets_a_copy_without_a_name() -> None:
    overseer = world.person("Olga Example", "overseer")
    oversight.appoint_overseer(
        person_id=overseer.id,
        body="platform",
        ground="Asked by the board.",
        actor=world.actor("legal"),
        at=NOW,
    )
    case_id = notice().case_id
    raised(case_id, "DE")
    (made,) = services.warn_of_threat(
        case_id=case_id, told=[told(reference="Inspector Example")], actor=world.actor("legal"), at=LATER
    )
    copy = OverseerCopy.objects.get(kind="threat_warned")
    assert copy.subject_id == made.id
    summary = oversight.read_copy(copy_id=copy.id, overseer=overseer.actor, at=LATER)
    assert summary == {"states": ["DE"], "recipient": "DE:state_authorities", "channel": "both"}
    assert threats.case_of_warning(made.id).id == case_id


def test_a_threat_is_not_concluded_before_everybody_whom_the_law_names_knows() -> None:
    case_id = threat_case()
    actor = world.actor("legal")
    with pytest.raises(ThreatUntold):
        arrivals.conclude_case(case_id=case_id, note="done", actor=actor, at=LATER)
    raised(case_id, "DE")
    with pytest.raises(ThreatUntold):
        arrivals.conclude_case(case_id=case_id, note="done", actor=actor, at=LATER)
    services.warn_of_threat(case_id=case_id, told=[told()], actor=actor, at=LATER)
    arrivals.conclude_case(case_id=case_id, note="done", actor=actor, at=LATER)
    assert queries.case_by_id(case_id).state == "closed"


def test_what_is_no_threat_is_settled_again_unless_somebody_was_told() -> None:
    settled = settle(arrive(text="Someone writes that an imminent attack is planned."), "threat_to_life")
    assert settled.case_id is not None
    raised(settled.case_id, "DE")
    arrivals.unsettle_arrival(arrival_id=settled.id, actor=world.actor("reviewer"), at=LATER)
    alert = ThreatAlert.objects.get()
    assert (alert.dropped_at, bool(alert.drop_reason)) == (LATER, True)
    again = settle(settled, "threat_to_life")
    assert again.case_id is not None
    raised(again.case_id, "DE")
    services.warn_of_threat(case_id=again.case_id, told=[told()], actor=world.actor("legal"), at=LATER)
    with pytest.raises(SomethingFollowed):
        arrivals.unsettle_arrival(arrival_id=settled.id, actor=world.actor("reviewer"), at=LATER)


def test_an_alert_raised_by_mistake_is_dropped_before_anybody_was_told_and_looked_at_again() -> None:
    case_id = notice().case_id
    raised(case_id, "DE")
    actor = world.actor("legal", name="Lee Example")
    with pytest.raises(ThreatUnclear):
        services.drop_threat_alert(case_id=case_id, reason=" ", actor=actor, at=LATER)
    dropped = services.drop_threat_alert(case_id=case_id, reason="A line of a play", actor=actor, at=LATER)
    assert (dropped.dropped_by_name, dropped.drop_reason) == ("Lee Example", "A line of a play")
    assert threats.threat_of(case_id) is None
    states = clocks(case_id)
    assert (states["tco.imminent"], states["house.second_look"]) == ("cancelled", "running")
    assert Preservation.objects.get(ground_id=threats.GROUND).until <= LATER
    with pytest.raises(SamePerson):
        opening.confirm_second_look(case_id=case_id, note="", actor=actor, at=LATER)
    with pytest.raises(CaseMissing):
        services.drop_threat_alert(case_id=case_id, reason="again", actor=actor, at=LATER)


def test_what_was_told_is_not_taken_back_by_dropping() -> None:
    case_id = notice().case_id
    raised(case_id, "DE", "FR")
    services.warn_of_threat(case_id=case_id, told=[told()], actor=world.actor("legal"), at=LATER)
    with pytest.raises(ThreatTold):
        services.drop_threat_alert(case_id=case_id, reason="wrong", actor=world.actor("legal"), at=LATER)


@pytest.mark.parametrize(
    "wrong",
    [
        told("FR:state_authorities"),
        told(channel="pigeon"),
        told(reference=" "),
        told(recipient=" "),
        replace(told(), told_at=LATER + timedelta(minutes=1)),
    ],
    ids=["not named", "no channel", "no reference", "no name", "future"],
)
def test_a_warning_with_a_gap_is_refused(wrong: services.Told) -> None:
    case_id = notice().case_id
    raised(case_id, "DE")
    with pytest.raises(ThreatUnclear):
        services.warn_of_threat(case_id=case_id, told=[wrong], actor=world.actor("legal"), at=LATER)
    assert not ThreatWarning.objects.exists()


def test_an_alert_needs_a_case_signs_and_states_by_their_letters() -> None:
    case_id, actor = notice().case_id, world.actor("legal")
    with pytest.raises(CaseMissing):
        services.raise_threat_alert(case_id=uuid4(), states=[], signs=SIGNS, actor=actor, at=NOW)
    with pytest.raises(ThreatUnclear):
        services.raise_threat_alert(case_id=case_id, states=[], signs=" ", actor=actor, at=NOW)
    with pytest.raises(ThreatUnclear):
        services.raise_threat_alert(case_id=case_id, states=["Germany"], signs=SIGNS, actor=actor, at=NOW)
    with pytest.raises(CaseMissing):
        services.warn_of_threat(case_id=case_id, told=[told()], actor=actor, at=NOW)
    raised(case_id, "DE")
    with pytest.raises(ThreatUnclear):
        services.warn_of_threat(case_id=case_id, told=[], actor=actor, at=NOW)


def test_a_law_without_a_clock_for_the_route_starts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    route = replace(routes.route("threat_to_life"), deadline_rule=None)
    monkeypatch.setattr("entente.apps.cases.services.warning.routes.route", lambda _name: route)
    case_id = notice().case_id
    raised(case_id, "DE")
    assert "tco.imminent" not in clocks(case_id)


def test_a_long_order_is_kept_in_batches_and_an_alert_dropped_meanwhile_keeps_nothing_more() -> None:
    urls = [f"https://agora.example/p/{number}" for number in range(warning.BATCH + 3)]
    first, second = world.receive(*urls, by=world.office()).order, notice()
    alert = raised(first.case_id, "DE")
    assert (alert.kept_items, alert.is_kept) == (warning.BATCH, False)
    assert services.continue_keeping(at=LATER) == 3
    assert services.continue_keeping(at=LATER) == 0
    kept = Preservation.objects.filter(ground_id=threats.GROUND, case_id=first.case_id)
    assert kept.count() == len(urls)
    assert {one.starts_at for one in kept} == {NOW}
    raised(second.case_id, "DE")
    services.drop_threat_alert(case_id=second.case_id, reason="none", actor=world.actor("legal"), at=LATER)
    assert services.continue_keeping(at=LATER) == 0


def test_a_warning_is_never_changed() -> None:
    case_id = notice().case_id
    raised(case_id, "DE")
    (made,) = services.warn_of_threat(case_id=case_id, told=[told()], actor=world.actor("legal"), at=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        ThreatWarning.objects.filter(pk=made.pk).update(reference="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        ThreatAlert.objects.filter(case_id=case_id).update(signs="")
