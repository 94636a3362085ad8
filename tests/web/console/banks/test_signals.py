"""The page of a signal and what may be done with one, with several, and by whom."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from entente.apps.banks import queries, services
from entente.apps.banks.models import Signal
from entente.apps.banks.services import Decided
from entente.apps.kernel.ids import new_id
from entente.web.console.banks import words
from tests.apps.banks.acts import WORDS, add, bank, facts, one, restricting, senior
from tests.apps.banks.acts import signal as new_signal
from tests.web.console.banks.filled import confirmed, everything
from tests.web.console.banks.test_banks import text
from tests.web.console.conftest import Visitor
from tests.web.console.stories import executed
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
pytestmark = pytest.mark.django_db


def at_signal(number: int, act: str = "") -> str:
    return reverse(f"console:signal_{act}" if act else "console:signal", args=[number])


def chosen(name: str, bank_id: UUID, *numbers: int) -> str:
    query = "&".join(f"signal={number}" for number in numbers)
    return f"{reverse(f'console:{name}', args=[bank_id])}?{query}"


def test_the_page_of_a_signal_explains_it(as_role: Roles) -> None:
    filled = everything()
    shown = text(as_role("senior_reviewer"), at_signal(filled.signal.pk))
    for told in (
        filled.signal.value.hex(),
        "list.csv",
        "Rae Example",
        "Sam Example",
        "Movement of Examples",
        "List of examples, no. 7",
        "It may support a restriction: France.",
        "instructions",
        "Seen first in an invented forum.",
        "Ben Example",
        "Contests",
        "100 % of 1 judged",
        "A match never restricts, because the bank does not.",
        "Signal confirmed",
        "Propose to share with partners",
    ):
        assert told in shown, told


def test_what_a_match_leads_to_is_said_for_each_reason(as_role: Roles) -> None:
    me = as_role("reviewer")
    signal = one(restricting().pk)
    assert str(words.MAY_RESTRICT["not_confirmed"]) in text(me, at_signal(signal.pk))
    assert "From then on a match with it restricts" in text(me, at_signal(signal.pk))
    services.confirm_signal(signal_id=signal.pk, actor=senior(), at=NOW)
    assert str(words.MAY_RESTRICT[""]) in text(me, at_signal(signal.pk))
    services.quarantine_signal(signal_id=signal.pk, reason=WORDS, actor=senior(), at=NOW)
    shown = text(me, at_signal(signal.pk))
    assert str(words.MAY_RESTRICT["not_standing"]) in shown
    assert "In quarantine since" in shown


def test_a_signal_names_the_order_and_the_case_it_was_born_of(as_role: Roles, office: Office) -> None:
    order, made = executed(office), bank()
    services.offer_from_decision(
        bank_id=made.pk,
        signals=[new_signal("ours")],
        decided=Decided(
            case_id=order.case_id,
            decision_id=new_id(),
            order_id=order.id,
            not_shared_before=NOW + timedelta(hours=72),
        ),
        actor=senior(),
        at=NOW,
    )
    signal = Signal.objects.get()
    me = as_role("senior_reviewer")
    shown = text(me, at_signal(signal.pk))
    assert order.case.reference in shown
    assert order.reference in shown
    assert "Not shared before 26 Nov 2026" in shown
    assert "Propose to share with partners" not in shown
    Signal.objects.filter(pk=signal.pk).update(born_of_order=new_id())
    services.record_judgement(
        signal_id=signal.pk,
        item_id=new_id(),
        is_right=False,
        decision_id=new_id(),
        case_id=order.case_id,
        actor=senior(),
        at=NOW,
    )
    shown = text(me, at_signal(signal.pk))
    assert "Born of an order" in shown
    assert "0 % of 1 judged" in shown


def test_a_case_that_is_gone_leaves_the_rest_of_the_page(as_role: Roles) -> None:
    made = bank()
    decided = Decided(case_id=new_id(), decision_id=new_id())
    services.offer_from_decision(
        bank_id=made.pk, signals=[new_signal("ours")], decided=decided, actor=senior(), at=NOW
    )
    assert "Offered from a decision" in text(as_role("reviewer"), at_signal(Signal.objects.get().pk))


def test_a_long_value_is_cut_and_the_page_says_so(as_role: Roles) -> None:
    made = bank()
    frame = "a" * 64
    written = "[" + ",".join(f'"{frame},100,{second}.0"' for second in range(60)) + "]"
    add_written(made.pk, "vpdq", written)
    shown = text(as_role("reviewer"), at_signal(Signal.objects.get().pk))
    assert "The beginning of" in shown


def add_written(bank_id: UUID, signal_type: str, written: str) -> None:
    services.add_signals(
        bank_id=bank_id,
        signals=[services.NewSignal(signal_type, written=written)],
        source=services.Source(),
        actor=senior(),
        at=NOW,
    )


@pytest.mark.parametrize(
    ("act", "values", "state"),
    [
        ("disable", {"until": "2026-12-24T10:00", "reason": WORDS}, "disabled"),
        ("quarantine", {"reason": WORDS}, "quarantined"),
        ("end", {"expires_at": "2026-11-01T10:00", "reason": WORDS}, "expired"),
        ("end", {"expires_at": "2026-12-01T10:00", "reason": WORDS}, "standing"),
    ],
)
def test_a_signal_is_stopped_or_given_an_end(
    as_role: Roles, act: str, values: dict[str, str], state: str
) -> None:
    me, signal = as_role("reviewer"), one(bank().pk)
    assert text(me, at_signal(signal.pk, act))
    assert me.post(at_signal(signal.pk, act), {**values, "reason": ""}).status_code == 422
    assert me.post(at_signal(signal.pk, act), values)["Location"] == at_signal(signal.pk)
    assert facts(signal.pk).state == state


def test_a_signal_is_confirmed_once_and_spoken_of(as_role: Roles) -> None:
    me, signal = as_role("reviewer"), one(bank().pk)
    assert "I looked, and it is right" in text(me, at_signal(signal.pk, "confirm"))
    me.post(at_signal(signal.pk, "confirm"))
    assert facts(signal.pk).confirmed_by_name == "Ada Example"
    assert at_signal(signal.pk, "confirm") not in text(me, at_signal(signal.pk))
    opine = at_signal(signal.pk, "opine")
    me.post(opine, {"says": "confirm", "reason": WORDS})
    me.post(opine, {"says": "contest", "reason": "It is a picture of a bridge, after all."})
    assert me.post(opine, {"says": "perhaps", "reason": WORDS}).status_code == 422
    assert (facts(signal.pk).confirms, facts(signal.pk).contests) == (0, 1)
    shown = text(me, at_signal(signal.pk))
    assert "replaced by a later one" in shown


def test_a_signal_is_labelled(as_role: Roles) -> None:
    me, signal = as_role("reviewer"), one(bank().pk)
    address = at_signal(signal.pk, "label")
    me.post(address, {"entity": "Movement of Examples", "labels": "video\npraise", "note": "Seen twice."})
    found = facts(signal.pk)
    assert (found.entity, found.labels, found.note) == (
        "Movement of Examples",
        ("video", "praise"),
        "Seen twice.",
    )
    assert "praise" in text(me, address)
    assert me.post(address, {"labels": "x" * 300}).status_code == 422
    me.post(address, {})
    assert facts(signal.pk).entity == ""


def test_what_was_stopped_comes_back(as_role: Roles) -> None:
    me, signal = as_role("reviewer"), one(bank().pk)
    services.disable_signal(
        signal_id=signal.pk, until=NOW + timedelta(days=9), reason=WORDS, actor=senior(), at=NOW
    )
    assert "Let it match again" in text(me, at_signal(signal.pk))
    me.post(at_signal(signal.pk, "enable"))
    assert facts(signal.pk).stands
    refused = me.post(at_signal(signal.pk, "enable"))
    assert "This signal is not disabled." in refused.content.decode()
    services.quarantine_signal(signal_id=signal.pk, reason=WORDS, actor=senior(), at=NOW)
    me.post(at_signal(signal.pk, "release"), {"reason": WORDS})
    assert facts(signal.pk).stands
    services.retract_signals(signal_ids=[signal.pk], reason=WORDS, actor=senior(), at=NOW)
    assert "Retracted on" in text(me, at_signal(signal.pk))
    me.post(at_signal(signal.pk, "reinstate"), {"reason": WORDS})
    assert facts(signal.pk).stands


def test_on_call_stops_a_signal_and_no_more(as_role: Roles) -> None:
    shown = text(as_role("on_call"), at_signal(one(bank().pk).pk))
    assert "Put it in quarantine" in shown
    for title in ("Confirm the signal", "Give an opinion", "Change its labels", "Give it another end"):
        assert title not in shown


def test_signals_are_adopted_from_a_partner_with_a_reason(as_role: Roles) -> None:
    me, theirs, own = as_role("senior_reviewer"), bank(owner="partner"), bank("Ours")
    add(theirs.pk, "one", "two")
    first, second = Signal.objects.order_by("pk")
    address = chosen("bank_adopt", theirs.pk, first.pk, second.pk)
    assert "2 signals" in text(me, address)
    values = {"signals": f"{first.pk},{second.pk}", "into_bank_id": str(own.pk)}
    assert me.post(address, {**values, "reason": ""}).status_code == 422
    answer = me.post(address, {**values, "reason": WORDS}, follow=True)
    assert "Adopted: 2 new, 0 were there already" in answer.content.decode()
    copies = Signal.objects.filter(bank=own)
    assert {copy.copied_from_id for copy in copies} == {first.pk, second.pk}
    origin = text(me, at_signal(first.pk))
    assert "Copies" in origin
    copied = text(me, at_signal(copies[0].pk))
    assert "Copied from" in copied
    assert WORDS in copied


def test_all_that_a_filter_shows_is_adopted_at_once(as_role: Roles) -> None:
    me, theirs, own = as_role("senior_reviewer"), bank(owner="authority"), bank("Ours")
    add(theirs.pk, *(f"word {number}" for number in range(60)))
    address = reverse("console:bank_adopt", args=[theirs.pk])
    assert f"{address}?all=yes&amp;type=sha256" in text(
        me, f"{reverse('console:bank', args=[theirs.pk])}?type=sha256"
    )
    page = text(me, f"{address}?all=yes&type=sha256")
    assert "60 signals" in page
    assert "and 10 more" in page
    carried = page.split('name="signals" value="')[1].split('"')[0]
    me.post(address, {"signals": carried, "into_bank_id": str(own.pk), "reason": WORDS})
    assert queries.bank_page(own.pk).line.standing_count == 60


def test_nothing_chosen_is_said(as_role: Roles) -> None:
    me, theirs = as_role("senior_reviewer"), bank(owner="partner")
    for name in ("bank_adopt", "bank_retract", "bank_share"):
        shown = text(me, reverse(f"console:{name}", args=[theirs.pk]))
        assert "Nothing is chosen" in shown
        assert "There is none yet" in shown or name == "bank_retract"
    address = reverse("console:bank_retract", args=[theirs.pk])
    assert "Nothing is chosen" in text(me, f"{address}?signal=x")
    assert me.post(address, {"signals": "", "reason": WORDS}).status_code == 302


def test_signals_of_another_bank_are_not_taken_along(as_role: Roles) -> None:
    me, theirs, signal = as_role("senior_reviewer"), bank(owner="partner"), one(bank().pk)
    assert text(me, chosen("bank_retract", theirs.pk, signal.pk), 404)
    own = facts(signal.pk).bank_id
    assert "Not all of these signals can go this way" in text(me, chosen("bank_adopt", own, signal.pk))


def test_one_or_more_signals_are_retracted(as_role: Roles) -> None:
    me, made = as_role("reviewer"), bank()
    add(made.pk, "one", "two", "three")
    first, second, third = Signal.objects.order_by("pk")
    address = reverse("console:bank_retract", args=[made.pk])
    assert address in text(me, at_signal(first.pk))
    answer = me.post(address, {"signals": str(first.pk), "reason": WORDS})
    assert answer["Location"] == at_signal(first.pk)
    answer = me.post(address, {"signals": f"{second.pk},{third.pk}", "reason": WORDS}, follow=True)
    assert "2 signals were retracted." in answer.content.decode()
    assert queries.bank_page(made.pk).line.standing_count == 0


def sharing(me: Visitor, own_id: UUID, **changes: Any) -> Any:
    values = {
        "use_at_most": "open_case",
        "ground_id": "tco.d_instructs",
        "statement": "It teaches how to make a weapon, step by step.",
    }
    return me.post(reverse("console:bank_share", args=[own_id]), {**values, **changes})


def test_sharing_takes_two_people(as_role: Roles) -> None:
    me, other = as_role("senior_reviewer"), as_role("legal", name="Bea Example")
    own, shared = bank(), bank("For partners", is_shared=True)
    signal = confirmed(own.pk, "ours")
    assert "For partners" in text(me, chosen("bank_share", own.pk, signal.pk))
    given = {"signals": str(signal.pk), "bank_id": str(shared.pk)}
    refused = sharing(me, own.pk, **given, use_at_most="restrict")
    assert "unlawful whatever its setting" in refused.content.decode()
    assert sharing(me, own.pk, **given)["Location"] == "/console/sharing/"
    (proposal,) = queries.sharing_proposals()
    confirm = reverse("console:sharing_confirm", args=[proposal.id])
    mine = text(me, "/console/sharing/")
    assert "You proposed it" in mine
    assert confirm not in mine
    answer = me.post(confirm)
    assert answer.status_code == 422
    assert "A second person has to confirm it." in answer.content.decode()
    assert confirm in text(other, "/console/sharing/")
    assert "It teaches how to make a weapon" in text(other, confirm)
    assert other.post(confirm)["Location"] == "/console/sharing/"
    (copy,) = Signal.objects.filter(bank=shared)
    done = text(other, "/console/sharing/")
    assert "Confirmed" in done
    assert "Nothing waits to leave" in done
    assert "Open cases only" in text(other, at_signal(copy.pk))
    other.post(reverse("console:bank_retract", args=[shared.pk]), {"signals": str(copy.pk), "reason": WORDS})
    shown = text(me, at_signal(copy.pk))
    assert "Bring it back" not in shown


def test_sharing_is_refused_with_a_note(as_role: Roles) -> None:
    me, filled = as_role("legal"), everything()
    refuse = reverse("console:sharing_refuse", args=[filled.sharing_id])
    assert me.post(refuse, {"note": "short"}).status_code == 422
    me.post(refuse, {"note": "It is a picture from the news."})
    shown = text(me, "/console/sharing/")
    assert "It is a picture from the news." in shown
    assert text(me, reverse("console:sharing_confirm", args=[new_id()]), 404)


def test_the_same_value_elsewhere_is_named(as_role: Roles) -> None:
    first, second = one(bank().pk), one(bank("The other one").pk)
    shown = text(as_role("reviewer"), at_signal(first.pk))
    assert at_signal(second.pk) in shown
    assert "The other one" in shown


@pytest.mark.parametrize("number", [0, 7, 2**63 - 1, 2**63, 10**30])
def test_a_number_no_signal_has_is_said(as_role: Roles, number: int) -> None:
    me = as_role("reviewer")
    assert "There is no such signal" in text(me, at_signal(number), 404)
    assert me.post(at_signal(number, "confirm")).status_code == 404
