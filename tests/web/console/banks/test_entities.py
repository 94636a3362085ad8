"""Entities: who designated them, since when, and where that counts."""

from collections.abc import Callable
from typing import Any

import pytest

from entente.apps.banks import queries
from entente.apps.banks.models import EntityLabel
from entente.apps.banks.territories import Territories
from entente.web.console.banks import entity_views
from tests.web.console.banks.test_banks import text
from tests.web.console.conftest import Visitor
from tests.world import NOW

Roles = Callable[..., Visitor]
pytestmark = pytest.mark.django_db

DESIGNATE = "/console/entities/designate/"


def designation(**changes: str) -> dict[str, str]:
    values = {
        "entity": "Movement of Examples",
        "designated_by": "fr",
        "since": "2024-02-01",
        "reference": "List of examples, no. 7",
    }
    return {**values, **changes}


def test_a_designation_is_recorded_and_says_where_it_counts(as_role: Roles) -> None:
    me = as_role("legal")
    assert "No entity is named yet" in text(me, "/console/entities/")
    assert 'value="Movement &amp; Co"' in text(me, f"{DESIGNATE}?entity=Movement+%26+Co")
    assert me.post(DESIGNATE, designation())["Location"] == "/console/entities/"
    shown = text(me, "/console/entities/")
    assert "It may support a restriction: France." in shown
    assert "since 1 Feb 2024" in shown
    me.post(DESIGNATE, designation(until="2025-02-01"))
    shown = text(me, "/console/entities/")
    assert "not in force" in shown
    assert "nowhere: nobody" in shown
    me.post(DESIGNATE, designation(designated_by="eu"))
    shown = text(me, "/console/entities/")
    assert "European Union" in shown
    assert "in 27 countries" in shown
    me.post(DESIGNATE, designation(designated_by="un"))
    shown = text(me, "/console/entities/")
    assert "United Nations" in shown
    assert "everywhere" in shown
    assert len(queries.entities()[0].designations) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"designated_by": "12"}, "Write UN, EU, or the two letters of a state."),
        ({"entity": ""}, "This field is required"),
        ({"reference": " "}, "This field is required"),
        ({"until": "2020-01-01"}, "A designation ends after it began."),
        ({"since": "yesterday"}, "Enter a valid date"),
    ],
)
def test_a_designation_nobody_could_check_is_refused(
    as_role: Roles, changes: dict[str, str], said: str
) -> None:
    answer = as_role("legal").post(DESIGNATE, designation(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert queries.entities() == []


def test_entities_are_found_by_name(as_role: Roles, monkeypatch: pytest.MonkeyPatch) -> None:
    me = as_role("reviewer")
    for name in ("Movement of Examples", "Front of Examples"):
        EntityLabel.objects.create(name=name, created_at=NOW)
    shown = text(me, "/console/entities/?q=front")
    assert "Front of Examples" in shown
    assert "Movement of Examples" not in shown
    assert "it is a name, and supports nothing" in shown
    assert "Record a designation" not in shown
    assert "No entity is called" in text(me, "/console/entities/?q=nobody")
    monkeypatch.setattr(entity_views, "_MOST", 1)
    assert "The first 1 by name." in text(me, "/console/entities/")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Territories(everywhere=True), "everywhere"),
        (Territories(countries=frozenset({"FR", "DE"})), "France, Germany"),
    ],
)
def test_where_a_label_counts_is_said(found: Any, said: str) -> None:
    assert entity_views.where_it_supports(found) == said
