"""The golden set: what must go to a person and survive as a notice.

Harmless stand-ins from the invented world of agora, one for each kind of speech that tools have silenced before.
However hard a notice presses, nothing happens to them by itself, at any time; and where the law exempts a purpose,
no person can restrict them either without saying first that the purpose is another one.
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from entente.apps.arrivals import services as arrivals
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.errors import AssessmentIncomplete
from entente.apps.cases.models import Action, Case, Decision
from entente.apps.content import queries as content
from entente.apps.deadlines import services as deadlines
from entente.apps.deliveries import queries as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.notices import queries as notices
from entente.apps.notices import services as notice_services
from entente.apps.orders import services as orders
from entente.apps.orders.models import RemovalOrder
from entente.core.law.intake import Kind
from tests import world
from tests.apps.cases.filled import assess, complete_values
from tests.apps.notices.acts import decide, notice, ruling
from tests.world import NOW

pytestmark = pytest.mark.django_db

SEED = Path(__file__).resolve().parents[2] / "examples" / "agora" / "seed.toml"
PURPOSES = {
    "cartoon": "artistic",
    "satire": "artistic",
    "news": "journalistic",
    "archive": "research",
    "testimony": "journalistic",
    "human_rights": "research",
    "prevention": "preventing_or_countering_terrorism",
    "polemic": "none",
    "prayer": "none",
    "foreign_policy": "none",
}
"""What each stand-in is for, by the role it has in the seed. "none": no exempt purpose is needed to keep it."""


class Post(NamedTuple):
    """One stand-in."""

    role: str
    url: str
    language: str
    text: str

    @property
    def purpose(self) -> str:
        """The exempt purpose it serves, or `none`."""
        return PURPOSES[self.role]


def _posts() -> list[Post]:
    written = tomllib.loads(SEED.read_text(encoding="utf-8"))["posts"]
    return [
        Post(
            post["role"],
            f"https://agora.example/p/{post['key']}",
            post["language"],
            f"{post['title']}\n{post['body']}",
        )
        for post in written
        if post["role"] in PURPOSES
    ]


POSTS = _posts()
each = pytest.mark.parametrize("post", POSTS, ids=[post.role for post in POSTS])


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def assert_untouched() -> None:
    """Nothing was decided, nothing was asked of the platform but a copy."""
    assert not Action.objects.exists()
    assert not Decision.objects.exists()
    assert not Delivery.objects.filter(purpose__startswith="action.").exists()


def test_the_set_is_whole() -> None:
    assert {post.role for post in POSTS} == set(PURPOSES)


@each
def test_what_it_is_is_proposed_and_never_settled(post: Post) -> None:
    arrival = arrivals.record_arrival(
        draft=arrivals.ArrivalDraft(
            door="staff",
            received_at=NOW,
            receipt_proof="mail headers",
            sender="An angry reader",
            sender_mail="reader@mail.example",
            subject="Terrorist content! Remove this at once",
            text=f"I report this page, it is illegal: {post.url}\n\n{post.text}",
            urls=(post.url,),
        ),
        actor=world.actor("reviewer"),
        at=NOW,
    )
    assert arrival.proposed_kind in {Kind.NOTICE, Kind.UNCLEAR, Kind.REFERRAL}, arrival.proposed_reasons
    assert (arrival.settled_kind, arrival.settled_at, arrival.case_id) == ("", None, None)
    assert not Case.objects.exists()
    assert not RemovalOrder.objects.exists()
    assert_untouched()


@each
def test_a_notice_goes_to_a_person_and_nothing_happens_by_itself(post: Post) -> None:
    found = notice(post.url, explanation=f"Terrorist content, it calls for violence: {post.text}")
    case = cases.case_by_id(found.case_id)
    assert (case.kind, case.stage, case.state, case.is_binding) == ("notice", "assess", "open", False)
    for days in (0, 1, 8, 30, 200, 400):
        at = NOW + timedelta(days=days)
        deadlines.sweep(at=at)
        case_services.end_due_silences(at=at)
        orders.continue_executions(at=at)
    assert_untouched()
    case.refresh_from_db()
    assert (case.state, case.stage) == ("open", "assess")


@each
def test_a_hundred_notices_weigh_no_more_than_one(post: Post) -> None:
    for number in range(100):
        notice(post.url, notifier_mail=f"reader{number}@mail.example")
    assert_untouched()
    item = content.find_content(post.url)
    assert item is not None
    first = Case.objects.order_by("opened_at", "id").first()
    assert first is not None
    assert Case.objects.filter(items__content_item=item, state="open").count() == 100
    assert len(cases.others_about(item.id, but=first.id)) == 20


@pytest.mark.parametrize("outcome", ["disable", "restrict_by_country", "warning_label"])
@pytest.mark.parametrize(
    "post", [post for post in POSTS if post.purpose != "none"], ids=lambda post: post.role
)
def test_an_exempt_purpose_makes_every_restriction_impossible(post: Post, outcome: str) -> None:
    found = notice(post.url)
    person = world.person("Rae Example", "reviewer")
    with pytest.raises(AssessmentIncomplete) as refused:
        assess(found.case_id, person, road="notice", outcome=outcome, true_purpose=post.purpose)
    assert [gap["field"] for gap in refused.value.facts["gaps"]] == ["outcome"]
    (draft,) = cases.assessments_of(found.case_id)
    with pytest.raises(AssessmentIncomplete):
        notice_services.decide_notice(
            notice_id=found.id,
            item_id=cases.items_of(found.case_id)[0].id,
            ruling=ruling(outcome),
            assessment=draft,
            actor=person.actor,
            at=NOW,
        )
    assert_untouched()


@each
@pytest.mark.parametrize("missing", ["polemic", "purposes_considered", "true_purpose", "exemption_reasoning"])
def test_nobody_can_restrict_without_having_asked_what_it_is_for(post: Post, missing: str) -> None:
    found = notice(post.url)
    person = world.person("Rae Example", "reviewer")
    empty: dict[str, Any] = {"polemic": None, "purposes_considered": []}
    with pytest.raises(AssessmentIncomplete):
        assess(found.case_id, person, road="notice", outcome="disable", **{missing: empty.get(missing, "")})
    assert_untouched()


@each
def test_keep_answers_the_notifier_and_the_content_stays(post: Post) -> None:
    found = notice(post.url)
    person = world.person("Rae Example", "reviewer")
    assessment = assess(
        found.case_id,
        person,
        road="notice",
        outcome="keep",
        true_purpose=post.purpose,
        polemic=post.role in {"polemic", "foreign_policy"},
        language=post.language,
    )
    decision = notice_services.decide_notice(
        notice_id=found.id,
        item_id=cases.items_of(found.case_id)[0].id,
        ruling=ruling("keep"),
        assessment=assessment,
        actor=person.actor,
        at=NOW,
    )
    assert decision.outcome == "keep"
    assert not Action.objects.exists()
    assert {line.purpose for line in deliveries.for_subject("notice", found.id)} == {
        "notice.receipt",
        "notice.answer",
    }
    answered = notices.by_token(found.token)
    assert answered is not None
    assert answered.answered_at == NOW
    assert cases.case_by_id(found.case_id).state == "closed"


def test_what_was_kept_is_not_undone_by_the_next_notice() -> None:
    post = POSTS[0]
    first = notice(post.url)
    decide(first, world.person("Rae Example", "reviewer"), outcome="keep")
    notice(post.url, at=NOW + timedelta(days=1))
    deadlines.sweep(at=NOW + timedelta(days=60))
    assert not Action.objects.exists()


def test_machine_translation_alone_decides_nothing_unmarked() -> None:
    found = notice(next(post.url for post in POSTS if post.role == "prayer"))
    person = world.person("Rae Example", "reviewer")
    values = complete_values(outcome="disable", understood_by="machine_translation", language="ar")
    draft = case_services.save_assessment_draft(
        case_id=found.case_id,
        item_id=cases.items_of(found.case_id)[0].id,
        values=values,
        road="notice",
        person_id=person.id,
        at=NOW,
    )
    with pytest.raises(AssessmentIncomplete) as refused:
        case_services.complete_assessment(assessment_id=draft.id, actor=SYSTEM, at=NOW)
    assert [gap["field"] for gap in refused.value.facts["gaps"]] == ["understood_by_note"]
