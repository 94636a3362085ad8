"""A full disk: an order is answered 503 and not acknowledged; when there is space again, the same order is taken in."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from entente.apps.audit.models import AuditEvent
from entente.apps.cases.models import Case
from entente.apps.deadlines.models import Deadline
from entente.apps.orders.models import RemovalOrder, SeenSignature
from entente.apps.tlog.models import Leaf
from tests import world
from tests.api.test_orders import post, signed_headers
from tests.apps.deliveries.filedb import database_file, empty_database_file
from tests.world import Office

__all__ = ["database_file", "empty_database_file"]

LARGE = "x" * 200_000


@pytest.fixture
def office(database_file: Path) -> Office:
    now = datetime.now(UTC)
    world.host(at=now)
    return world.office(at=now)


@pytest.fixture
def full_disk(office: Office) -> Iterator[None]:
    """Let SQLite find no page more than it has: the very error of a full disk (SQLITE_FULL)."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    yield
    if connection.connection is not None:
        space()


def space() -> None:
    """Make room again."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")


def test_nothing_is_acknowledged_and_the_same_order_is_taken_in_later(
    client: Client, office: Office, full_disk: None
) -> None:
    body = json.dumps(world.order_form(section_b={"reasons": LARGE})).encode()
    headers = signed_headers(office, body)
    tables = (RemovalOrder, Case, Leaf, Deadline, SeenSignature, AuditEvent)
    before = [model.objects.count() for model in tables]
    for _turn in range(2):
        refused = post(client, body, headers)
        assert refused.status_code == 503, refused.content
        assert json.loads(refused.content)["code"] == "storage_unavailable"
        assert refused["Retry-After"]
    assert [model.objects.count() for model in tables] == before
    assert client.get("/api/v1/openapi.json").status_code == 200
    space()
    accepted = post(client, body, headers)
    assert accepted.status_code == 201, accepted.content
    grown = [model._default_manager.count() - count for model, count in zip(tables, before, strict=True)]
    assert grown == [1, 1, 1, 1, 1, 2]


def test_a_kept_answer_and_its_order_come_together_or_not_at_all(
    client: Client, office: Office, full_disk: None
) -> None:
    body = json.dumps(world.order_form(section_b={"reasons": LARGE})).encode()
    headers = {**signed_headers(office, body), "Idempotency-Key": "k"}
    assert post(client, body, headers).status_code == 503
    space()
    assert post(client, body, headers).status_code == 201
    assert RemovalOrder.objects.count() == 1
