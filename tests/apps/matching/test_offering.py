"""What people disabled gives its signals to a bank of this service: with one click, from the preserved copy."""

import io
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image

from entente.apps.banks import queries as bank_queries
from entente.apps.banks.errors import PersonNeeded
from entente.apps.banks.models import Bank, Signal
from entente.apps.cases.models import Decision
from entente.apps.content.models import Snapshot
from entente.apps.content.services import IncomingPart, close_previews, receive_snapshot
from entente.apps.kernel.actors import SYSTEM
from entente.apps.matching import services
from entente.apps.matching.errors import NothingToOffer
from entente.apps.matching.services import offering
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.parties.types import PersonFacts
from tests import world
from tests.api.test_checks import picture
from tests.apps.banks import acts as banks
from tests.apps.notices.acts import decide, disabled, notice
from tests.apps.orders.acts import executed
from tests.world import NOW

pytestmark = pytest.mark.django_db

TEXT = b"An invented call that nobody would follow, written for a test of what a bank is given, and nothing else."


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def bring_copy(case_id: UUID, *parts: tuple[bytes, str]) -> None:
    """Let the platform bring the copy of a case."""
    receive_snapshot(
        snapshot_id=Snapshot.objects.get(case_id=case_id).pk,
        parts=[IncomingPart([content], kind) for content, kind in parts],
        actor=SYSTEM,
        at=NOW,
    )


def offer(decision: Decision, bank: Bank, person: PersonFacts, **changes: object) -> bank_queries.SignalPage:
    """Offer what a decision disabled, and return what the bank holds then."""
    services.offer_signals(
        decision_id=decision.pk,
        bank_id=bank.pk,
        entity="",
        actor=person.actor,
        at=NOW,
        **changes,  # type: ignore[arg-type] # only an order
    )
    return bank_queries.signals_of_bank(bank.pk, bank_queries.SignalFilter())


def test_a_picture_and_its_text_give_their_signals_confirmed_by_who_clicked() -> None:
    found, decision, person = disabled()
    bring_copy(found.case_id, (TEXT, "text/plain"), (picture(), "image/jpeg"))
    page = offer(decision, banks.bank(), person)
    types = sorted(signal.signal_type for signal in page.signals)
    assert types == ["pdq", "sha256", "sha256", "text_exact", "text_minhash"]
    assert {signal.confirmed_by_name for signal in page.signals} == {person.name}
    assert {signal.decision_id for signal in page.signals} == {decision.pk}
    assert all(signal.born_of_order is None for signal in page.signals)


def test_doing_it_twice_changes_nothing() -> None:
    found, decision, person = disabled()
    bring_copy(found.case_id, (TEXT, "text/plain"))
    bank = banks.bank()
    assert offer(decision, bank, person) == offer(decision, bank, person)


def test_a_signal_born_of_an_order_says_so_waits_for_its_window_and_ends_with_it() -> None:
    order, _who = executed(world.office())
    person = world.person("Lea Example", "legal")
    bring_copy(order.case_id, (TEXT, "text/plain"))
    decision = Decision.objects.get(case_id=order.case_id)
    until = orders.scrutiny_open_until(order)
    assert until >= NOW + timedelta(hours=72)
    bank = banks.bank()
    with pytest.raises(NothingToOffer, match="order"):
        offer(decision, bank, person)
    page = offer(decision, bank, person, order=offering.BehindIt(order.id, until))
    assert {signal.born_of_order for signal in page.signals} == {order.id}
    assert {signal.not_shared_before for signal in page.signals} == {until}
    order_services.end_order(
        order_id=order.id,
        fate="ceased",
        by_whom="The authority of establishment",
        document="A decision",
        happened_at=NOW + timedelta(hours=30),
        actor=person.actor,
        at=NOW + timedelta(hours=31),
    )
    assert set(Signal.objects.values_list("state", flat=True)) == {"retracted"}


def test_without_a_copy_or_when_it_is_closed_for_everybody_there_is_nothing_to_give() -> None:
    found, decision, person = disabled()
    bank = banks.bank()
    with pytest.raises(NothingToOffer, match="no copy"):
        offer(decision, bank, person)
    bring_copy(found.case_id, (TEXT, "text/plain"))
    close_previews(content_item=decision.item.content_item, actor=person.actor, at=NOW)
    with pytest.raises(NothingToOffer, match="no copy"):
        offer(decision, bank, person)


def test_what_shows_too_little_gives_its_bytes_alone() -> None:
    found, decision, person = disabled()
    bring_copy(found.case_id, (_flat(), "image/png"))
    page = offer(decision, banks.bank(), person)
    assert [signal.signal_type for signal in page.signals] == ["sha256"]


def _flat() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (320, 240), (90, 90, 90)).save(written, "PNG")
    return written.getvalue()


def test_only_what_a_person_disabled_gives_signals() -> None:
    found = notice()
    person = world.person("Rae Example", "reviewer")
    kept = decide(found, person, outcome="keep")
    with pytest.raises(NothingToOffer, match="disabled"):
        offer(kept, banks.bank(), person)


def test_a_machine_gives_nothing() -> None:
    found, decision, _person = disabled()
    bring_copy(found.case_id, (TEXT, "text/plain"))
    with pytest.raises(PersonNeeded):
        services.offer_signals(
            decision_id=decision.pk, bank_id=banks.bank().pk, entity="", actor=SYSTEM, at=NOW
        )


def test_the_same_file_twice_is_one_signal() -> None:
    found, decision, person = disabled()
    bring_copy(found.case_id, (TEXT, "text/plain"), (TEXT, "text/plain"))
    types = [signal.signal_type for signal in offer(decision, banks.bank(), person).signals]
    assert len(types) == len(set(types)) == 3
