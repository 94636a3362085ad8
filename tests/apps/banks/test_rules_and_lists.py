"""What a match may lead to, and the lists people look at."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from entente.apps.banks import queries, services
from entente.apps.banks.errors import NoSuchSignal
from entente.apps.banks.fields import join_labels, split_labels
from entente.apps.banks.models import Signal, SignalState
from entente.apps.banks.standing import next_turn, state_of
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.ids import new_id
from tests.apps.banks.acts import LATER, WORDS, add, bank, one, restricting, reviewer, value
from tests.world import NOW

pytestmark = pytest.mark.django_db


def test_a_match_restricts_only_if_everything_says_so() -> None:
    policy = queries.bank(restricting().id)
    yes: dict[str, Any] = {"stands": True, "is_confirmed": True, "use_at_most": "", "at": NOW}
    assert queries.may_restrict(policy, **yes)
    assert queries.may_restrict(policy, **{**yes, "use_at_most": "restrict"})
    refusals = {
        "bank_not_enforced": (replace(policy, disabled_until=LATER), yes),
        "negative": (replace(policy, negative_kind="journalism"), yes),
        "referral": (replace(policy, owner_kind="authority"), yes),
        "policy": (replace(policy, policy="open_case"), yes),
        "not_standing": (policy, {**yes, "stands": False}),
        "not_confirmed": (policy, {**yes, "is_confirmed": False}),
        "open_cases_only": (policy, {**yes, "use_at_most": "open_case"}),
    }
    for reason, (changed, given) in refusals.items():
        answer = queries.may_restrict(changed, **given)
        assert (bool(answer), answer.reason) == (False, reason)
    assert (policy.is_negative, replace(policy, negative_kind="evidence").is_negative) == (False, True)


def test_a_radius_never_passes_the_widest_of_its_type() -> None:
    policy = queries.bank(bank().id)
    assert policy.radius("text_minhash") == 51
    assert replace(policy, radii={"text_minhash": 1000}).radius("text_minhash") == 64


def test_of_several_reasons_not_to_stand_the_longest_is_named() -> None:
    signal = Signal(disabled_until=LATER)
    assert (state_of(signal, NOW), next_turn(signal, NOW)) == (SignalState.DISABLED, LATER)
    assert (state_of(signal, LATER), next_turn(signal, LATER)) == (SignalState.STANDING, None)
    signal.expires_at = NOW
    assert (state_of(signal, NOW), next_turn(signal, NOW)) == (SignalState.EXPIRED, None)
    signal.quarantined_at = NOW
    assert state_of(signal, NOW) == SignalState.QUARANTINED
    signal.retracted_at = NOW
    assert state_of(signal, NOW) == SignalState.RETRACTED


def test_labels_are_found_whole() -> None:
    assert split_labels(join_labels(["a b", "c"])) == ("a b", "c")
    assert split_labels(join_labels([])) == ()


def found(bank_id: Any, **wanted: Any) -> set[str]:
    page = queries.signals_of_bank(bank_id, queries.SignalFilter(**wanted))
    words = {value(word): word for word in ("one", "two", "three", "four")}
    return {words[signal.value] for signal in page.signals}


def test_a_bank_is_searched_by_what_is_known_of_its_signals() -> None:
    made = bank()
    first = one(made.id, "one", labels=("call", "praise"), entity="Somebody", partner_ref="r1")
    second, third = one(made.id, "two"), one(made.id, "three")
    add(bank().id, "four")
    services.confirm_signal(signal_id=second.pk, actor=reviewer(), at=NOW)
    services.quarantine_signal(signal_id=third.pk, reason=WORDS, actor=SYSTEM, at=NOW)
    services.add_opinion(signal_id=first.pk, says="contest", reason=WORDS, actor=reviewer(), at=NOW)
    assert found(made.id) == {"one", "two", "three"}
    assert found(made.id, signal_type="sha256") == {"one", "two", "three"}
    assert found(made.id, signal_type="md5") == set()
    assert found(made.id, state="quarantined") == {"three"}
    assert found(made.id, is_confirmed=True) == {"two"}
    assert found(made.id, is_confirmed=False) == {"one", "three"}
    assert found(made.id, is_contested=True) == {"one"}
    assert found(made.id, is_of_order=True) == set()
    assert found(made.id, label="praise") == {"one"}
    assert found(made.id, label="prais") == set()
    assert found(made.id, partner_ref="r1") == {"one"}
    assert found(made.id, entity_id=first.entity_id) == {"one"}
    assert found(made.id, written=value("two").hex()) == {"two"}
    assert found(made.id, written=value("two").hex().upper(), signal_type="sha256") == {"two"}
    assert found(made.id, written=value("two").hex(), signal_type="md5") == set()
    assert found(made.id, written="not a signal of any type \n") == set()


def test_a_long_bank_is_read_page_by_page() -> None:
    made = bank()
    add(made.id, "one", "two", "three")
    first = queries.signals_of_bank(made.id, queries.SignalFilter(), limit=2)
    second = queries.signals_of_bank(made.id, queries.SignalFilter(), before=first.next_before, limit=2)
    numbers = [signal.id for page in (first, second) for signal in page.signals]
    assert (numbers, second.next_before) == ([3, 2, 1], None)


def test_the_history_of_a_signal_is_whole() -> None:
    row = one(bank().id, expires_at=NOW + timedelta(days=1))
    services.confirm_signal(signal_id=row.pk, actor=reviewer(), at=NOW)
    services.disable_signal(signal_id=row.pk, until=LATER, reason=WORDS, actor=reviewer(), at=NOW)
    told = queries.history(row.pk)
    assert [(line.kind, str(line.kind_label), line.stands) for line in told.changes] == [
        ("added", "Added", True),
        ("disabled", "Disabled", False),
    ]
    assert (told.changes[1].reason, told.changes[1].by_name) == (WORDS, "Rae Example")
    assert [line.kind for line in told.trail] == ["banks:signal:confirmed", "banks:signal:disabled"]
    assert (told.facts.id, told.opinions, told.judgements, told.copies) == (row.pk, (), (), ())
    with pytest.raises(NoSuchSignal):
        queries.history(row.pk + 1)
    assert queries.signals_facts([row.pk, row.pk + 1]).keys() == {row.pk}


def test_nothing_is_known_of_an_empty_house() -> None:
    assert (queries.last_change(), queries.changes_after(0), queries.banks()) == (0, [], [])
    assert (queries.bank_policies(), queries.entities(), queries.exchanges()) == ({}, [], [])
    assert queries.find_signals("sha256", value("one")) == []
    assert queries.proposals_of(new_id()) == []
    assert bank().standing_count == 0
