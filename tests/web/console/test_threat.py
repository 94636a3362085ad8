"""A threat to life on the pages: which states, whom to call, who was told, and the second person's look."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.cases import threats
from entente.apps.kernel.actors import SYSTEM
from entente.apps.oversight import services as oversight
from entente.apps.oversight.models import OverseerCopy
from tests import world
from tests.apps.arrivals.acts import warn
from tests.web.console.conftest import Visitor
from tests.web.console.stories import notice
from tests.web.console.test_case_page import page
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
SIGNS = "Names a school and tomorrow morning."
TOLD = {"channel_0": "telephone", "told_at_0": "2026-11-23T09:04:00", "reference_0": "Officer Example"}


def url(name: str, case_id: UUID) -> str:
    return reverse(f"console:{name}", args=[case_id])


def test_from_a_notice_to_the_call_and_back_to_the_notice(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    assert url("threat_alert", case_id) in page(me, case_id)
    said = {"signs": SIGNS, "states": ["DE"]}
    police = world.office("Police of Examples", "DE", kind="police", callback_phone="+49 30 110110")
    answer = me.post(url("threat_alert", case_id), said)
    assert answer["Location"] == url("threat_warned", case_id)
    shown = me.get(answer["Location"]).content.decode()
    for words in (
        SIGNS,
        "investigation and prosecution of Germany",
        police.facts.callback_phone,
        "Somebody else",
    ):
        assert words in shown
    shown = page(me, case_id)
    assert reverse("console:assess", args=[case_id, cases.items_of(case_id)[0].id]) in shown
    assert "Not everybody has been told yet" in shown
    assert "There is no threat to life" in shown
    assert "Tell the authorities about an imminent threat to life" in shown
    assert (
        "It is on record who was told."
        in me.post(url("threat_warned", case_id), TOLD, follow=True).content.decode()
    )
    shown = page(me, case_id)
    for words in (
        "Everybody whom the law names was told",
        "Officer Example",
        "Record whom else you told",
        "Assess",
    ):
        assert words in shown
    assert "There is no threat to life" not in shown
    assert cases.case_by_id(case_id).stage == "assess"
    assert "Told of the threat to life" in page(me, case_id, "history")


def test_the_second_look_is_somebody_elses(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    me.post(url("threat_alert", case_id), {"signs": SIGNS, "states": ["DE"]})
    me.post(url("threat_warned", case_id), TOLD)
    look = url("second_look", case_id)
    assert look in page(me, case_id)
    assert "Somebody else has to look at it." in me.post(look, {"note": ""}).content.decode()
    assert as_role("legal", name="Lee Example").post(look, {"note": "right"}).status_code == 302
    assert look not in page(me, case_id)


def test_where_nobody_can_tell_the_state_our_own_contact_point_and_europol_are_told(
    as_role: Roles, office: Office
) -> None:
    me, case_id = as_role("on_call"), notice().case_id
    me.post(url("threat_alert", case_id), {"signs": SIGNS, "is_unknown": "on"})
    shown = me.get(url("threat_warned", case_id)).content.decode()
    for words in ("The contact point (Art. 12(2)) of France", "Europol", "nobody can tell which state"):
        assert words in shown
    assert "Our register has no number there." in shown
    again = me.get(url("threat_alert", case_id)).content.decode()
    assert SIGNS in again


def test_a_state_outside_the_union_is_named_by_its_letters_and_stays_named(
    as_role: Roles, office: Office
) -> None:
    me, case_id = as_role("legal"), notice().case_id
    me.post(url("threat_alert", case_id), {"signs": SIGNS, "states": ["DE"], "other_states": "gb, ch"})
    threat = threats.threat_of(case_id)
    assert threat is not None
    assert threat.alert.states == ["CH", "DE", "GB"]
    again = me.get(url("threat_alert", case_id)).content.decode()
    assert 'value="CH GB"' in again


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"states": ["DE"]}, "required"),
        ({"signs": SIGNS}, "Name the states concerned, or say that nobody can tell."),
        ({"signs": SIGNS, "states": ["DE"], "is_unknown": "on"}, "Either name the states concerned"),
        ({"signs": SIGNS, "other_states": "Germany"}, "Not the two letters of a state: GERMANY"),
    ],
)
def test_half_an_alert_says_what_is_missing(
    as_role: Roles, office: Office, wrong: dict[str, str], said: str
) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    answer = me.post(url("threat_alert", case_id), wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert threats.threat_of(case_id) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "Say how you told at least one of them."),
        ({"reference_0": "R-1"}, "Say how you told them."),
        ({"name_else": "The school"}, "Say how you told them."),
        ({**TOLD, "reference_0": ""}, "Say under which reference they have it, or who took it."),
        ({**TOLD, "told_at_0": ""}, "Say when you told them."),
        ({**TOLD, "told_at_0": "yesterday"}, "Enter a valid date/time."),
        ({**TOLD, "told_at_0": "2030-01-01T09:00:00"}, "Nobody can have been told in the future."),
        (
            {"channel_else": "writing", "told_at_else": "2026-11-23T09:04:00", "reference_else": "R"},
            "Say whom you told.",
        ),
    ],
)
def test_half_a_warning_says_what_is_missing(
    as_role: Roles, office: Office, wrong: dict[str, str], said: str
) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    me.post(url("threat_alert", case_id), {"signs": SIGNS, "states": ["DE"]})
    answer = me.post(url("threat_warned", case_id), wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_somebody_else_is_recorded_beside_whom_the_law_names(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    me.post(url("threat_alert", case_id), {"signs": SIGNS, "states": ["DE"]})
    me.post(
        url("threat_warned", case_id),
        {
            "name_else": "The school",
            "channel_else": "both",
            "told_at_else": "2026-11-23T09:04:00",
            "reference_else": "The head",
        },
    )
    shown = page(me, case_id)
    assert "The school" in shown
    assert "Not everybody has been told yet" in shown


def test_a_mistake_is_taken_back_while_nobody_was_told(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    assert me.get(url("threat_dropped", case_id)).status_code == 404
    me.post(url("threat_alert", case_id), {"signs": SIGNS, "states": ["DE"]})
    me.post(url("threat_dropped", case_id), {"reason": "A line of a play"})
    assert threats.threat_of(case_id) is None
    assert url("threat_alert", case_id) in page(me, case_id)


def test_who_only_reads_sees_the_threat_and_warns_nobody(as_role: Roles, office: Office) -> None:
    case_id = notice().case_id
    as_role("reviewer").post(url("threat_alert", case_id), {"signs": SIGNS, "states": ["DE"]})
    auditor = as_role("auditor", name="Olga Example")
    shown = page(auditor, case_id)
    assert "Not everybody has been told yet" in shown
    assert url("threat_warned", case_id) not in shown
    assert auditor.get(url("threat_warned", case_id)).status_code == 403


def test_the_overseer_reads_of_it_and_opens_its_case_with_a_reason(as_role: Roles, office: Office) -> None:
    overseer = as_role("overseer", name="Olga Example")
    oversight.appoint_overseer(
        person_id=overseer.person.id, body="platform", ground="Asked by the board.", actor=SYSTEM, at=NOW
    )
    case_id = notice().case_id
    warn(case_id)
    copy = OverseerCopy.objects.get(kind="threat_warned")
    shown = overseer.get(reverse("console:oversight_copy", args=[copy.id])).content.decode()
    for words in ("Told of a threat to life", "by telephone"):
        assert words in shown
    overseer.post(reverse("console:oversight_open", args=[copy.id]), {"reason": "A written reason."})
    shown = overseer.get(reverse("console:oversight_copy", args=[copy.id])).content.decode()
    assert cases.case_by_id(case_id).title in shown
