"""Signals between banks: adopted, offered from a decision, shared by two, and taken back with what they came from."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, services
from entente.apps.banks.errors import (
    AlreadyProposed,
    NoSuchProposal,
    NoSuchSignal,
    NotForThisBank,
    NotInThisStanding,
    NotShareable,
    PersonNeeded,
    ProposalDecided,
    SecondPersonNeeded,
    SignalInvalid,
    TooManySignals,
)
from entente.apps.banks.models import Bank, SharingProposal, Signal
from entente.apps.banks.services import Added, Decided, NewSignal, adopting, offering, sharing
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.kernel.ids import new_id
from entente.apps.oversight import services as oversight
from entente.apps.oversight.models import OverseerCopy
from entente.apps.tlog.models import Leaf
from entente.core.signals.registry import signal_types
from tests import world
from tests.apps.banks.acts import (
    LATER,
    WORDS,
    add,
    bank,
    changes,
    facts,
    one,
    reviewer,
    senior,
    signal,
    value,
)
from tests.world import NOW

pytestmark = pytest.mark.django_db
GROUND = "tco.d_instructs"


@pytest.fixture(autouse=True)
def _overseer() -> None:
    watcher = world.person("Olga Example", "overseer")
    oversight.appoint_overseer(
        person_id=watcher.id, body="platform", ground="Named by the board.", actor=senior(), at=NOW
    )


def adopt(ids: Sequence[int], into: Bank, **changes: Any) -> Added:
    values: dict[str, Any] = {"reason": WORDS, "actor": reviewer("Ada Example"), "at": NOW}
    return services.adopt_signals(signal_ids=ids, into_bank_id=into.id, **{**values, **changes})


def copies(made: Bank) -> list[queries.SignalFacts]:
    return list(queries.signals_of_bank(made.id, queries.SignalFilter()).signals)


def test_one_referral_is_adopted_by_a_person_who_looked() -> None:
    theirs, ours = bank("Referrals", owner="authority"), bank()
    row = one(theirs.id, note="from the unit", entity="Somebody Else", labels=("call",), partner_ref="r1")
    added = adopt([row.pk], ours)
    assert (added.added, added.last_change) == (1, 2)
    (copy,) = copies(ours)
    assert (copy.how, copy.source, copy.copied_from) == ("adoption", "Referrals", row.pk)
    assert (copy.note, copy.entity, copy.labels, copy.partner_ref) == (
        "from the unit",
        "Somebody Else",
        ("call",),
        "r1",
    )
    assert copy.confirmed_by_name == "Ada Example"
    leaf = Leaf.objects.get(kind="signals_adopted")
    assert b'"owner":"authority"' in bytes(leaf.data)
    assert OverseerCopy.objects.filter(kind="signals_adopted").count() == 1
    assert queries.history(row.pk).copies == (copy.id,)


def test_a_batch_is_adopted_with_a_reason_and_confirmed_by_nobody() -> None:
    theirs, ours = bank(owner="partner"), bank()
    add(theirs.id, "one", "two")
    add(ours.id, "two")
    added = adopt([1, 2], ours)
    assert (added.added, added.known) == (1, 1)
    assert not any(copy.is_confirmed for copy in copies(ours))
    assert audit.trail_of("bank", ours.id)[-1].facts["reason"] == WORDS


def test_what_was_retracted_in_our_bank_is_not_adopted_again() -> None:
    theirs, ours = bank(owner="partner"), bank()
    add(theirs.id, "one", "two")
    first = Signal.objects.get(value_key=value("one"))
    mine = one(ours.id, "one")
    services.retract_signals(signal_ids=[mine.pk], reason=WORDS, actor=reviewer(), at=NOW)
    added = adopt([2, 1], ours)
    assert added.added == 1
    assert [bad.index for bad in added.bad] == [[2, 1].index(first.pk)]


def test_adoption_is_for_signals_of_others_that_stand_in_one_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, others, ours = bank(owner="partner"), bank(owner="authority"), bank()
    first, second, own = one(theirs.id, "one"), one(others.id, "two"), one(ours.id, "three")
    with pytest.raises(PersonNeeded):
        adopt([first.pk], ours, actor=SYSTEM)
    with pytest.raises(SignalInvalid):
        adopt([], ours)
    with pytest.raises(SignalInvalid):
        adopt([first.pk, second.pk], ours)
    with pytest.raises(NoSuchSignal):
        adopt([first.pk, 99], ours)
    with pytest.raises(NotForThisBank):
        adopt([own.pk], bank())
    for wrong in (theirs, bank(is_shared=True), bank(negative_kind="evidence")):
        with pytest.raises(NotForThisBank):
            adopt([first.pk], wrong)
    services.quarantine_signal(signal_id=first.pk, reason=WORDS, actor=SYSTEM, at=NOW)
    with pytest.raises(NotInThisStanding):
        adopt([first.pk], ours)
    monkeypatch.setattr(adopting, "MOST_ADOPTED", 1)
    with pytest.raises(TooManySignals):
        adopt([1, 2], ours)


def test_an_adopted_copy_waits_for_a_person_when_its_source_is_retracted() -> None:
    theirs, ours = bank(owner="partner"), bank()
    row = one(theirs.id)
    adopt([row.pk], ours)
    services.retract_signals(signal_ids=[row.pk], reason=WORDS, actor=reviewer(), at=NOW)
    (copy,) = copies(ours)
    assert (copy.state, copy.quarantine_reason) == ("quarantined", "What it was adopted from was retracted.")
    assert changes() == [("added", True), ("added", True), ("retracted", False), ("quarantined", False)]
    services.release_signal(signal_id=copy.id, reason=WORDS, actor=reviewer(), at=NOW)
    assert copies(ours)[0].stands


def offer(made: Bank, *signals: NewSignal, **changes: Any) -> Added:
    order = {key: changes.pop(key) for key in ("order_id", "not_shared_before") if key in changes}
    decided = Decided(case_id=new_id(), decision_id=changes.pop("decision_id", new_id()), **order)
    values: dict[str, Any] = {"actor": reviewer("Ada Example"), "at": NOW}
    return services.offer_from_decision(
        bank_id=made.id, signals=signals, decided=decided, **{**values, **changes}
    )


def test_a_decision_offers_its_signals_with_one_click() -> None:
    ours, decision = bank(), new_id()
    added = offer(ours, signal("one"), signal("one"), NewSignal("sha256", b"x"), decision_id=decision)
    assert (added.added, added.known, [bad.index for bad in added.bad]) == (1, 1, [2])
    (found,) = copies(ours)
    assert (found.how, found.decision_id, found.confirmed_by_name) == ("decision", decision, "Ada Example")
    assert found.born_of_order is None
    with pytest.raises(PersonNeeded):
        offer(ours, signal("two"), actor=SYSTEM)


def test_an_offer_confirms_what_is_there_and_brings_back_what_was_retracted() -> None:
    ours = bank()
    add(ours.id, "one")
    gone = one(ours.id, "two")
    services.retract_signals(signal_ids=[gone.pk], reason=WORDS, actor=reviewer(), at=NOW)
    added = offer(ours, signal("one"), signal("two"), signal("three"))
    assert (added.added, added.known, added.reinstated, added.last_change) == (1, 1, 1, 5)
    assert all(found.is_confirmed and found.stands for found in copies(ours))
    assert facts(gone.pk).how == "decision"
    assert changes()[-2:] == [("reinstated", True), ("added", True)]
    again = offer(ours, signal("one"), actor=reviewer("Bea Example"))
    assert (again.known, again.last_change) == (1, 0)


def test_a_signal_born_of_an_order_ends_with_it() -> None:
    ours, order, other = bank(), new_id(), new_id()
    window = NOW + timedelta(hours=72)
    offer(ours, signal("one"), signal("two"), signal("three"), order_id=order, not_shared_before=window)
    offer(ours, signal("two"))  # a decision of our own
    offer(ours, signal("three"), order_id=other, not_shared_before=window)
    offer(ours, signal("four"))
    offer(ours, signal("four"), order_id=order, not_shared_before=window)
    ended = services.end_order_signals(order_id=order, reason="The order ceased.", at=LATER)
    assert ended == 1
    states = {found.value: (found.state, found.born_of_order) for found in copies(ours)}
    assert states == {
        value("one"): ("retracted", order),
        value("two"): ("standing", None),
        value("three"): ("standing", other),
        value("four"): ("standing", None),
    }
    assert services.end_order_signals(order_id=order, reason="The order ceased.", at=LATER) == 0


def test_an_offer_is_whole_and_small(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = bank()
    with pytest.raises(SignalInvalid):
        offer(ours, signal("one"), order_id=new_id())
    for wrong in (bank(owner="partner"), bank(is_shared=True), bank(negative_kind="evidence")):
        with pytest.raises(NotForThisBank):
            offer(wrong, signal("one"))
    monkeypatch.setattr(offering, "MOST_OFFERED", 1)
    with pytest.raises(TooManySignals):
        offer(ours, signal("one"), signal("two"))


def test_an_offer_that_meets_the_same_signals_at_once_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = bank()
    add(ours.id, "one")
    monkeypatch.setattr(offering, "_held", lambda _rows, _bank_id: {})
    with pytest.raises(ChangedMeanwhile), transaction.atomic():
        offer(ours, signal("one"))


def confirmed(made: Bank, word: str = "one", **changes: Any) -> Signal:
    row = one(made.id, word, **changes)
    services.confirm_signal(signal_id=row.pk, actor=reviewer(), at=NOW)
    return row


def propose(shared: Bank, *ids: int, actor: Actor | None = None, **changes: Any) -> SharingProposal:
    values: dict[str, Any] = {
        "use_at_most": "restrict",
        "ground_id": GROUND,
        "statement": "It instructs in making weapons; no setting makes it lawful.",
        "is_unlawful_in_any_setting": True,
        "at": NOW,
    }
    return services.propose_sharing(
        bank_id=shared.id, signal_ids=ids, actor=actor or senior("Ada Example"), **{**values, **changes}
    )


def confirm(proposal: SharingProposal, **changes: Any) -> SharingProposal:
    values: dict[str, Any] = {"actor": senior("Bea Example"), "at": LATER}
    return services.confirm_sharing(proposal_id=proposal.id, **{**values, **changes})


def test_two_people_share_a_signal_with_ground_and_statement() -> None:
    ours, shared = bank(), bank(is_shared=True)
    row = confirmed(ours, labels=("instructions",))
    ada = senior("Ada Example")
    proposal = propose(shared, row.pk, actor=ada)
    (waiting,) = queries.sharing_proposals()
    assert (waiting.id, waiting.ground, waiting.signal_ids) == (proposal.id, GROUND, (row.pk,))
    with pytest.raises(SecondPersonNeeded):
        confirm(proposal, actor=ada)
    assert copies(shared) == []
    confirm(proposal)
    (copy,) = copies(shared)
    assert (copy.copied_from, copy.use_at_most, copy.is_confirmed) == (row.pk, "restrict", True)
    assert copy.labels == ("instructions",)
    leaf = Leaf.objects.get(kind="signals_shared")
    assert b'"ground":"tco.d_instructs"' in bytes(leaf.data)
    assert OverseerCopy.objects.filter(kind="signals_shared").count() == 1
    assert queries.sharing_proposals() == []
    (told,) = queries.sharing_proposals(waiting_only=False)
    assert (told.state, told.decided_by_name) == ("confirmed", "Bea Example")
    with pytest.raises(ProposalDecided):
        confirm(proposal)


def test_what_is_retracted_here_is_retracted_at_the_partners() -> None:
    ours, shared = bank(), bank(is_shared=True)
    row = confirmed(ours)
    confirm(propose(shared, row.pk))
    services.retract_signals(signal_ids=[row.pk], reason=WORDS, actor=reviewer(), at=LATER)
    assert copies(shared)[0].state == "retracted"
    assert Leaf.objects.filter(kind="sharing_ended").count() == 1
    assert OverseerCopy.objects.filter(kind="sharing_ended").count() == 1
    services.reinstate_signal(signal_id=row.pk, reason=WORDS, actor=reviewer(), at=LATER)
    (copy,) = copies(shared)
    assert copy.state == "retracted"
    with pytest.raises(NotForThisBank):
        services.reinstate_signal(signal_id=copy.id, reason=WORDS, actor=reviewer(), at=LATER)
    services.confirm_signal(signal_id=row.pk, actor=reviewer(), at=LATER)
    confirm(propose(shared, row.pk, use_at_most="open_case"))
    (copy,) = copies(shared)
    assert (copy.state, copy.use_at_most, copy.is_confirmed) == ("standing", "open_case", True)
    assert changes()[-1] == ("reinstated", True)


def test_both_are_retracted_at_once_when_both_are_named() -> None:
    ours, shared = bank(), bank(is_shared=True)
    row = confirmed(ours)
    confirm(propose(shared, row.pk))
    (copy,) = copies(shared)
    gone = services.retract_signals(signal_ids=[row.pk, copy.id], reason=WORDS, actor=reviewer(), at=LATER)
    assert gone == 2
    assert changes()[-2:] == [("retracted", False)] * 2


def test_a_signal_born_of_an_order_is_shared_after_its_window_and_ends_everywhere() -> None:
    ours, shared, order = bank(), bank(is_shared=True), new_id()
    window = NOW + timedelta(hours=72)
    offer(ours, signal("one"), order_id=order, not_shared_before=window)
    (mine,) = copies(ours)
    with pytest.raises(NotShareable, match="scrutinised"):
        propose(shared, mine.id)
    confirm(propose(shared, mine.id, at=window), at=window)
    assert copies(shared)[0].born_of_order == order
    assert services.end_order_signals(order_id=order, reason="The order ceased.", at=window) == 2
    assert {found.state for found in (*copies(ours), *copies(shared))} == {"retracted"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"is_unlawful_in_any_setting": False}, "Say that the content is unlawful"),
        ({"ground_id": "tco.a_incites"}, "depends on its setting"),
        ({"ground_id": "fr.provocation_apologie"}, "depends on its setting"),
    ],
)
def test_what_depends_on_its_setting_is_shared_to_open_cases_only(
    changes: dict[str, Any], message: str
) -> None:
    shared = bank(is_shared=True)
    row = confirmed(bank())
    with pytest.raises(NotShareable, match=message):
        propose(shared, row.pk, **changes)
    assert propose(shared, row.pk, **{**changes, "use_at_most": "open_case"}).state == "proposed"


def test_a_text_is_shared_to_open_cases_only() -> None:
    ours, shared = bank(), bank(is_shared=True)
    offer(ours, NewSignal("text_exact", value("a text")))
    (text,) = copies(ours)
    with pytest.raises(NotShareable, match="depends on its setting"):
        propose(shared, text.id)
    confirm(propose(shared, text.id, use_at_most="open_case", is_unlawful_in_any_setting=False))
    assert copies(shared)[0].use_at_most == "open_case"


def test_only_own_standing_confirmed_signals_are_shared() -> None:
    ours, shared = bank(), bank(is_shared=True)
    unconfirmed, quarantined = one(ours.id, "one"), confirmed(ours, "two")
    services.quarantine_signal(signal_id=quarantined.pk, reason=WORDS, actor=SYSTEM, at=NOW)
    theirs = confirmed(bank(owner="partner"), "three")
    protected = confirmed(bank(negative_kind="evidence"), "four")
    for row, message in (
        (unconfirmed, "confirms a signal before"),
        (quarantined, "does not stand"),
        (theirs, "own banks"),
        (protected, "own banks"),
    ):
        with pytest.raises(NotShareable, match=message):
            propose(shared, row.pk)
    with pytest.raises(NotShareable, match="does not exist"):
        propose(shared, 99)
    with pytest.raises(NotForThisBank):
        propose(ours, unconfirmed.pk)


def test_a_proposal_to_share_names_signals_use_ground_and_person(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, shared = bank(), bank(is_shared=True)
    row = confirmed(ours)
    wrongs: list[dict[str, Any]] = [{"use_at_most": "publish"}, {"ground_id": "nothing"}]
    for wrong in wrongs:
        with pytest.raises(SignalInvalid):
            propose(shared, row.pk, **wrong)
    with pytest.raises(SignalInvalid):
        propose(shared)
    with pytest.raises(PersonNeeded):
        propose(shared, row.pk, actor=SYSTEM)
    monkeypatch.setattr(sharing, "MOST_SHARED", 1)
    with pytest.raises(SignalInvalid):
        propose(shared, row.pk, row.pk + 1)


def test_what_lies_in_the_shared_bank_is_not_shared_twice() -> None:
    ours, shared = bank(), bank(is_shared=True)
    row = confirmed(ours)
    confirm(propose(shared, row.pk))
    with pytest.raises(AlreadyProposed):
        propose(shared, row.pk, use_at_most="open_case")


def test_a_signal_of_a_type_that_is_gone_cannot_be_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    class Passing:
        name = "passing"
        media = frozenset({"image"})

        def write(self, value: bytes) -> str:
            return value.hex()

    ours, shared = bank(), bank(is_shared=True)
    monkeypatch.setitem(signal_types()._loaded, "passing", Passing())
    offer(ours, NewSignal("passing", b"x"))
    (found,) = copies(ours)
    proposal = propose(shared, found.id)
    monkeypatch.delitem(signal_types()._loaded, "passing")
    with pytest.raises(NotShareable, match="no signal type"):
        confirm(proposal)


def test_everything_is_looked_at_again_when_the_second_person_confirms() -> None:
    ours, shared = bank(), bank(is_shared=True)
    row = confirmed(ours)
    proposal = propose(shared, row.pk)
    services.retract_signals(signal_ids=[row.pk], reason=WORDS, actor=reviewer(), at=NOW)
    with pytest.raises(NotShareable):
        confirm(proposal)
    refused = services.refuse_sharing(
        proposal_id=proposal.id, note=WORDS, actor=senior("Cem Example"), at=LATER
    )
    assert (refused.state, refused.decision_note) == ("refused", WORDS)
    with pytest.raises(NoSuchProposal):
        services.refuse_sharing(proposal_id=new_id(), note=WORDS, actor=senior(), at=LATER)
    with pytest.raises(PersonNeeded):
        services.refuse_sharing(proposal_id=proposal.id, note=WORDS, actor=SYSTEM, at=LATER)


def test_the_table_refuses_a_sharing_of_one_person_or_without_its_statement() -> None:
    ours, shared = bank(), bank(is_shared=True)
    proposal = confirm(propose(shared, confirmed(ours).pk))
    for values in (
        {"decided_by_id_text": proposal.proposed_by_id_text},
        {"is_unlawful_in_any_setting": False},
        {"ground_id": ""},
        {"statement": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            SharingProposal.objects.filter(pk=proposal.pk).update(**values)
