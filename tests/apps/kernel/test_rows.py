"""New rows and rows by one column, beside what Django does with the same."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from entente.apps.audit.models import AuditEvent
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.rows import find_row, insert_row, insert_rows
from entente.apps.parties.models import HostProfile
from tests import world

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC)
FACTS = {"name": "Grüße, 東京 \" ' %s", "parts": [1, 2.5, None, {"deep": True}]}


def event(**changes: object) -> AuditEvent:
    told = {
        "kind": "tests:thing:happened",
        "subject_kind": "thing",
        "subject_id": new_id(),
        "actor_kind": "system",
        "at": AT,
        "facts": FACTS,
    }
    return AuditEvent(**{**told, **changes})


def test_a_row_reads_back_as_django_would_have_written_it() -> None:
    ours, theirs = event(), event()
    assert insert_row(ours) is ours
    theirs.save(force_insert=True)
    assert not ours._state.adding
    assert ours._state.db == theirs._state.db
    read = AuditEvent.objects.get(pk=ours.pk)
    told = AuditEvent.objects.get(pk=theirs.pk)
    for field in AuditEvent._meta.concrete_fields:
        if field.name not in {"id", "subject_id"}:
            assert getattr(read, field.attname) == getattr(told, field.attname), field.name
    assert read.at == AT
    assert read.facts == FACTS
    columns = "kind, subject_kind, actor_kind, actor_id, at, facts, case_id"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM audit_auditevent")  # noqa: S608 - names of the test
        first, second = cursor.fetchall()
    assert first == second


def test_many_rows_and_none() -> None:
    with CaptureQueriesContext(connection) as captured:
        insert_rows([])
    assert not captured
    insert_rows([event(subject_id=new_id()) for _number in range(3)])
    assert AuditEvent.objects.filter(kind="tests:thing:happened", at=AT).count() == 3


def test_a_second_row_of_one_key_is_refused() -> None:
    first = insert_row(event())
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_row(event(id=first.pk))
    assert AuditEvent.objects.count() == 1


def test_a_row_is_found_by_a_unique_column() -> None:
    assert find_row(HostProfile, "slot", "host") is None
    world.host(at=AT)
    found = find_row(HostProfile, "slot", "host")
    assert found == HostProfile.objects.get()
    assert found is not None
    assert found.languages == HostProfile.objects.get().languages
    assert find_row(HostProfile, "id", found.pk) == found
    assert find_row(HostProfile, "slot", "none") is None
