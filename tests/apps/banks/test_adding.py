"""Adding signals: what is good is kept once, what is bad is told by its place, and everything is numbered."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.banks import queries, services
from entente.apps.banks.errors import NotForThisBank, SignalInvalid, TooManySignals
from entente.apps.banks.models import EntityLabel, Provenance, Signal, SignalChange
from entente.apps.banks.services import NewSignal, Source, adding, inserting
from entente.apps.banks.values import UnusableValue, key_of, value_of, written
from entente.apps.kernel.ids import new_id
from entente.core.signals.registry import signal_types
from tests.apps.banks.acts import WORDS, add, bank, changes, facts, one, reviewer, senior, signal, value
from tests.world import NOW

pytestmark = pytest.mark.django_db


def test_signals_are_kept_with_their_provenance_and_numbered() -> None:
    made = bank()
    added = add(made.id, "one", "two", "three")
    assert (added.added, added.known, added.bad, added.last_change) == (3, 0, (), 3)
    assert changes() == [("added", True)] * 3
    (line,) = queries.banks()
    assert line.standing_count == 3
    found = queries.find_signals("sha256", value("two"))
    assert [(one.how, one.source, one.stands, one.is_confirmed) for one in found] == [
        ("import", "list.csv", True, False)
    ]
    assert found[0].written == value("two").hex()
    source = Provenance.objects.get()
    assert (source.pk, source.count, source.added_by_name) == (added.provenance_id, 3, "Rae Example")
    assert audit.trail_of("bank", made.id)[-1].facts["offered"] == 3


def test_what_is_there_already_stays_as_it_is() -> None:
    made = bank()
    first = one(made.id, "one", note="the first note")
    again = add(made.id, "one", "two", "two", note="another")
    assert (again.added, again.known) == (1, 2)
    assert facts(first.pk).note == "the first note"
    assert changes() == [("added", True)] * 2
    assert add(bank().id, "one").added == 1


def test_bad_ones_are_told_by_their_place_and_the_rest_is_kept() -> None:
    made = bank()
    given = [
        signal("one"),
        NewSignal("sha256", written="AB" * 32),
        NewSignal("sha256", written="ab" * 32 + "\n"),
        NewSignal("sha256", b"short"),
        NewSignal("nothing", b"x"),
        NewSignal("nothing", written="x"),
        NewSignal("sha256"),
        signal("two", expires_at=NOW),
        signal("three", labels=("same", "same")),
        signal("four", note="x" * 2001),
        signal("five", entity=" blank "),
        NewSignal("url", written="https://videos.example/watch?v=1"),
    ]
    added = services.add_signals(bank_id=made.id, signals=given, source=Source(), actor=reviewer(), at=NOW)
    assert added.added == 3
    assert [bad.index for bad in added.bad] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert all(bad.reason for bad in added.bad)
    assert queries.find_signals("sha256", b"\xab" * 32)
    (address,) = queries.find_signals("url", b"https://videos.example/watch?v=1")
    assert address.written == "https://videos.example/watch?v=1"


def test_nothing_good_leaves_nothing_behind() -> None:
    made = bank()
    added = services.add_signals(
        bank_id=made.id,
        signals=[NewSignal("sha256", b"short")],
        source=Source(),
        actor=reviewer(),
        at=NOW,
    )
    assert (added.added, added.provenance_id, added.last_change) == (0, None, 0)
    assert not Provenance.objects.exists()
    assert queries.last_change() == 0


def test_a_third_party_s_type_may_fail_and_the_next_signal_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "broken"

        def write(self, _value: bytes) -> str:
            raise ZeroDivisionError

    monkeypatch.setitem(signal_types()._loaded, "broken", Broken())
    with pytest.raises(UnusableValue, match="ZeroDivisionError"):
        value_of(NewSignal("broken", b"x"))


def test_labels_texts_and_an_end_are_kept() -> None:
    made = bank()
    end = NOW + timedelta(days=30)
    row = one(
        made.id,
        note="Seen twice.",
        entity="Order of the Grey Lantern",
        labels=("recruitment", "praise of an attack"),
        partner_ref="ref-1",
        expires_at=end,
    )
    found = facts(row.pk)
    assert (found.entity, found.labels) == (
        "Order of the Grey Lantern",
        ("recruitment", "praise of an attack"),
    )
    assert (found.note, found.partner_ref, found.expires_at) == ("Seen twice.", "ref-1", end)
    add(made.id, "another", "one more", entity="Order of the Grey Lantern")
    assert EntityLabel.objects.count() == 1


def test_a_long_import_is_several_calls_with_one_provenance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "ROWS_AT_ONCE", 2)
    made, rae = bank(), reviewer()
    values: dict[str, Any] = {"bank_id": made.id, "source": Source(how="import"), "actor": rae, "at": NOW}
    first = services.add_signals(signals=[signal(str(n)) for n in range(5)], **values)
    second = services.add_signals(
        signals=[signal(str(n)) for n in range(3, 8)], provenance_id=first.provenance_id, **values
    )
    assert (first.added, first.last_change, second.added, second.known) == (5, 5, 3, 2)
    assert Provenance.objects.get().count == 8
    assert changes() == [("added", True)] * 8
    for changed in ({"provenance_id": new_id()}, {"provenance_id": first.provenance_id, "actor": senior()}):
        with pytest.raises(SignalInvalid, match="no import of yours"):
            services.add_signals(signals=[signal("x")], **{**values, **changed})


def test_a_value_longer_than_a_key_is_known_by_its_digest() -> None:
    made = bank()
    address = "https://videos.example/" + "a" * 3000
    longer = NewSignal("url", written=address)
    for expected in (1, 0):
        added = services.add_signals(
            bank_id=made.id, signals=[longer], source=Source(), actor=reviewer(), at=NOW
        )
        assert added.added == expected
    (found,) = queries.find_signals("url", address.encode())
    assert found.value == address.encode()
    assert key_of(b"x" * 32) == b"x" * 32
    assert len(key_of(b"x" * 33)) == 33


def test_a_value_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entente.apps.banks.values.MOST_VALUE_BYTES", 31)
    with pytest.raises(UnusableValue, match="1 to 31 bytes"):
        value_of(signal("one"))


def test_a_value_of_a_type_that_is_gone_is_shown_in_hexadecimal() -> None:
    assert written("gone", b"\x01\x02") == "0102"
    assert written("sha256", b"\x01\x02") == "0102"


def test_signals_come_into_a_shared_bank_by_two_people_only() -> None:
    made = bank(is_shared=True)
    with pytest.raises(NotForThisBank):
        add(made.id, "one")


def test_a_call_has_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "MOST_AT_ONCE", 1)
    made = bank()
    with pytest.raises(TooManySignals, match="At most 1 signals"):
        add(made.id, "one", "two")
    with pytest.raises(SignalInvalid):
        services.add_signals(
            bank_id=made.id, signals=[], source=Source(how="decision"), actor=reviewer(), at=NOW
        )


def test_what_a_person_retracted_comes_back_by_a_person_only() -> None:
    made = bank()
    row = one(made.id)
    services.retract_signals(signal_ids=[row.pk], reason=WORDS, actor=reviewer(), at=NOW)
    again = add(made.id, "zero", "one", "two")
    assert (again.added, again.known, [bad.index for bad in again.bad]) == (2, 0, [1])
    assert "retracted" in again.bad[0].reason
    assert not facts(row.pk).stands


def test_the_change_sequence_cannot_be_edited() -> None:
    add(bank().id, "one")
    for act in (lambda: SignalChange.objects.update(stands=False), SignalChange.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


def test_the_table_refuses_a_standing_that_contradicts_itself() -> None:
    row = one(bank().id)
    contradictions: list[dict[str, Any]] = [
        {"retracted_at": NOW},
        {"state": "retracted"},
        {"state": "retracted", "retracted_at": NOW, "retracted_by": "person"},
        {"quarantined_at": NOW},
        {"state": "quarantined"},
        {"confirmed_at": NOW},
        {"confirmed_by_id_text": "x"},
        {"born_of_order": new_id()},
        {"not_shared_before": NOW},
    ]
    for values in contradictions:
        with pytest.raises(IntegrityError), transaction.atomic():
            Signal.objects.filter(pk=row.pk).update(**values)
    copy = Signal.objects.get(pk=row.pk)
    copy.pk = row.pk + 1000
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


def test_the_statement_names_every_column_of_the_table() -> None:
    columns = {field.column for field in Signal._meta.concrete_fields}
    assert {*inserting._COLUMNS, *inserting._CONSTANT} == columns
