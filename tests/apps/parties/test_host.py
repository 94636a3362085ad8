"""The host's profile: one row, and the facts that decide what binds."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.parties import entries, errors, queries, services
from entente.apps.parties.models import HostProfile
from tests.apps.parties.conftest import AT

PROFILE: dict[str, Any] = {
    "name": "Agora",
    "contact_point_mail": "orders@agora.example",
    "established_in": "ie",
    "offers_in": ["fr", "DE", "fr"],
    "disseminates_to_public": True,
    "service_hosts": ["Agora.example", "127.0.0.1:8800", "bücher.example"],
    "languages": ["en", "fr"],
    "terms_url": "https://agora.example/terms",
}


def test_before_it_is_written_nothing_is_known(db: None) -> None:
    assert queries.host_profile() is None
    facts = queries.host_facts()
    assert not facts.is_complete
    assert facts.offers_in == frozenset()


def test_the_profile_is_one_row(staff: SimpleNamespace) -> None:
    services.set_host_profile(**PROFILE, actor=staff.ada.actor, at=AT)
    profile = services.set_host_profile(**{**PROFILE, "represented_in": "FR"}, actor=staff.ada.actor, at=AT)
    assert HostProfile.objects.count() == 1
    assert str(profile) == "Agora"
    facts = queries.host_facts()
    assert (facts.established_in, facts.represented_in) == ("IE", "FR")
    assert facts.offers_in == {"FR", "DE"}
    assert facts.service_hosts == ("127.0.0.1:8800", "agora.example", "xn--bcher-kva.example")
    assert facts.is_complete
    changed = [line.facts["changed"] for line in audit.trail_of("host_profile", profile.pk)]
    assert "name" in changed[0]
    assert changed[1] == ["represented_in"]
    with pytest.raises(IntegrityError), transaction.atomic():
        HostProfile.objects.create(name="Second", slot="two", updated_at=AT)


def test_whether_it_disseminates_to_the_public_is_asked_and_not_assumed(staff: SimpleNamespace) -> None:
    assert queries.host_facts().disseminates_to_public is None
    unsaid = {name: value for name, value in PROFILE.items() if name != "disseminates_to_public"}
    services.set_host_profile(**unsaid, actor=staff.ada.actor, at=AT)
    assert (queries.host_facts().disseminates_to_public, queries.host_facts().is_complete) == (None, False)
    services.set_host_profile(**PROFILE, actor=staff.ada.actor, at=AT)
    assert (queries.host_facts().disseminates_to_public, queries.host_facts().is_complete) == (True, True)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": ""}, "name"),
        ({"size_class": "giant"}, "size_class"),
        ({"established_in": "Ireland"}, "established_in"),
        ({"offers_in": ["x1"]}, "offers_in"),
        ({"service_hosts": ["https://agora.example"]}, "service_hosts"),
        ({"service_hosts": ["ü" * 80]}, "service_hosts"),
        ({"contact_point_mail": ""}, "contact_point_mail"),
        ({"terms_url": "javascript:alert(1)"}, "terms_url"),
    ],
)
def test_a_wrong_field_is_named(staff: SimpleNamespace, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidEntry) as caught:
        services.set_host_profile(**{**PROFILE, **facts}, actor=staff.ada.actor, at=AT)
    assert caught.value.facts["field"] == field


def test_an_optional_address_may_be_left_out() -> None:
    assert entries.clean_mail("", "contact_mail", optional=True) == ""
