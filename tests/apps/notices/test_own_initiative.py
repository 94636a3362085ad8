"""Looking of one's own accord: after an order that ended or never bound; assessed first, told honestly, answered to nobody."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.cases import letters, platform
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.errors import AssessmentIncomplete, CaseMissing, OwnRoadClosed
from entente.apps.cases.models import Action, Case, Decision
from entente.apps.cases.registries import backgrounds
from entente.apps.cases.services import own_road
from entente.apps.cases.services.deciding import Ruling
from entente.apps.complaints import services as complaints
from entente.apps.content.models import Snapshot
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import queries as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import PUBLIC, SYSTEM
from entente.apps.kernel.errors import Refused
from entente.apps.notices import queries, services
from entente.apps.notices.errors import NoticeIncomplete
from entente.apps.notices.models import Notice
from entente.apps.orders import services as orders
from entente.apps.orders.models import RemovalOrder
from entente.apps.oversight import services as oversight
from entente.apps.oversight.models import OverseerCopy
from entente.apps.parties.types import PersonFacts
from entente.apps.tlog.models import Leaf
from entente.web.public.letter_facts import letter_of
from tests import world
from tests.apps.cases.filled import WORDS, assess
from tests.apps.orders.acts import apply_all, end, executed
from tests.world import NOW

pytestmark = pytest.mark.django_db

WHY = "Clause 4 of our terms forbids calls to violence; the last lines may be one."
LATER = NOW + timedelta(hours=6)


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def withdrawn(*urls: str) -> RemovalOrder:
    """Receive, execute and end an order, and let the platform restore what it held down."""
    order, _person = executed(world.office(), *urls)
    end(order)
    apply_all(order.case_id, NOW + timedelta(hours=5, minutes=1))
    order.refresh_from_db()
    return order


def not_binding() -> RemovalOrder:
    """Receive a message that does not bind here: the host has no establishment where it would."""
    world.host(established_in="", represented_in="", offers_in=[])
    return world.receive(by=world.office()).order


def open_own(case_id: UUID, person: PersonFacts | None = None, **changes: Any) -> Notice:
    """Open a case of the service's own about every address of a case."""
    values: dict[str, Any] = {
        "item_ids": [row.id for row in cases.items_of(case_id)],
        "why": WHY,
        "actor": (person or world.person("Rae Example", "reviewer")).actor,
        "at": LATER,
    }
    return services.open_own_initiative(case_id=case_id, **{**values, **changes})


def decide(own: Notice, person: PersonFacts, outcome: str = "disable") -> Decision:
    """Assess the first address of an own case in full and decide it under the service's terms."""
    assessment = assess(
        own.case_id,
        person,
        road="notice",
        outcome=outcome,
        at=LATER,
        ground="terms.terrorism",
        scope_kind="worldwide",
        scope_countries=[],
    )
    return services.decide_notice(
        notice_id=own.id,
        item_id=cases.items_of(own.case_id)[0].id,
        ruling=ruling(own, outcome),
        assessment=assessment,
        actor=person.actor,
        at=LATER,
    )


def ruling(own: Notice, outcome: str = "disable") -> Ruling:
    if outcome == "keep":
        return Ruling(outcome="keep", basis_id="keep", reasons=WORDS)
    return Ruling(
        outcome=outcome,
        basis_id="terms.terrorism",
        ground_id="terms.terrorism",
        reasons=WORDS,
        scope_kind="worldwide",
        state_involved=own.state_involved,
    )


def test_an_order_ends_the_content_comes_back_and_only_a_new_assessment_may_disable_it_again() -> None:
    oversight.appoint_overseer(
        person_id=world.person("Olga Example", "overseer").id,
        body="platform",
        ground="Named by the board.",
        actor=world.actor("senior_reviewer"),
        at=NOW,
    )
    order = withdrawn()
    person = world.person("Rae Example", "reviewer")
    own = open_own(order.case_id, person)
    case = cases.case_by_id(own.case_id)
    assert (case.kind, case.stage, case.state, case.is_binding) == ("own_initiative", "assess", "open", False)
    assert (case.sender, case.is_heavy) == ("Office for Exercises", False)
    assert (own.found_through, own.found_authority) == ("order_withdrawn", "Office for Exercises")
    assert own.found_in_case_id == order.case_id
    assert not Action.objects.filter(decision__case_id=own.case_id).exists()
    with pytest.raises(AssessmentIncomplete):
        services.decide_notice(
            notice_id=own.id,
            item_id=cases.items_of(own.case_id)[0].id,
            ruling=ruling(own),
            assessment=None,  # type: ignore[arg-type]
            actor=person.actor,
            at=LATER,
        )
    decision = decide(own, person)
    assert (decision.basis_id, decision.redress_road) == ("terms.terrorism", "complaint")
    assert OverseerCopy.objects.filter(subject_id=decision.id).exists()
    (action,) = Action.objects.filter(decision=decision)
    told = platform.measure_of(action, "action.apply")
    assert told["basis"] == {
        "id": "terms.terrorism",
        "title": "The service's own terms on terrorist content",
        "authority": "",
        "referred_by": "",
    }
    assert deliveries.for_subject("action", action.id, purpose="action.apply")


def test_opening_starts_a_clock_asks_for_a_copy_and_is_written_into_both_histories_and_the_log() -> None:
    order = withdrawn()
    Case.objects.filter(pk=order.case_id).update(is_heavy=True)
    own = open_own(order.case_id)
    (line,) = deadlines.running_for_case(own.case_id)
    assert (line.rule_id, line.starts_at) == ("house.notice.assess", LATER)
    assert Snapshot.objects.filter(case_id=own.case_id).count() == 1
    assert cases.case_by_id(own.case_id).is_heavy
    for case_id in (own.case_id, order.case_id):
        trail = audit.trail_of_case(case_id, limit=50)
        (event,) = [one for one in trail if one.kind == "notices:own_initiative:opened"]
        assert event.facts["found"] == "order_withdrawn"
    leaf = Leaf.objects.get(kind="own_initiative_opened")
    assert WHY not in repr(leaf.__dict__)
    assert [one.id for one in queries.own_found_in(order.case_id)] == [own.id]


def test_the_person_reads_how_the_service_came_to_it_and_nobody_else_is_written_to() -> None:
    order = withdrawn()
    person = world.person("Rae Example", "reviewer")
    own = open_own(order.case_id, person)
    decision = decide(own, person)
    apply_all(own.case_id, LATER)
    (statement,) = cases.statements_of(own.case_id)
    short = letters.short_texts(statement, "https://letters.example/1")["en"]["text"]
    assert "No order demands it, and nobody sent us a notice" in short
    assert "Office for Exercises" in short
    assert "referral" not in short
    assert "lodge a complaint" in short
    assert (
        letters.short_texts(statement, "")["fr"]["subject"]
        != letters.short_texts(statement, "")["en"]["subject"]
    )
    letter = letter_of(statement, at=LATER)
    assert (letter.source, letter.is_order, letter.referred_by) == ("own_initiative", False, "")
    assert (letter.found_through, letter.found_authority) == ("order_withdrawn", "Office for Exercises")
    assert [road.id for road in letter.roads][:1] == ["complaint"]
    assert not Delivery.objects.filter(case_id=own.case_id, purpose__startswith="notice.").exists()
    own.refresh_from_db()
    assert own.answered_at is None
    assert queries.by_token(own.token) is None
    assert cases.case_by_id(own.case_id).state == "closed"
    assert not [
        line for line in deadlines.running_for_case(own.case_id) if line.rule_id.startswith("house.n")
    ]
    assert decision.state_involved == "Office for Exercises"


def test_an_upheld_complaint_restores_at_once() -> None:
    order = withdrawn()
    person = world.person("Rae Example", "reviewer")
    own = open_own(order.case_id, person)
    decision = decide(own, person)
    apply_all(own.case_id, LATER)
    lodged = complaints.lodge_complaint(
        decision=cases.decision(decision.id),
        complainant="affected",
        informed_at=LATER,
        text="These lines quote a play, and the play is on the school's reading list.",
        language="en",
        contact_mail="",
        actor=PUBLIC,
        at=LATER,
    )
    complaints.uphold_complaint(
        complaint_id=lodged.id,
        reasons="It quotes a play; our terms do not forbid that.",
        actor=world.actor("senior_reviewer", name="Sena Example"),
        at=LATER,
    )
    (action,) = Action.objects.filter(decision=decision)
    assert action.state == "undoing"
    case_services.record_effect(action_id=action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    (row,) = cases.items_of(own.case_id)
    assert row.decision is not None
    assert (row.decision.outcome, row.action_state) == ("restore", "undone")


def test_what_is_kept_closes_the_case_and_tells_nobody() -> None:
    person = world.person("Rae Example", "reviewer")
    own = open_own(withdrawn().case_id, person)
    before = Delivery.objects.count()
    decide(own, person, "keep")
    assert cases.case_by_id(own.case_id).state == "closed"
    assert Delivery.objects.count() == before


def test_a_message_that_does_not_bind_leads_to_a_case_of_our_own() -> None:
    order = not_binding()
    assert order.execution == "not_binding"
    person = world.person("Rae Example", "reviewer")
    own = open_own(order.case_id, person)
    assert own.found_through == "not_binding"
    assert own.get_found_through_display() == "A message that does not bind this service"
    assert decide(own, person).state_involved == "Office for Exercises"
    apply_all(own.case_id, LATER)
    (statement,) = cases.statements_of(own.case_id)
    assert letter_of(statement, at=LATER).found_through == "not_binding"


def test_a_forged_order_involves_no_authority() -> None:
    order, _person = executed(world.office())
    orders.refute_order(
        order_id=order.id, note="The desk never wrote it.", actor=world.actor("legal"), at=LATER
    )
    apply_all(order.case_id, LATER)
    person = world.person("Rae Example", "reviewer")
    own = open_own(order.case_id, person)
    assert (own.found_through, own.found_authority, own.state_involved) == (
        "order_refuted",
        "Office for Exercises",
        "",
    )
    decide(own, person)
    apply_all(own.case_id, LATER)
    (statement,) = cases.statements_of(own.case_id)
    text = letters.short_texts(statement, "")["en"]["text"]
    assert "No order demands it" in text
    assert "Office" not in text


@pytest.mark.parametrize(("fate", "found"), [("ceased", "order_ceased"), ("annulled", "order_annulled")])
def test_every_end_of_an_order_is_named_as_what_it_was(fate: str, found: str) -> None:
    order, _person = executed(world.office())
    end(order, fate)
    apply_all(order.case_id, LATER)
    assert open_own(order.case_id).found_through == found


def test_while_an_order_binds_or_holds_the_content_down_nothing_of_our_own_begins() -> None:
    order, _person = executed(world.office())
    assert not own_road.has_own_road(cases.case_by_id(order.case_id))
    with pytest.raises(OwnRoadClosed, match="dealt with here"):
        open_own(order.case_id)
    end(order)
    assert own_road.has_own_road(cases.case_by_id(order.case_id))
    with pytest.raises(OwnRoadClosed, match="First it comes back"):
        open_own(order.case_id)
    apply_all(order.case_id, LATER)
    assert open_own(order.case_id).found_through == "order_withdrawn"


def test_an_order_of_another_office_that_holds_the_same_address_stands_in_the_way() -> None:
    order = withdrawn()
    other = world.office("Second Office", mail_domains=["second.example"])
    executed(other, at=LATER, reference="EX-2026-2")
    with pytest.raises(OwnRoadClosed, match="First it comes back"):
        open_own(order.case_id, at=LATER + timedelta(hours=1))


def test_the_same_order_once_more_is_looked_at_in_the_case_of_the_first() -> None:
    order = not_binding()
    assert own_road.has_own_road(cases.case_by_id(order.case_id))
    RemovalOrder.objects.filter(pk=order.id).update(related_how="same_order")
    assert not own_road.has_own_road(cases.case_by_id(order.case_id))


def test_such_a_case_is_opened_once_and_not_where_a_decision_of_ours_holds_already() -> None:
    order = withdrawn()
    person = world.person("Rae Example", "reviewer")
    own = open_own(order.case_id, person)
    with pytest.raises(OwnRoadClosed, match=cases.case_by_id(own.case_id).reference):
        open_own(order.case_id, person)
    decide(own, person)
    apply_all(own.case_id, LATER)
    with pytest.raises(OwnRoadClosed, match="of our own already holds"):
        open_own(order.case_id, person)


def test_only_whoever_may_assess_opens_one_and_only_with_words_and_addresses() -> None:
    order = withdrawn()
    with pytest.raises(Refused, match="able to assess"):
        open_own(order.case_id, world.person("Omar Example", "on_call"))
    with pytest.raises(NoticeIncomplete):
        open_own(order.case_id, why="  because  ")
    with pytest.raises(OwnRoadClosed, match="at least one address"):
        open_own(order.case_id, item_ids=[uuid4()])
    with pytest.raises(CaseMissing):
        open_own(uuid4())


def test_a_case_that_nobody_answers_for_or_that_left_on_its_route_has_no_such_road(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = not_binding()
    case = cases.case_by_id(order.case_id)
    with monkeypatch.context() as patched:
        patched.setattr(backgrounds, "find", lambda _key: None)
        assert not own_road.has_own_road(case)
        with pytest.raises(OwnRoadClosed, match="dealt with here"):
            open_own(case.id)
    case_services.leave_case_to_route(case_id=case.id, actor=world.actor("reviewer"), at=LATER)
    assert not own_road.has_own_road(case)
    with pytest.raises(OwnRoadClosed, match="sent to its route"):
        open_own(case.id)


def test_the_table_refuses_a_row_of_our_own_that_does_not_say_how_it_was_found() -> None:
    own = open_own(withdrawn().case_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=own.id).update(found_through="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=own.id).update(notifier_mail="reader@mail.example")
