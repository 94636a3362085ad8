"""What an API client may do with banks: keep plain banks of this service, and make none that restricts stronger."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, services
from entente.apps.banks.errors import BankClosed, BankInvalid, NoSuchBank, PersonNeeded, TwoPeopleNeeded
from entente.apps.banks.models import Signal
from entente.apps.banks.services import BankOwner, NewSignal, Source
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.ids import new_id
from tests import world
from tests.apps.banks.acts import LATER, WORDS, bank, one, restricting, senior, settings, value
from tests.world import NOW

pytestmark = pytest.mark.django_db

Act = Callable[[], object]
PROGRAM = Actor(kind="api_client", id=str(UUID(int=7)), name="coop")


def make(**changes: Any) -> Any:
    values: dict[str, Any] = {"settings": settings(), "owner": BankOwner(), "actor": PROGRAM, "at": NOW}
    return services.create_bank(**{**values, **changes})


def adjust(bank_id: UUID, actor: Actor = PROGRAM, **changes: Any) -> Any:
    return services.adjust_bank(bank_id=bank_id, reason=WORDS, actor=actor, at=NOW, **changes)


def put(bank_id: UUID, word: str = "new") -> None:
    services.add_signals(
        bank_id=bank_id,
        signals=[NewSignal("sha256", value(word))],
        source=Source(),
        actor=PROGRAM,
        at=NOW,
    )


def test_a_program_makes_a_plain_bank_and_keeps_it() -> None:
    made = make()
    assert (made.created_by_name, made.policy) == ("coop", "observe")
    put(made.pk)
    adjust(made.pk, name="Another", share_of_traffic=0.5)
    services.retire_bank(bank_id=made.pk, reason=WORDS, actor=PROGRAM, at=NOW)
    kinds = [event.kind for event in audit.trail_of("bank", made.pk)]
    assert kinds == [
        "banks:bank:created",
        "banks:bank:signals_added",
        "banks:bank:changed",
        "banks:bank:retired",
    ]


def test_adjusting_leaves_every_other_setting_as_it_is() -> None:
    made = bank(
        "First", radii={"pdq": 12}, provisional_hours=3, basis_reference="terms 4", policy="open_case"
    )
    before = queries.bank_page(made.id).line
    adjust(made.id, share_of_traffic=0.25)
    after = queries.bank_page(made.id).line
    assert after.policy.share_of_traffic == 0.25
    assert (after.policy.name, after.policy.radii, after.policy.policy) == ("First", {"pdq": 12}, "open_case")
    assert (after.basis, after.basis_reference) == (before.basis, before.basis_reference)
    adjust(made.id, senior(), name="Second")
    assert queries.bank(made.id).share_of_traffic == 0.25
    with pytest.raises(BankInvalid):
        adjust(made.id, share_of_traffic=2.0)
    with pytest.raises(NoSuchBank):
        adjust(new_id())
    services.retire_bank(bank_id=made.id, reason=WORDS, actor=senior(), at=NOW)
    with pytest.raises(BankClosed):
        adjust(made.id)


def test_a_program_makes_no_bank_of_others_none_that_protects_and_none_that_restricts() -> None:
    for changes in (
        {"owner": BankOwner(kind="partner", name="Somebody")},
        {"owner": BankOwner(kind="authority", name="An office")},
        {"negative_kind": "journalism"},
        {"is_shared": True},
    ):
        with pytest.raises(PersonNeeded):
            make(**changes)
    with pytest.raises(TwoPeopleNeeded):
        make(settings=settings(policy="restrict", basis_reference="terms 4"))


def acts_on(bank_id: UUID, signal_id: int) -> "list[Act]":
    """Return what weakens a bank or its signals, or says something of them."""
    return [
        lambda: put(bank_id),
        lambda: services.set_labels(signal_id=signal_id, note="n", actor=PROGRAM, at=NOW),
        lambda: services.disable_signal(
            signal_id=signal_id, until=LATER, reason=WORDS, actor=PROGRAM, at=NOW
        ),
        lambda: services.retract_signals(signal_ids=[signal_id], reason=WORDS, actor=PROGRAM, at=NOW),
    ]


@pytest.mark.parametrize(
    "changes", [{"owner": "partner"}, {"owner": "authority"}, {"negative_kind": "evidence"}]
)
def test_a_program_writes_nothing_into_banks_that_are_not_its_to_keep(changes: dict[str, Any]) -> None:
    made = bank(**changes)
    signal = one(made.id)
    forbidden: list[Act] = [
        *acts_on(made.id, signal.pk),
        lambda: adjust(made.id, share_of_traffic=0.5),
        lambda: services.retire_bank(bank_id=made.id, reason=WORDS, actor=PROGRAM, at=NOW),
        lambda: services.enable_signal(signal_id=signal.pk, actor=PROGRAM, at=NOW),
    ]
    for act in forbidden:
        with pytest.raises(PersonNeeded):
            act()
    signal.refresh_from_db()
    assert (signal.state, signal.note, Signal.objects.count()) == ("standing", "", 1)


def test_a_bank_that_restricts_is_only_made_weaker_by_a_program() -> None:
    made = restricting()
    signal = one(made.id)
    stronger: list[Act] = [
        lambda: adjust(made.id, share_of_traffic=0.5),
        lambda: services.retire_bank(bank_id=made.id, reason=WORDS, actor=PROGRAM, at=NOW),
        lambda: services.enable_signal(signal_id=signal.pk, actor=PROGRAM, at=NOW),
    ]
    for act in stronger:
        with pytest.raises(PersonNeeded):
            act()
    for act in acts_on(made.id, signal.pk):
        act()
    signal.refresh_from_db()
    assert signal.state == "retracted"
    assert Signal.objects.filter(confirmed_at__isnull=False).count() == 0


def test_whoever_only_watches_and_the_program_itself_keep_no_bank() -> None:
    made = bank()
    for who in (SYSTEM, world.actor("auditor"), world.actor("overseer")):
        with pytest.raises(PersonNeeded):
            adjust(made.id, who, share_of_traffic=0.5)
    with pytest.raises(PersonNeeded):
        services.disable_bank(bank_id=made.id, until=LATER, reason=WORDS, actor=PROGRAM, at=NOW)


def test_what_stands_of_a_type_is_counted() -> None:
    made = bank()
    first = one(made.id)
    one(made.id, "two")
    assert queries.standing_count("sha256") == 2
    services.retract_signals(signal_ids=[first.pk], reason=WORDS, actor=senior(), at=NOW)
    assert queries.standing_count("sha256") == 1
    assert queries.standing_count("pdq") == 0
