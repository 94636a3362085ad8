"""Assessing in full, deciding for one address and for many, choosing the course, complaints."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.complaints import queries as complaint_queries
from entente.apps.complaints import services as complaints
from entente.apps.complaints.models import Complaint
from entente.apps.kernel.actors import SYSTEM
from entente.apps.notices.models import Notice
from entente.apps.orders import queries as orders
from entente.apps.parties import services as party_services
from tests import world
from tests.apps.cases.filled import assess, complete_values
from tests.web.console.conftest import Visitor
from tests.web.console.stories import apply_all, executed, notice
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
REASONS = "A person read it: it calls for attacks on named people."


def filled(outcome: str, **changes: Any) -> dict[str, Any]:
    values = {**complete_values(outcome=outcome), "polemic": "no", "understood_by_note": "", **changes}
    return {name: value for name, value in values.items() if value is not None}


def assess_url(name: str, case_id: Any, number: int = 0) -> str:
    return reverse(f"console:{name}", args=[case_id, cases.items_of(case_id)[number].id])


def decided(found: Notice, visitor: Visitor, outcome: str = "disable") -> None:
    assess(found.case_id, visitor.person, road="notice", outcome=outcome)


def test_the_form_shows_every_part_of_the_law_with_its_help(as_role: Roles, office: Office) -> None:
    found = notice()
    shown = as_role("reviewer").get(assess_url("assess", found.case_id)).content.decode()
    for part in ("Provided by law", "Legitimate aim", "Necessity", "Speaker", "Likelihood, and imminence"):
        assert part in shown
    assert "Which standing has the speaker with those who hear it?" in shown
    assert "Preventing or countering terrorism" in shown
    assert "Everything. Start where you like" in shown
    assert "This text calls for attacks" in shown


def test_a_draft_is_kept_while_one_writes_and_names_its_gaps(as_role: Roles, office: Office) -> None:
    me, found = as_role("reviewer"), notice()
    answer = me.post(
        assess_url("assess_draft", found.case_id),
        {"ground": "tco.a_incites", "danger": "None seen."},
        headers={"HX-Request": "true"},
    )
    part = answer.content.decode()
    assert "gaps" in part
    assert 'href="#id_test_necessity"' in part
    assert 'hx-swap-oob="true"' in part
    assert "Only where the content is unlawful on this ground." in part
    (draft,) = cases.assessments_of(found.case_id)
    assert (draft.ground, draft.danger, draft.scope_kind) == ("tco.a_incites", "None seen.", "countries")
    again = me.get(assess_url("assess", found.case_id)).content.decode()
    assert "None seen." in again


def test_another_field_does_not_redraw_the_territory(as_role: Roles, office: Office) -> None:
    me, found = as_role("reviewer"), notice()
    part = me.post(
        assess_url("assess_draft", found.case_id),
        {"language": "en"},
        headers={"HX-Request": "true"},
    ).content.decode()
    assert "hx-swap-oob" not in part


def test_keeping_the_draft_works_without_scripts(as_role: Roles, office: Office) -> None:
    me, found = as_role("reviewer"), notice()
    answer = me.post(assess_url("assess", found.case_id), {"reasoning": "so far", "draft": "1"}, follow=True)
    assert "Your draft is kept." in answer.content.decode()
    assert "so far" in answer.content.decode()


def test_nothing_is_completed_with_a_gap(as_role: Roles, office: Office) -> None:
    me, found = as_role("reviewer"), notice()
    answer = me.post(assess_url("assess", found.case_id), filled("disable", danger=""), follow=True)
    shown = answer.content.decode()
    assert "Nothing is decided with a gap." in shown
    assert "This ground needs a danger" in shown
    assert not cases.assessments_of(found.case_id)[0].is_complete


def test_terms_may_hold_everywhere_and_law_may_not(as_role: Roles, office: Office) -> None:
    me, found = as_role("reviewer"), notice()
    me.post(assess_url("assess_draft", found.case_id), {"ground": "terms.terrorism"})
    assert 'value="worldwide"' in me.get(assess_url("assess", found.case_id)).content.decode()
    me.post(assess_url("assess_draft", found.case_id), {"ground": "fr.provocation_apologie"})
    shown = me.get(assess_url("assess", found.case_id)).content.decode()
    assert 'value="worldwide"' not in shown
    assert 'value="FR"' in shown
    assert 'value="DE"' not in shown


def test_from_assessment_to_decision_to_letter(as_role: Roles, office: Office) -> None:
    me, found = as_role("reviewer"), notice()
    answer = me.post(assess_url("assess", found.case_id), filled("disable"))
    decide = assess_url("decide", found.case_id)
    assert answer["Location"] == decide
    shown = me.get(decide).content.decode()
    assert "Decide: Disable" in shown
    assert "finds that it is illegal" in shown
    assert (
        me.post(decide, {"basis": "dsa.illegal_content", "reasons": "Because [say why]."}).status_code == 422
    )
    assert me.post(decide, {"basis": "dsa.illegal_content", "reasons": REASONS}).status_code == 302
    (row,) = cases.items_of(found.case_id)
    assert row.decision is not None
    assert (row.decision.outcome, row.decision.reasons) == ("disable", REASONS)
    apply_all(found.case_id)
    people = me.get(reverse("console:case", args=[found.case_id]), {"tab": "people"}).content.decode()
    assert "Read the letter" in people


@pytest.mark.parametrize(
    ("outcome", "given"),
    [
        ("keep", {"basis": "keep"}),
        ("warning_label", {"basis": "dsa.illegal_content", "label": "Hard to look at"}),
    ],
)
def test_other_outcomes(as_role: Roles, office: Office, outcome: str, given: dict[str, str]) -> None:
    me, found = as_role("reviewer"), notice()
    decided(found, me, outcome)
    me.post(assess_url("decide", found.case_id), {**given, "reasons": REASONS})
    (row,) = cases.items_of(found.case_id)
    assert row.decision is not None
    assert row.decision.outcome == outcome


def test_a_label_needs_its_text(as_role: Roles, office: Office) -> None:
    me, found = as_role("reviewer"), notice()
    decided(found, me, "warning_label")
    answer = me.post(
        assess_url("decide", found.case_id), {"basis": "dsa.illegal_content", "reasons": REASONS}
    )
    assert answer.status_code == 422
    assert "Write the text of the warning label." in answer.content.decode()


def test_nothing_is_decided_without_an_assessment(as_role: Roles, office: Office) -> None:
    found = notice()
    assert as_role("reviewer").get(assess_url("decide", found.case_id)).status_code == 409


def test_one_decision_for_many_addresses_goes_on_in_batches(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    found = notice(*[f"/p/{number}" for number in range(25)])
    decided(found, me)
    rows = cases.items_of(found.case_id)
    answer = me.post(
        assess_url("decide", found.case_id),
        {
            "basis": "dsa.illegal_content",
            "reasons": REASONS,
            "others": [str(row.id) for row in rows[1:]],
        },
    )
    progress = reverse("console:decide_progress", args=[found.case_id])
    assert answer["Location"] == progress
    assert "10 of 25 addresses decided." in me.get(progress).content.decode()
    part = me.post(progress, headers={"HX-Request": "true"}).content.decode()
    assert "20 of 25 addresses decided." in part
    assert "<html" not in part
    done = me.post(progress, headers={"HX-Request": "true"}).content.decode()
    assert "Every address is decided" in done
    assert all(row.decision is not None for row in cases.items_of(found.case_id))
    assert me.get(progress)["Location"] == reverse("console:case", args=[found.case_id])


def test_the_progress_works_without_scripts(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    found = notice(*[f"/p/{number}" for number in range(12)])
    decided(found, me)
    others = [str(row.id) for row in cases.items_of(found.case_id)[1:]]
    me.post(
        assess_url("decide", found.case_id),
        {"basis": "dsa.illegal_content", "reasons": REASONS, "others": others},
    )
    answer = me.post(reverse("console:decide_progress", args=[found.case_id]), follow=True)
    assert "Decided: 12 addresses." in answer.content.decode()


def test_an_address_of_another_case_is_not_assessed_here(as_role: Roles, office: Office) -> None:
    one, other = notice(), notice("/p/2")
    item = cases.items_of(other.case_id)[0]
    address = reverse("console:assess", args=[one.case_id, item.id])
    assert as_role("reviewer").get(address).status_code == 404


def test_an_order_is_assessed_by_somebody_senior_who_did_not_execute_it(
    as_role: Roles, office: Office
) -> None:
    on_call = as_role("on_call", "senior_reviewer", name="Omar Example")
    order = executed(office, by=on_call.person.actor)
    assert (
        "Somebody else assesses it"
        in on_call.get(reverse("console:case", args=[order.case_id])).content.decode()
    )
    reviewer = as_role("reviewer", name="Rui Example")
    assert reviewer.get(assess_url("assess", order.case_id)).status_code == 403
    senior = as_role("senior_reviewer")
    shown = senior.get(assess_url("assess", order.case_id)).content.decode()
    assert "Ask the authority of our state for scrutiny" in shown
    assert "scope_kind" not in shown
    answer = senior.post(assess_url("assess", order.case_id), filled("ask_for_scrutiny"))
    course = reverse("console:course", args=[order.case_id])
    assert answer["Location"] == course
    assert "Ask the authority of our state for scrutiny" in senior.get(course).content.decode()
    senior.post(course, {"reasons": "It is satire; see the frame."})
    assert orders.order(order.pk).course == "ask_for_scrutiny"
    assert on_call.post(course, {"reasons": "x"}).status_code == 422


def test_what_cannot_be_scrutinised_is_not_offered_for_it(as_role: Roles, office: Office) -> None:
    order = executed(
        world.office(name="Home Office of Examples", country="FR", mail_domains=["home.example"])
    )
    shown = as_role("senior_reviewer").get(assess_url("assess", order.case_id)).content.decode()
    assert "Ask the authority of our state for scrutiny" not in shown
    assert "Go to court in the issuing state" in shown


def test_a_course_needs_an_assessment(as_role: Roles, office: Office) -> None:
    order = executed(office)
    assert as_role("legal").get(reverse("console:course", args=[order.case_id])).status_code == 409


@pytest.fixture
def complaint(as_role: Roles, office: Office) -> Complaint:
    first = as_role("reviewer", name="Rui Example")
    found = notice()
    decided(found, first)
    first.post(assess_url("decide", found.case_id), {"basis": "dsa.illegal_content", "reasons": REASONS})
    apply_all(found.case_id)
    return complaints.lodge_complaint(
        decision=cases.decisions_of(found.case_id)[0],
        complainant="affected",
        informed_at=NOW,
        text="This was satire, and nobody called anybody.",
        contact_mail="ada@mail.example",
        language="en",
        actor=SYSTEM,
        at=NOW + timedelta(minutes=1),
    )


def complain(visitor: Visitor, name: str, complaint: Complaint, given: dict[str, str] | None = None) -> Any:
    address = reverse(f"console:complaint_{name}", args=[complaint.case_id, complaint.pk])
    return visitor.post(address, given or {})


def state(complaint: Complaint) -> str:
    return complaint_queries.complaint(complaint.pk).state


def test_an_upheld_complaint_restores(as_role: Roles, complaint: Complaint) -> None:
    me = as_role("senior_reviewer")
    shown = me.get(
        reverse("console:complaint_uphold", args=[complaint.case_id, complaint.pk])
    ).content.decode()
    assert "This was satire, and nobody called anybody." in shown
    assert complain(me, "uphold", complaint, {"reasons": "short"}).status_code == 422
    complain(me, "uphold", complaint, {"reasons": "It is satire, and we did not see it."})
    assert state(complaint) == "upheld"
    (row,) = cases.items_of(complaint.case_id)
    assert row.decision is not None
    assert row.decision.outcome == "restore"


def test_a_rejection_takes_two_people(as_role: Roles, complaint: Complaint) -> None:
    one, two = as_role("senior_reviewer"), as_role("legal", name="Lea Example")
    complain(one, "reject", complaint, {"reasons": "It calls for attacks, and nothing shows satire."})
    assert state(complaint) == "rejection_proposed"
    people = one.get(reverse("console:case", args=[complaint.case_id]), {"tab": "people"}).content.decode()
    assert "Waiting for somebody else." in people
    assert complain(one, "confirm", complaint).status_code == 422
    assert (
        "Confirm the rejection"
        in two.get(reverse("console:case", args=[complaint.case_id]), {"tab": "people"}).content.decode()
    )
    complain(two, "return", complaint, {"note": "Look at the frame once more."})
    assert state(complaint) == "open"
    complain(one, "reject", complaint, {"reasons": "It calls for attacks, also with its frame."})
    complain(two, "confirm", complaint)
    assert state(complaint) == "rejected"


def test_who_decided_first_does_not_decide_about_the_complaint(as_role: Roles, complaint: Complaint) -> None:
    from django.contrib.auth import get_user_model

    first = Visitor()
    first.force_login(get_user_model().objects.get(name="Rui Example"))
    answer = complain(first, "uphold", complaint, {"reasons": "It is satire, and we did not see it."})
    assert answer.status_code == 422
    assert "You took the decision" in answer.content.decode()


def test_a_complaint_about_an_order_is_answered(as_role: Roles, office: Office) -> None:
    order = executed(office)
    complaint = complaints.lodge_complaint(
        decision=cases.decisions_of(order.case_id)[0],
        complainant="affected",
        informed_at=NOW,
        text="This was satire, and nobody called anybody.",
        contact_mail="",
        language="en",
        actor=SYSTEM,
        at=NOW,
    )
    me = as_role("legal")
    answer = complain(me, "uphold", complaint, {"reasons": "It is satire, and we did not see it."})
    assert "The host may not restore" in answer.content.decode()
    complain(me, "answer", complaint, {"is_used": "yes", "reasons": "We ask for scrutiny with it."})
    assert state(complaint) == "used"


def test_a_complaint_of_another_case_is_not_there(as_role: Roles, complaint: Complaint) -> None:
    other = notice("/p/9")
    address = reverse("console:complaint_uphold", args=[other.case_id, complaint.pk])
    assert as_role("legal").get(address).status_code == 404


def test_decisions_follow_reports_only(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    assert as_role("reviewer").get(assess_url("decide", order.case_id)).status_code == 404


def test_the_linguist_is_picked_from_a_list_and_named_where_one_decides(
    as_role: Roles, office: Office
) -> None:
    me, found = as_role("reviewer"), notice()
    address = assess_url("assess", found.case_id)
    assert "Nobody is invited yet" in me.get(address).content.decode()
    made = party_services.create_person(
        email="lina@words.example", name="Lina Example", from_outside=True, actor=SYSTEM, at=NOW
    )
    assert "Lina Example" in me.get(address).content.decode()
    given = filled("disable", understood_by="linguist", linguist_id=str(made.id), understood_by_note="A pun.")
    answer = me.post(address, given)
    assert answer["Location"] == assess_url("decide", found.case_id)
    shown = me.get(answer["Location"]).content.decode()
    assert "The linguist Lina Example" in shown
    assert "A pun." in shown


def test_an_old_assessment_with_a_linguist_by_word_alone_is_still_read(
    as_role: Roles, office: Office
) -> None:
    me, found = as_role("reviewer"), notice()
    done = assess(found.case_id, me.person, road="notice", outcome="disable")
    for understood, words in (("linguist", "A linguist"), ("machine_translation", "A machine translation")):
        type(done).objects.filter(pk=done.pk).update(
            understood_by=understood, understood_by_note="L. Example"
        )
        shown = me.get(assess_url("decide", found.case_id)).content.decode()
        assert words in shown
        assert "L. Example" in shown
