"""Two measures on one address: one ends, the other stands, and nobody says or does more than the end of one."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from entente.apps.cases import in_force, letters, queries, services
from entente.apps.cases.given_back import given_back
from entente.apps.cases.models import Action, Decision, StatementOfReasons
from entente.apps.cases.services.deciding import Ruling
from entente.apps.cases.services.looking import Expected, expected_of
from entente.apps.cases.whereabouts import where_in, why_page
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import reset_cache
from entente.apps.notices.models import Notice
from entente.apps.orders.models import RemovalOrder
from entente.core.law.areas import Area
from tests import world
from tests.apps.notices import acts
from tests.apps.orders.acts import apply_all, end, executed
from tests.world import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=5)
URL = "https://agora.example/p/1"
UNION = "in all Member States of the European Union"


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ENTENTE_PLATFORM__KIND", "webhook")
    monkeypatch.setenv("ENTENTE_PLATFORM__WEBHOOK_URL", "http://127.0.0.1:9/hook")
    monkeypatch.setenv("ENTENTE_PLATFORM__WEBHOOK_SECRET", "whsec_c2VjcmV0")
    reset_cache()
    yield
    monkeypatch.undo()
    reset_cache()


def order(reference: str = "EX-1", *, silent: bool = False) -> RemovalOrder:
    form = world.order_form(URL, reference=reference, section_c={"non_disclosure": silent})
    return executed(world.office(f"Office {reference}"), form=form)[0]


def own(*countries: str, outcome: str = "restrict_by_country", **changes: Any) -> Notice:
    """Restrict the address by a decision of our own, in force at the platform."""
    found = acts.notice(URL)
    if countries:
        # The law of a ground that is unlawful everywhere lets the decision name any countries of the Union.
        changes = {"scope_countries": countries, **changes}
    acts.decide(found, world.person("Rae Example", "reviewer"), outcome=outcome, **changes)
    acts.apply_all(found.case_id)
    return found


def everywhere() -> Notice:
    return own(
        outcome="disable",
        basis_id="terms.terrorism",
        ground_id="terms.terrorism",
        scope_kind="worldwide",
        scope_countries=(),
    )


def take_back(found: Notice) -> Decision:
    """Restore what a decision of our own held, and tell the person."""
    (view,) = queries.items_of(found.case_id)
    item = queries.item(view.id)
    assert item.decision is not None
    back = services.issue_decision(
        case=item.case,
        item=item,
        ruling=Ruling(
            outcome="restore", basis_id=item.decision.basis_id, reasons="It was a report of the press."
        ),
        actor=SYSTEM,
        at=LATER,
        supersedes=item.decision,
    )
    services.inform_person(decision=back, at=LATER)
    return back


def action_of(case_id: Any) -> Action:
    return Action.objects.select_related("decision__item").get(decision__case_id=case_id)


def mail() -> dict[str, str]:
    payload: dict[str, str] = (
        Delivery.objects.filter(purpose="action.undo").latest("created_at", "id").payload
    )
    return payload


def told(case_id: Any, language: str = "en") -> dict[str, str]:
    statement = StatementOfReasons.objects.get(case_id=case_id, decision__outcome="restore")
    return letters.short_texts(statement, "https://host.example/letters/x")[language]


def test_a_second_order_keeps_the_content_down_and_the_letter_says_so_with_its_page() -> None:
    first, second = order("EX-1"), order("EX-2")
    end(first)
    assert told(first.case_id)["subject"] == "A measure on your content has ended"
    text = told(first.case_id)["text"]
    assert f"A measure on the content at {URL}, of which we told you, has ended." in text
    assert f"It stays unavailable {UNION} because of another measure" in text
    assert why_page(action_of(second.case_id).id) in text
    assert "The order was withdrawn by its issuer." in text
    assert "available again" not in text
    end(second, at=LATER + timedelta(hours=1))
    assert told(second.case_id)["subject"] == "Your content is available again"
    assert "has been restored" in told(second.case_id)["text"]


def test_a_hand_is_told_that_nothing_is_to_be_done_and_confirms_nothing() -> None:
    first, second = order("EX-1"), order("EX-2")
    end(first)
    assert mail()["subject"] == f"Nothing to do, it stays unavailable: {URL}"
    assert "Another measure keeps the content unavailable" in mail()["text"]
    assert "/confirm/" not in mail()["text"]
    assert Delivery.objects.get(purpose="action.undo").alarm_at is None
    assert (action_of(first.case_id).state, action_of(first.case_id).undone_at) == ("undone", LATER)
    assert queries.case_by_id(first.case_id).state == "closed"
    assert action_of(second.case_id).state == "applied"


def test_a_measure_asked_for_and_not_confirmed_yet_holds_too() -> None:
    first = order("EX-1")
    found = acts.notice(URL)
    acts.decide(found, world.person("Rae Example", "reviewer"))
    end(first)
    assert mail()["subject"] == f"Please make available again in part: {URL}"
    assert "because of another measure" in told(first.case_id)["text"]


def test_what_the_platform_refused_holds_nothing() -> None:
    first = order("EX-1")
    found = acts.notice(URL)
    acts.decide(found, world.person("Rae Example", "reviewer"))
    services.record_refusal(action_id=action_of(found.case_id).id, reason="not_ours", actor=SYSTEM, at=NOW)
    end(first)
    assert mail()["subject"] == f"Please make available again: {URL}"


def test_another_country_is_another_country() -> None:
    french, german = own("FR"), own("DE")
    take_back(french)
    assert mail()["subject"] == f"Please make available again: {URL}"
    assert told(french.case_id)["subject"] == "Your content is available again"
    assert action_of(french.case_id).state == "undoing"
    assert action_of(german.case_id).state == "applied"
    assert in_force.is_held_in(action_of(french.case_id), "DE")
    assert not in_force.is_held_in(action_of(french.case_id), "FR")


def test_what_is_held_in_one_of_two_countries_comes_back_in_the_other() -> None:
    both, german = own("FR", "DE"), own("DE")
    take_back(both)
    assert "make the content available again in these countries: France, now" in mail()["text"]
    assert "/confirm/" in mail()["text"]
    text = told(both.case_id)["text"]
    assert "The content is available again in these countries: France." in text
    assert "It stays unavailable in these countries: Germany because of another measure" in text
    assert why_page(action_of(german.case_id).id) in text
    assert "Allemagne" in told(both.case_id, "fr")["text"]


def test_of_a_silent_measure_the_letter_says_only_that_the_content_is_not_available() -> None:
    first, second = order("EX-1"), order("EX-2", silent=True)
    end(first)
    text = told(first.case_id)["text"]
    assert told(first.case_id)["subject"] == "A measure on your content has ended"
    assert f"It is not available {UNION}." in text
    assert "another measure" not in text
    assert "/why/" not in text
    assert str(action_of(second.case_id).id) not in text
    services.end_due_silences(at=NOW + timedelta(weeks=6))
    assert why_page(action_of(second.case_id).id) in told(first.case_id)["text"]


def test_a_told_measure_beside_a_silent_one_is_told_as_if_that_were_not_there() -> None:
    first = order("EX-1")
    german = own("DE")
    order("EX-3", silent=True)
    end(first)
    left = in_force.remainder_of(action_of(first.case_id))
    assert (left.is_held, left.freed.is_nowhere) == (True, True)
    assert "DE" not in left.unexplained.countries
    text = told(first.case_id)["text"]
    assert (
        f"in these countries: Germany because of another measure, explained here: {why_page(action_of(german.case_id).id)}"
        in text
    )
    assert f"It is not available {UNION} but these: Germany." in text


def test_a_measure_decided_after_the_letter_does_not_change_what_it_says() -> None:
    first = order("EX-1")
    end(first)
    found = acts.notice(URL, at=LATER + timedelta(days=1))
    acts.decide(found, world.person("Rae Example", "reviewer"), at=LATER + timedelta(days=1))
    assert told(first.case_id)["subject"] == "Your content is available again"
    assert in_force.remainder_of(action_of(first.case_id)).is_held


def test_the_world_but_one_country_comes_back_in_words() -> None:
    german, world_wide = own("DE"), everywhere()
    take_back(world_wide)
    assert "make the content available again everywhere but in these countries: Germany" in mail()["text"]
    take_back(german)
    assert mail()["subject"] == f"Please make available again: {URL}"
    assert where_in(Area(is_rest_of_world=True)) == "everywhere on this service"


def test_a_warning_that_ends_says_nothing_about_availability_and_leaves_the_rest() -> None:
    warned, first = own(outcome="warning_label"), order("EX-1")
    take_back(warned)
    assert "Please take this warning away now: “Contains a call to violence.”" in mail()["text"]
    assert told(warned.case_id)["subject"] == "A warning on your content was taken away"
    assert f"The warning on the content at {URL} was taken away." in told(warned.case_id)["text"]
    assert action_of(first.case_id).state == "applied"


def test_a_warning_that_stays_holds_nothing_back() -> None:
    warned, first = own(outcome="warning_label"), order("EX-1")
    end(first)
    assert mail()["subject"] == f"Please make available again: {URL}"
    assert told(first.case_id)["subject"] == "Your content is available again"
    assert action_of(warned.case_id).state == "applied"


def test_a_narrower_decision_of_ones_own_gives_back_only_the_rest() -> None:
    """A superseded measure is another one too: its end must not undo what replaced it."""
    found, person = acts.notice(URL), world.person("Rae Example", "reviewer")
    first = acts.decide(found, person, scope_countries=("FR", "DE"))
    acts.decide(
        found, world.person("Sam Example", "reviewer"), scope_countries=("FR",), supersedes=first.pk, at=LATER
    )
    assert "available again in these countries: Germany, now" in mail()["text"]


def test_a_restoration_of_nothing_gives_everything_back() -> None:
    found = acts.notice(URL)
    acts.decide(found, world.person("Rae Example", "reviewer"), outcome="keep")
    back = take_back(found)
    left = in_force.left_by(back)
    assert left is not None
    assert given_back(left).subject == "Your content is available again"
    assert in_force.left_by(Decision(outcome="disable")) is None


@pytest.mark.usefixtures("webhook")
def test_a_program_is_asked_to_end_one_of_the_set_and_told_which_stay() -> None:
    first, second = order("EX-1"), order("EX-2")
    end(first)
    asked: Any = Delivery.objects.get(purpose="action.undo")
    data = asked.payload["data"]
    assert (data["action_id"], data["measure"]) == (str(action_of(first.case_id).id), "end")
    (stays,) = data["in_force"]
    assert (stays["action_id"], stays["measure"]) == (str(action_of(second.case_id).id), "disable")
    assert stays["countries"] == data["countries"]
    assert asked.alarm_at is not None
    assert action_of(first.case_id).state == "undoing"
    apply_all(first.case_id, LATER)
    end(second, at=LATER + timedelta(hours=1))
    last: Any = Delivery.objects.filter(purpose="action.undo").latest("created_at", "id")
    assert (last.payload["data"]["measure"], last.payload["data"]["in_force"]) == ("restore", [])


@pytest.mark.usefixtures("webhook")
def test_a_program_is_told_of_what_holds_elsewhere_and_restores_here() -> None:
    french = own("FR")
    everywhere()
    german = own("DE")
    take_back(german)
    told_last: Any = Delivery.objects.filter(purpose="action.undo").latest("created_at", "id")
    assert told_last.payload["data"]["measure"] == "end"
    assert [one["countries"] for one in told_last.payload["data"]["in_force"]] == [["FR"], None]
    assert action_of(french.case_id).state == "applied"


def test_from_outside_it_is_gone_while_another_measure_holds_it_where_we_look() -> None:
    first, second = order("EX-1"), order("EX-2")
    end(first)
    assert expected_of(action_of(first.case_id)) is Expected.GONE
    end(second, at=LATER + timedelta(hours=1))
    assert expected_of(action_of(first.case_id)) is Expected.SERVED


def test_a_refused_restoration_needs_no_hand_once_another_measure_holds_all_of_it() -> None:
    first = order("EX-1")
    end(first)
    services.record_refusal(action_id=action_of(first.case_id).id, reason="busy", actor=SYSTEM, at=LATER)
    order("EX-2")
    again = services.retry_action(
        action_id=action_of(first.case_id).id, actor=world.actor("legal"), at=LATER + timedelta(minutes=1)
    )
    assert (again.id, again.state) == (action_of(first.case_id).id, "undone")
