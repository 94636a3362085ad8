"""What a decision must have, field by field, and the waking of people."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from entente.apps.cases import queries, services
from entente.apps.cases.errors import (
    AssessmentIncomplete,
    CaseAlreadyDecided,
    MissingGrounds,
)
from entente.apps.cases.models import Action, Decision, StatementOfReasons
from entente.apps.cases.services import assessing, deciding
from entente.apps.cases.services.deciding import Ruling
from entente.apps.deadlines import queries as deadline_queries
from entente.apps.deadlines import services as deadlines
from entente.apps.deadlines.services import calling
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.kernel.ids import new_id
from entente.apps.notices.models import Notice
from entente.apps.parties import services as parties
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.notices.acts import apply_all, decide, notice, ruling
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def found() -> Notice:
    world.host()
    return notice()


def issue(found: Notice, asked: Ruling, **changes: Any) -> Decision:
    (item, *_rest) = queries.items_of(found.case_id)
    values: dict[str, Any] = {
        "case": queries.case_by_id(found.case_id),
        "item": queries.item(item.id),
        "ruling": asked,
        "actor": SYSTEM,
        "at": NOW,
    }
    return services.issue_decision(**{**values, **changes})


def test_nothing_is_decided_without_reasons(found: Notice) -> None:
    with pytest.raises(MissingGrounds):
        issue(found, Ruling(outcome="keep", basis_id="keep", reasons=" "))


def test_a_restriction_says_where_it_holds(found: Notice) -> None:
    assessment = assess(found.case_id, world.person(), road="notice", outcome="disable")
    with pytest.raises(MissingGrounds):
        issue(found, ruling("disable", scope_countries=()), assessment=assessment)
    with pytest.raises(MissingGrounds):
        issue(found, ruling("disable", scope_kind=""), assessment=assessment)


def test_a_ground_belongs_to_its_basis(found: Notice) -> None:
    assessment = assess(found.case_id, world.person(), road="notice", outcome="disable")
    with pytest.raises(MissingGrounds):
        issue(found, ruling("disable", basis_id="terms.terrorism"), assessment=assessment)


def test_a_label_has_its_text(found: Notice) -> None:
    assessment = assess(found.case_id, world.person(), road="notice", outcome="warning_label")
    with pytest.raises(MissingGrounds):
        issue(found, ruling("warning_label", label=" "), assessment=assessment)
    decision = issue(found, ruling("warning_label"), assessment=assessment)
    apply_all(found.case_id)
    assert StatementOfReasons.objects.get().decision_id == decision.id
    told = Delivery.objects.get(purpose="person.inform").payload["text"]
    assert "now carries a warning" in str(told)


def test_the_decision_is_the_assessments(found: Notice) -> None:
    assessment = assess(found.case_id, world.person(), road="notice", outcome="warning_label")
    with pytest.raises(AssessmentIncomplete):
        issue(found, ruling("disable"), assessment=assessment)


def test_a_completed_assessment_is_completed_once(found: Notice) -> None:
    person = world.person()
    done = assess(found.case_id, person, road="notice", outcome="keep")
    again = services.complete_assessment(
        assessment_id=done.id, actor=person.actor, at=NOW + timedelta(hours=1)
    )
    assert again.completed_at == NOW
    assert [one.outcome for one in queries.assessments_of(found.case_id) if one.is_complete] == ["keep"]


def test_keeping_needs_an_assessment_too(found: Notice) -> None:
    with pytest.raises(AssessmentIncomplete, match="assess"):
        issue(found, ruling("keep", basis_id="keep"))
    assert not Decision.objects.exists()


def test_an_assessment_of_another_case_decides_nothing_here(found: Notice) -> None:
    other = notice("https://agora.example/p/99")
    assessment = assess(other.case_id, world.person(), road="notice", outcome="disable")
    with pytest.raises(AssessmentIncomplete, match="another case"):
        issue(found, ruling("disable"), assessment=assessment)


def test_a_territory_nobody_named_is_none() -> None:
    assert assessing.scope_of("countries", []) is None
    assert assessing.scope_of("", ["FR"]) is None


def test_everywhere_under_the_houses_own_terms(found: Notice) -> None:
    person = world.person()
    assessment = assess(
        found.case_id,
        person,
        road="notice",
        outcome="disable",
        ground="terms.terrorism",
        scope_kind="worldwide",
    )
    asked = ruling("disable", basis_id="terms.terrorism", ground_id="terms.terrorism", scope_kind="worldwide")
    decision = issue(found, asked, assessment=assessment)
    apply_all(found.case_id)
    (clock,) = deadline_queries.of_subject("decision", decision.id)
    assert decision.review_at == clock.due_at
    assert "anywhere on this service" in str(Delivery.objects.get(purpose="person.inform").payload["text"])


def test_a_decision_with_an_end_needs_no_review(found: Notice) -> None:
    assessment = assess(found.case_id, world.person(), road="notice", outcome="disable")
    ends_at = NOW + timedelta(days=30)
    decision = issue(found, ruling("disable", ends_at=ends_at), assessment=assessment)
    assert (decision.ends_at, decision.review_at) == (ends_at, None)


def test_a_superseded_restriction_is_taken_back(found: Notice) -> None:
    first = decide(found, world.person())
    assessment = assess(found.case_id, world.person("Kim Example"), road="notice", outcome="keep")
    apply_all(found.case_id)
    kept = issue(found, ruling("keep"), assessment=assessment, supersedes=first)
    assert Action.objects.get().state == "undoing"
    assert Action.objects.get().undo_reason == "superseded"
    assert deciding.decision_in_force(queries.items_of(found.case_id)[0].id) == kept
    with pytest.raises(CaseAlreadyDecided):
        issue(found, ruling("keep"), assessment=assessment, supersedes=first)


def test_of_two_writers_on_one_address_one_wins(found: Notice) -> None:
    """Both read the address before either wrote: the second finds it changed."""
    (view,) = queries.items_of(found.case_id)
    stale = queries.item(view.id)
    assessment = assess(found.case_id, world.person(), road="notice", outcome="keep")
    issue(found, ruling("keep"), assessment=assessment)
    with pytest.raises(ChangedMeanwhile):
        issue(found, ruling("keep"), assessment=assessment, item=stale)
    assert Decision.objects.count() == 1


def test_the_database_refuses_a_restriction_without_its_grounds(found: Notice) -> None:
    (item,) = queries.items_of(found.case_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            case=found.case,
            item_id=item.id,
            outcome="disable",
            basis_id="",
            reasons="",
            scope_kind="",
            redress_road="",
            decided_by_id_text="x",
            decided_by_name="x",
            decided_at=NOW,
        )


def test_the_database_refuses_to_edit_a_decision(found: Notice) -> None:
    assessment = assess(found.case_id, world.person(), road="notice", outcome="keep")
    decision = issue(found, ruling("keep"), assessment=assessment)
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(reasons="other")
    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_decision")


def test_whoever_is_on_call_is_paged_once_and_others_when_nobody_is(found: Notice) -> None:
    values: dict[str, Any] = {
        "role": "on_call",
        "subject_kind": "case",
        "subject_id": found.case_id,
        "text": "Wake up",
        "at": NOW,
        "key": "k",
    }
    assert calling.page_people(**values) == 0
    boss = world.person("Priya Example", "administrator")
    assert calling.page_people(**values) == 1
    on_call = world.person("Tom Example", "on_call")
    assert calling.page_people(**values) == 1
    shift = world.person("Wren Example", "on_call")
    parties.grant_role(person_id=boss.id, role="senior_reviewer", actor=SYSTEM, at=NOW)
    deadlines.add_shift(
        person_id=shift.id,
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(hours=1),
        position=0,
        actor=boss.actor,
        at=NOW,
    )
    assert calling.page_people(**values) == 1
    assert calling.page_people(**values) == 1
    told = Delivery.objects.filter(transport="page").values_list("destination", flat=True)
    assert sorted(told) == sorted(str(person.id) for person in (boss, on_call, shift))


def test_letters_speak_the_readers_language_where_it_is_known(found: Notice) -> None:
    from entente.apps.content.models import ContentItem

    ContentItem.objects.update(uploader_language="fr")
    decide(found, world.person())
    apply_all(found.case_id)
    assert StatementOfReasons.objects.get().language == "fr"


def test_letters_of_a_host_that_speaks_none_of_our_languages_are_english(found: Notice) -> None:
    from entente.apps.content.models import ContentItem

    world.host(languages=["fi"])
    assert services.letter_language(ContentItem(uploader_language="fi")) == "en"


def test_clearing_an_address_reported_impossible(found: Notice) -> None:
    from entente.apps.cases.services import opening

    (view,) = queries.items_of(found.case_id)
    item = queries.item(view.id)
    opening.set_impossible(item_ids=[item.id], ground="manifest_error")
    opening.add_item(case_id=found.case_id, content_item=item.content_item)
    opening.add_item(case_id=found.case_id, content_item=item.content_item)
    assert queries.items_of(found.case_id)[0].impossible_ground == ""
    assert queries.items_of(found.case_id, limit=1)[0].action_state == ""
    assert queries.action(new_id()) is None


def test_every_alarm_reaches_people_in_every_language(found: Notice) -> None:
    """French puts a no-break space before a colon; that must not keep anybody asleep."""
    from entente.apps.deadlines import services as clocks

    for language in ("en", "fr", "es", "de", "ar"):
        made = parties.create_person(
            email=f"{language}@agora.example", name=language, language=language, actor=SYSTEM, at=NOW
        )
        parties.grant_role(person_id=made.id, role="on_call", actor=SYSTEM, at=NOW)
        parties.grant_role(person_id=made.id, role="senior_reviewer", actor=SYSTEM, at=NOW)
    order = world.receive(by=world.office()).order
    for minutes in (0, 10, 20, 30, 45, 55, 61):
        clocks.sweep(at=NOW + timedelta(minutes=minutes))
    pages = Delivery.objects.filter(transport="page", case_id=order.case_id)
    assert {str(page.payload["language"]) for page in pages} == {"en", "fr", "es", "de", "ar"}
