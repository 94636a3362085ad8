"""A bank as a list: what stands in it at a moment, in pages, and on record when it leaves as a file."""

from datetime import timedelta

import pytest

from entente.apps.audit.models import AuditEvent
from entente.apps.banks import queries, services
from entente.apps.banks.errors import NoSuchBank
from entente.apps.banks.queries import entries
from entente.apps.kernel.ids import new_id
from tests.apps.banks import acts
from tests.world import NOW

pytestmark = pytest.mark.django_db


def test_what_stands_comes_in_order_with_what_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "ROWS_AT_ONCE", 2)
    bank, other = acts.bank(), acts.bank()
    acts.add(other.id, "another bank's")
    acts.add(
        bank.id, "one", labels=("graphic", "film"), entity="Example", partner_ref="17", note="Seen twice."
    )
    acts.add(bank.id, "ends", expires_at=NOW + timedelta(hours=2))
    acts.add(bank.id, "two", "three")
    gone = acts.one(bank.id, "retracted")
    services.retract_signals(signal_ids=[gone.id], reason=acts.WORDS, actor=acts.senior(), at=NOW)
    found = list(queries.entries_of_bank(bank.id, at=NOW))
    assert [one.signal_id for one in found] == sorted(one.signal_id for one in found)
    assert {one.value for one in found} == {acts.value(word) for word in ("one", "ends", "two", "three")}
    first = next(one for one in found if one.value == acts.value("one"))
    assert (first.labels, first.entity, first.partner_ref, first.note) == (
        *(("graphic", "film"), "Example", "17", "Seen twice."),
    )
    assert (first.signal_type, first.added_at, first.not_shared_before) == ("sha256", NOW, None)
    later = {one.value for one in queries.entries_of_bank(bank.id, at=NOW + timedelta(hours=3))}
    assert acts.value("ends") not in later, "whether or not the worker has swept"


def test_a_bank_is_found_by_its_name() -> None:
    bank = acts.bank("Ours")
    services.retire_bank(bank_id=bank.id, reason=acts.WORDS, actor=acts.senior(), at=NOW)
    assert queries.bank_named("Ours").id == bank.id
    with pytest.raises(NoSuchBank):
        queries.bank_named("ours")


def test_an_export_is_on_record() -> None:
    bank = acts.bank()
    services.record_export(bank_id=bank.id, count=3, left_out=1, form="csv", actor=acts.senior(), at=NOW)
    event = AuditEvent.objects.get(kind="banks:bank:exported")
    assert (event.subject_id, event.facts) == (bank.id, {"count": 3, "left_out": 1, "format": "csv"})


def test_nothing_is_recorded_of_a_bank_there_is_none_of() -> None:
    with pytest.raises(NoSuchBank):
        services.record_export(bank_id=new_id(), count=0, left_out=0, form="csv", actor=acts.senior(), at=NOW)
