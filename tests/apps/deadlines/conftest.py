"""People to wake, empty registries, a running hour."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from entente.apps.deadlines import registries, services
from entente.apps.deadlines.models import Deadline, DeadlineAlarm, OnCallShift
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import reset_cache
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.registries import Registry
from entente.apps.parties.models import Person, RoleGrant
from tests.apps.deliveries.filedb import database_file, empty_database_file

__all__ = ["database_file", "empty_database_file"]

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOUR = "tco.execute"
CLARIFIED = "tco.execute.restart_clar"
SUBJECT = new_id()
ACTOR = Actor("person", "1", "Ada Administrator", frozenset({"administrator"}))


@pytest.fixture(autouse=True)
def changed(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Give the test empty registries; collect the cases whose nearest deadline changed."""
    told: list[UUID] = []
    due: Registry[str, Any] = Registry("next due of the test")
    due.register("test", lambda case_id, _started: told.append(case_id))
    monkeypatch.setattr(registries, "next_due_changed", due)
    ended: Registry[str, Any] = Registry("expired of the test")
    monkeypatch.setattr(registries, "deadline_expired", ended)
    links: Registry[str, Any] = Registry("links of the test")
    monkeypatch.setattr(registries, "page_link", links)
    return told


@pytest.fixture
def expired() -> list[UUID]:
    """Collect the deadlines of the hour whose end is handled."""
    handled: list[UUID] = []
    registries.deadline_expired.register(HOUR, lambda deadline, _at: handled.append(deadline.id))
    return handled


@pytest.fixture
def configure(data_dir: object, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set configuration as an operator would, by environment."""

    def set_(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"ENTENTE_{name.upper()}", value)
        reset_cache()

    return set_


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def person(name: str, *roles: str, **changes: Any) -> Person:
    """Make somebody with roles."""
    values: dict[str, Any] = {
        "email": f"{name}@host.example",
        "name": name.title(),
        "language": "en",
        "timezone": "UTC",
        "created_at": AT,
    }
    made = Person.objects.create(**(values | changes))
    for role in roles:
        RoleGrant.objects.create(person=made, role=role, granted_by_name="Test", granted_at=AT)
    return made


def shift(who: Person, position: int = 0, **changes: Any) -> OnCallShift:
    """Put somebody on call around AT."""
    values: dict[str, Any] = {
        "person_id": who.pk,
        "starts_at": AT - timedelta(hours=8),
        "ends_at": AT + timedelta(hours=8),
        "position": position,
        "actor": ACTOR,
        "at": AT,
    }
    return services.add_shift(**(values | changes))


def start(**changes: Any) -> Deadline:
    """Start the hour."""
    values: dict[str, Any] = {
        "subject_kind": "removal_order",
        "subject_id": SUBJECT,
        "rule_id": HOUR,
        "trigger_at": AT,
        "at": AT,
    }
    return services.start_deadline(**(values | changes))


def of(deadline: Deadline) -> dict[str, Any]:
    """Return what names a deadline in the services."""
    return {
        "subject_kind": deadline.subject_kind,
        "subject_id": deadline.subject_id,
        "rule_id": deadline.rule_id,
    }


def fresh(deadline: Deadline) -> Deadline:
    return Deadline.objects.get(pk=deadline.pk)


def rung(deadline: Deadline, outcome: str = "fired") -> list[str]:
    """Return the steps of a deadline with this outcome, in the order of their planned times."""
    rows = DeadlineAlarm.objects.filter(deadline=deadline, outcome=outcome).order_by(
        "run", "due_at", "fired_at"
    )
    return [row.step_id for row in rows]


def woken(deadline: Deadline, *, only_open: bool = False) -> list[str]:
    """Return the names of those who got a page, in order."""
    pages = Delivery.objects.filter(subject_id=deadline.pk, purpose="deadline.alarm").order_by(
        "created_at", "id"
    )
    if only_open:
        pages = pages.filter(state="pending")
    names = {str(row.pk): row.name for row in Person.objects.all()}
    return [names[page.destination] for page in pages]
