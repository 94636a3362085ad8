"""A linguist is an account from elsewhere that somebody invited, not a name in a box (ADR 0022)."""

from typing import Any

import pytest

from entente.apps.cases import queries, services
from entente.apps.cases.errors import AssessmentIncomplete, LinguistUnknown
from entente.apps.cases.models import Assessment
from entente.apps.kernel.actors import SYSTEM
from entente.apps.notices.models import Notice
from entente.apps.parties import queries as parties
from entente.apps.parties import services as party_services
from entente.apps.parties.types import PersonFacts
from tests import world
from tests.apps.cases.filled import assess, complete_values
from tests.apps.notices.acts import notice
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def found() -> Notice:
    world.host()
    return notice()


def linguist(name: str = "Lina Example") -> PersonFacts:
    mail = f"{name.split(maxsplit=1)[0].lower()}@words.example"
    made = party_services.create_person(email=mail, name=name, from_outside=True, actor=SYSTEM, at=NOW)
    party_services.grant_role(person_id=made.id, role="reviewer", actor=SYSTEM, at=NOW)
    return parties.person(made.id)


def draft(found: Notice, person: PersonFacts, **changes: Any) -> Assessment:
    (item,) = queries.items_of(found.case_id)
    return services.save_assessment_draft(
        case_id=found.case_id,
        item_id=item.id,
        values=complete_values(outcome="keep", **changes),
        road="notice",
        person_id=person.id,
        at=NOW,
    )


def test_a_linguist_is_picked_from_the_people_who_were_invited(found: Notice) -> None:
    lina, me = linguist(), world.person("Ada Example", "reviewer")
    assert [one.id for one in parties.people_from_outside()] == [lina.id]
    done = assess(
        found.case_id, me, road="notice", outcome="keep", understood_by="linguist", linguist_id=lina.id
    )
    assert (done.is_complete, done.linguist_id, done.understood_by_note) == (True, lina.id, "")


def test_a_name_in_the_note_is_no_linguist(found: Notice) -> None:
    me = world.person("Ada Example", "reviewer")
    with pytest.raises(AssessmentIncomplete) as refused:
        assess(
            found.case_id,
            me,
            road="notice",
            outcome="keep",
            understood_by="linguist",
            understood_by_note="L. Example",
        )
    assert [gap["field"] for gap in refused.value.facts["gaps"]] == ["linguist_id"]


def test_a_colleague_of_the_house_or_somebody_who_left_is_no_linguist(found: Notice) -> None:
    me, colleague = world.person("Ada Example", "reviewer"), world.person("Ben Example", "reviewer")
    with pytest.raises(LinguistUnknown):
        draft(found, me, understood_by="linguist", linguist_id=colleague.id)
    lina = linguist()
    kept = draft(found, me, understood_by="linguist", linguist_id=lina.id)
    party_services.deactivate_person(person_id=lina.id, hand_over_to=None, actor=SYSTEM, at=NOW)
    with pytest.raises(AssessmentIncomplete):
        services.complete_assessment(assessment_id=kept.id, actor=me.actor, at=NOW)


def test_an_old_row_that_names_a_linguist_in_words_stays_readable(found: Notice) -> None:
    me = world.person("Ada Example", "reviewer")
    done = assess(found.case_id, me, road="notice", outcome="keep")
    Assessment.objects.filter(pk=done.pk).update(understood_by="linguist", understood_by_note="L. Example")
    (kept,) = queries.assessments_of(found.case_id)
    assert (kept.understood_by, kept.linguist_id, kept.understood_by_note) == ("linguist", None, "L. Example")
