"""Banks on the console: found, made, changed, rested, retired; what makes one restrict takes two people."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, services
from entente.apps.banks.models import Bank, Signal
from entente.apps.kernel.ids import new_id
from tests.apps.banks.acts import WORDS, add, bank, one, restricting, senior
from tests.web.console.banks.filled import confirmed, everything, exchange
from tests.web.console.conftest import Visitor
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
pytestmark = pytest.mark.django_db

NEW = {
    "owner_kind": "own",
    "negative_kind": "nothing",
    "name": "Copies of what we disabled",
    "basis": "Our terms, section 4.",
    "basis_reference": "terms 4",
    "policy": "open_case",
    "share_of_traffic": "5",
    "provisional_hours": "12",
    "radius_pdq": "20",
}


def text(visitor: Visitor, address: str, status: int = 200) -> str:
    answer = visitor.get(address)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def at_bank(name: str, made: Bank, *more: Any) -> str:
    return reverse(f"console:{name}", args=[made.pk, *more])


def test_before_the_first_bank_the_page_says_what_one_is(as_role: Roles) -> None:
    senior_page = text(as_role("senior_reviewer"), "/console/banks/")
    assert "A bank is a set of signals" in senior_page
    assert "Make the first bank" in senior_page
    reviewer_page = text(as_role("reviewer", name="Rae Example"), "/console/banks/")
    assert "A senior reviewer or the legal person makes it." in reviewer_page


def test_banks_are_listed_with_what_they_may_lead_to_and_found_by_name(as_role: Roles, at: datetime) -> None:
    me = as_role("reviewer")
    filled = everything()
    services.disable_bank(
        bank_id=filled.own.pk, until=at + timedelta(hours=1), reason=WORDS, actor=senior(), at=NOW
    )
    over = bank("Over", expires_at=NOW + timedelta(minutes=1))
    shown = text(me, "/console/banks/")
    assert "Disabled until" in shown
    assert "Expired on 23 Nov 2026" in shown
    assert "Protects: Journalism" in shown
    assert "100 % of 1" in shown
    assert "1 proposal to share waits for a second person" in shown
    assert "1 bank would restrict, and waits for a second person" in shown
    found = text(me, "/console/banks/?q=PARTNERS")
    assert "For our partners" in found
    assert found.count(" data-row>") == 1
    assert "No bank is called" in text(me, "/console/banks/?q=nothing+like+it")
    services.retire_bank(bank_id=over.pk, reason=WORDS, actor=senior(), at=NOW)
    assert ">Over<" not in text(me, "/console/banks/")
    assert ">Over<" in text(me, "/console/banks/?retired=yes")


def test_when_all_banks_are_retired_the_list_says_where_they_are(as_role: Roles) -> None:
    services.retire_bank(bank_id=bank().pk, reason=WORDS, actor=senior(), at=NOW)
    assert "No bank is in use" in text(as_role("reviewer"), "/console/banks/")


def test_a_bank_is_made_with_all_that_is_set_on_it(as_role: Roles) -> None:
    me = as_role("senior_reviewer")
    assert "Whose bank is it?" in text(me, "/console/banks/new/")
    end = "2026-12-24T10:00"
    answer = me.post("/console/banks/new/", {**NEW, "expires_at": end})
    (line,) = queries.banks()
    assert answer["Location"] == reverse("console:bank", args=[line.id])
    policy = line.policy
    assert (policy.policy, policy.share_of_traffic, policy.provisional_hours) == ("open_case", 0.05, 12)
    assert policy.radii == {"pdq": 20}
    assert policy.expires_at is not None
    assert line.created_by_name == "Ada Example"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"basis": " "}, "This field is required"),
        ({"owner_kind": "partner"}, "Say whose bank it is."),
        ({"owner_kind": "partner", "owner": "Them", "is_shared": "on"}, "Only a bank of this service"),
        ({"radius_pdq": "44"}, "less than or equal to 43"),
        ({"share_of_traffic": "101"}, "less than or equal to 100"),
        ({"policy": "restrict"}, "Select a valid choice"),
    ],
)
def test_a_bank_that_cannot_be_like_that_is_not_made(
    as_role: Roles, changes: dict[str, str], said: str
) -> None:
    answer = as_role("legal").post("/console/banks/new/", {**NEW, **changes})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert queries.banks() == []


def test_a_bank_of_an_authority_is_one_of_the_register(as_role: Roles, office: Office) -> None:
    values = {**NEW, "owner_kind": "authority", "authority_id": str(office.facts.id)}
    as_role("legal").post("/console/banks/new/", values)
    (line,) = queries.banks()
    assert (line.policy.owner, line.policy.authority_id) == ("Office for Exercises", office.facts.id)


def test_a_bank_is_changed_with_a_reason(as_role: Roles) -> None:
    me, made = as_role("senior_reviewer"), bank(radii={"pdq": 12})
    address = at_bank("bank_change", made)
    assert 'value="12"' in text(me, address)
    assert me.post(address, {**NEW, "reason": "short"}).status_code == 422
    me.post(address, {**NEW, "policy": "observe", "radius_pdq": "", "reason": WORDS})
    line = queries.bank_page(made.pk).line
    assert (line.policy.policy, line.policy.radii) == ("observe", {})


def test_a_restricting_bank_is_not_made_stronger_by_one_person(as_role: Roles) -> None:
    me, made = as_role("senior_reviewer"), restricting(radii={"pdq": 12})
    address = at_bank("bank_change", made)
    assert "What would make a restricting bank stronger is refused" in text(me, address)
    answer = me.post(address, {**NEW, "policy": "restrict", "share_of_traffic": "100", "reason": WORDS})
    assert answer.status_code == 422
    assert "This would make a restricting bank stronger" in answer.content.decode()
    shown = text(me, at_bank("bank", made))
    assert "A restriction ends by itself after" in shown
    assert "→" in shown


def test_a_bank_rests_and_begins_again(as_role: Roles, at: datetime) -> None:
    me, made = as_role("senior_reviewer"), bank()
    assert "Disable it for a while" in text(me, at_bank("bank", made))
    me.post(at_bank("bank_disable", made), {"until": "2026-11-30T09:00", "reason": WORDS})
    assert not queries.bank(made.pk).is_enforced(at)
    shown = text(me, at_bank("bank", made))
    assert "Let it match again" in shown
    assert "Disable it for a while" not in shown
    answer = me.post(at_bank("bank_disable", made), {"until": "2020-01-01T09:00", "reason": WORDS})
    assert "still to come" in answer.content.decode()
    me.post(at_bank("bank_enable", made), {"reason": WORDS})
    assert queries.bank(made.pk).is_enforced(at)


def test_a_bank_is_retired_and_then_nothing_is_offered(as_role: Roles) -> None:
    me, made = as_role("legal"), bank()
    me.post(at_bank("bank_retire", made), {"reason": "Nobody judges it any more."})
    shown = text(me, at_bank("bank", made))
    assert "Nobody judges it any more." in shown
    assert "What may be done with the bank" not in shown
    assert "Add signals" not in shown
    answer = me.post(at_bank("bank_retire", made), {"reason": WORDS})
    assert "This bank is retired." in answer.content.decode()
    assert "Not now, or not you" in text(me, at_bank("bank_retire", made))


def test_that_a_bank_restricts_takes_two_people(as_role: Roles) -> None:
    me, other = as_role("senior_reviewer"), as_role("legal", name="Bea Example")
    made = bank()
    me.post(at_bank("restrict_propose", made), {"ground": WORDS})
    (proposal,) = queries.proposals_of(made.pk)
    confirm = at_bank("restrict_confirm", made, proposal.id)
    mine = text(me, at_bank("bank", made))
    assert "You proposed it: somebody else confirms it." in mine
    assert confirm not in mine
    assert "Not now, or not you" in text(me, confirm)
    refused = me.post(confirm)
    assert refused.status_code == 422
    assert "A second person has to confirm it." in refused.content.decode()
    assert confirm in text(other, at_bank("bank", made))
    asked = text(other, confirm)
    assert WORDS in asked
    assert "Ada Example" in asked
    assert other.post(confirm)["Location"] == at_bank("bank", made)
    assert queries.bank(made.pk).policy == "restrict"
    again = other.post(confirm)
    assert "decided already" in again.content.decode()


def test_a_proposal_is_refused_with_a_note_and_stays_on_the_page(as_role: Roles) -> None:
    me, made = as_role("legal"), bank(radii={"pdq": 9}, expires_at=NOW + timedelta(days=9))
    proposal = services.propose_restrict(bank_id=made.pk, ground=WORDS, actor=senior(), at=NOW)
    shown = text(me, at_bank("bank", made))
    assert "Radius: Picture (PDQ)" in shown
    assert "2 Dec 2026" in shown
    me.post(at_bank("restrict_refuse", made, proposal.pk), {"note": "Too many wrong ones so far."})
    shown = text(me, at_bank("bank", made))
    assert "Too many wrong ones so far." in shown
    assert "Refused" in shown
    assert text(me, at_bank("restrict_confirm", made, new_id()), 404)


@pytest.mark.parametrize("changes", [{"owner": "authority"}, {"negative_kind": "evidence"}])
def test_what_never_restricts_is_not_offered_to(as_role: Roles, changes: dict[str, Any]) -> None:
    made, me = bank(**changes), as_role("senior_reviewer")
    assert "Propose that it restricts" not in text(me, at_bank("bank", made))
    answer = me.post(at_bank("restrict_propose", made), {"ground": WORDS})
    assert answer.status_code == 422


def test_who_only_reads_is_offered_nothing(as_role: Roles) -> None:
    filled = everything()
    shown = text(as_role("auditor"), at_bank("bank", filled.own))
    for words in ("What may be done", "As a file", "Add signals", "data-select", "Let the bank restrict"):
        assert words not in shown


def numbers(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'href="/console/signals/(\d+)/" data-row', page)]


def test_signals_are_filtered_by_all_that_is_said_of_them(as_role: Roles) -> None:
    me, filled = as_role("reviewer"), everything()
    address, signal = at_bank("bank", filled.own), filled.signal
    assert len(numbers(text(me, address))) == 4
    entity = queries.entities()[0].id
    for asked in (
        f"q={signal.value.hex()}",
        f"q={signal.value.hex()}&type=sha256",
        "state=standing",
        "confirmed=yes",
        "contested=yes",
        f"entity={entity}",
        "label=video",
    ):
        assert numbers(text(me, f"{address}?{asked}")) == [signal.pk], asked
    assert len(numbers(text(me, f"{address}?confirmed=no"))) == 3
    for asked in ("type=md5", "order=yes", "ref=17", "q=not+a+signal"):
        assert "No signal of this bank is like that" in text(me, f"{address}?{asked}")
    assert len(numbers(text(me, f"{address}?type=x&state=x&entity=x&before=x"))) == 4


def test_a_long_bank_is_read_page_by_page(as_role: Roles) -> None:
    me, made = as_role("reviewer"), bank()
    add(made.pk, *(f"word {number}" for number in range(120)))
    address, seen = at_bank("bank", made), []
    page = text(me, f"{address}?type=sha256")
    while True:
        seen += numbers(page)
        more = re.search(r'rel="next" href="(\?[^"]+)"', page)
        if more is None:
            break
        assert "type=sha256" in more[1]
        page = text(me, address + more[1].replace("&amp;", "&"))
    assert seen == sorted(Signal.objects.values_list("pk", flat=True), reverse=True)
    assert "Newest" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Add signals by hand or from a file"),
        ({"is_shared": True}, "Signals come here when one person proposes"),
    ],
)
def test_an_empty_bank_says_how_it_fills(as_role: Roles, changes: dict[str, Any], said: str) -> None:
    assert said in text(as_role("reviewer"), at_bank("bank", bank(**changes)))


def test_a_bank_with_an_exchange_says_that_it_fills_by_itself(as_role: Roles) -> None:
    made = exchange()
    shown = text(as_role("senior_reviewer"), reverse("console:bank", args=[made.bank_id]))
    assert "Its exchange fills it." in shown
    assert reverse("console:exchange", args=[made.pk]) in shown


@pytest.mark.parametrize(
    ("form", "suffix", "start"),
    [("csv", ".csv", b"signal_type,value"), ("peers_json", ".jsonl", b"{"), ("stix", ".stix.json", b"{")],
)
def test_a_bank_leaves_as_a_file_and_that_is_on_record(
    as_role: Roles, form: str, suffix: str, start: bytes
) -> None:
    me, made = as_role("senior_reviewer"), bank("Copies of ours")
    add(made.pk, "one", "two")
    kept = one(made.pk, "three")
    Signal.objects.filter(pk=kept.pk).update(
        born_of_order=new_id(), not_shared_before=NOW + timedelta(days=2)
    )
    answer = me.post(at_bank("bank_export", made), {"format": form})
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # Django's test client
    assert body.startswith(start)
    assert len(body) == int(answer["Content-Length"])
    assert answer["Content-Disposition"] == f'attachment; filename="copies-of-ours{suffix}"'
    (event,) = [line for line in audit.trail_of("bank", made.pk) if line.kind == "banks:bank:exported"]
    assert event.facts == {"count": 2, "left_out": 1, "format": form}
    assert event.actor_name == "Ada Example"


def test_a_format_nobody_offers_leads_back(as_role: Roles) -> None:
    made = bank("银行")
    me = as_role("senior_reviewer")
    assert me.post(at_bank("bank_export", made), {"format": "exe"})["Location"] == at_bank("bank", made)
    confirmed(made.pk, "one")
    answer = me.post(at_bank("bank_export", made), {"format": "csv"})
    assert answer["Content-Disposition"] == 'attachment; filename="bank.csv"'


def test_what_is_not_there_is_said(as_role: Roles) -> None:
    me = as_role("senior_reviewer")
    for name in ("bank", "bank_change", "bank_retire", "bank_add", "bank_adopt"):
        assert "There is no such bank" in text(me, reverse(f"console:{name}", args=[new_id()]), 404)
