"""What binds here: a table of hosts, issuers, instruments and days."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from entente.core.law.errors import NaiveTime, ScopeOutside, UnknownOrderType
from entente.core.law.orders import (
    HostFacts,
    IssuerFacts,
    RemovalOrderForm,
    Weight,
    binds,
    order_type,
    order_types,
    order_types_for,
)
from entente.core.law.scopes import Scope

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
TCO = "eu.tco.removal_order"
FRENCH_HOST = HostFacts(established_in="FR")
GERMAN_ISSUER = IssuerFacts(
    country="DE", kind="law_enforcement", registered=True, competences=frozenset({TCO, "eu.dsa.art9_order"})
)
EXERCISE_HOST = HostFacts(established_in="XA", exercise=True)
EXERCISE_ISSUER = IssuerFacts(
    country="XB", kind="other", registered=True, competences=frozenset({TCO}), exercise=True
)


@pytest.mark.parametrize(
    ("host", "issuer", "kind", "binding", "code"),
    [
        (FRENCH_HOST, GERMAN_ISSUER, TCO, True, "host.within"),
        (HostFacts(established_in="US", represented_in="IE"), GERMAN_ISSUER, TCO, True, "host.within"),
        (
            HostFacts(established_in="US", offers_in=frozenset({"FR"})),
            GERMAN_ISSUER,
            TCO,
            True,
            "host.within",
        ),
        (
            HostFacts(established_in="US", offers_in=frozenset({"US"})),
            GERMAN_ISSUER,
            TCO,
            False,
            "host.outside",
        ),
        (HostFacts(established_in="US"), GERMAN_ISSUER, TCO, False, "host.outside"),
        (HostFacts(), GERMAN_ISSUER, TCO, False, "host.unknown"),
        (replace(FRENCH_HOST, disseminates_to_public=False), GERMAN_ISSUER, TCO, False, "host.private"),
        (replace(FRENCH_HOST, disseminates_to_public=None), GERMAN_ISSUER, TCO, False, "host.public_unknown"),
        (
            replace(FRENCH_HOST, disseminates_to_public=False),
            GERMAN_ISSUER,
            "eu.dsa.art9_order",
            True,
            "host.within",
        ),
        (FRENCH_HOST, replace(GERMAN_ISSUER, country="US"), TCO, False, "issuer.state_outside"),
        (FRENCH_HOST, replace(GERMAN_ISSUER, country=None), TCO, False, "issuer.state_unknown"),
        (FRENCH_HOST, replace(GERMAN_ISSUER, competences=frozenset()), TCO, False, "issuer.not_competent"),
        (FRENCH_HOST, replace(GERMAN_ISSUER, active=False), TCO, False, "issuer.inactive"),
        (FRENCH_HOST, replace(GERMAN_ISSUER, kind="referral_unit"), TCO, False, "issuer.kind_outside"),
        (FRENCH_HOST, replace(GERMAN_ISSUER, kind=None), TCO, True, "issuer.competent"),
        (FRENCH_HOST, IssuerFacts(country="DE"), TCO, True, "issuer.unregistered"),
        (FRENCH_HOST, EXERCISE_ISSUER, TCO, False, "issuer.exercise"),
        (EXERCISE_HOST, EXERCISE_ISSUER, TCO, True, "host.within"),
        (replace(EXERCISE_HOST, exercise=False), EXERCISE_ISSUER, TCO, False, "host.outside"),
        (FRENCH_HOST, IssuerFacts(country="FR"), "fr.lcen.withdrawal_request", False, "regime.request"),
        (HostFacts("GB"), IssuerFacts(country="GB"), "uk.ta2006.s3_notice", False, "floor.missing"),
        (HostFacts("AU"), IssuerFacts(country="AU"), "au.osa.s109_notice", False, "floor.missing"),
        (FRENCH_HOST, IssuerFacts(country="GB"), "uk.ta2006.s3_notice", False, "host.outside"),
    ],
)
def test_the_table_of_what_binds(
    host: HostFacts, issuer: IssuerFacts, kind: str, *, binding: bool, code: str
) -> None:
    answer = binds(host, order_type(kind), issuer, AT)
    assert answer.binding is binding
    assert code in {reason.code for reason in answer.reasons}
    assert all("%(" not in reason.text for reason in answer.reasons)
    assert bool(answer.against) is not binding


def test_missing_facts_are_named() -> None:
    answer = binds(HostFacts(disseminates_to_public=None), order_type(TCO), IssuerFacts(), AT)
    assert set(answer.missing) == {"issuer.country", "host.disseminates_to_public", "host.established_in"}
    assert {reason.weight for reason in answer.against} == {Weight.UNKNOWN}


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2022, 6, 6, 23, 59, tzinfo=UTC), "regime.not_yet"),
        (datetime(2022, 6, 7, tzinfo=UTC), "regime.in_force"),
        (datetime(2031, 1, 1, tzinfo=UTC), "regime.in_force"),
        (datetime(2031, 1, 2, tzinfo=UTC), "regime.ended"),
    ],
)
def test_a_regime_binds_from_its_first_to_its_last_day(at: datetime, code: str) -> None:
    ending = replace(order_type(TCO), in_force_to=date(2031, 1, 1))
    answer = binds(FRENCH_HOST, ending, GERMAN_ISSUER, at)
    assert answer.binding is (code == "regime.in_force")
    assert answer.reasons[0].code == code


def test_each_missing_safeguard_is_named() -> None:
    answer = binds(HostFacts("GB"), order_type("uk.ta2006.s3_notice"), IssuerFacts(country="GB"), AT)
    named = {reason.params["safeguard"] for reason in answer.reasons if reason.code == "floor.missing"}
    assert named == {
        "independent review",
        "redress for the person affected",
        "notice to the person affected",
        "an end",
    }
    assert order_type("uk.ta2006.s3_notice").floor.missing == (
        "independent_review",
        "redress_person",
        "notice",
        "end",
    )


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(NaiveTime):
        binds(FRENCH_HOST, order_type(TCO), GERMAN_ISSUER, datetime(2026, 1, 1))  # noqa: DTZ001


def test_an_unknown_order_type_is_named() -> None:
    with pytest.raises(UnknownOrderType, match="no order type 'xx'"):
        order_type("xx")


def test_invented_states_belong_to_the_union_in_exercises_only() -> None:
    kind = order_type(TCO)
    assert len(kind.territories()) == 27
    assert kind.territories(exercise=True) - kind.territories() == {"XA", "XB", "XC"}


def test_an_order_holds_in_all_member_states_and_no_wider() -> None:
    kind = order_type(TCO)
    usual = kind.usual_scope()
    assert usual.countries == kind.territories()
    kind.check_scope(usual)
    with pytest.raises(ScopeOutside, match="at least all states where the law applies; missing: FR") as small:
        kind.check_scope(Scope.of(*(usual.countries - {"FR"})))
    assert small.value.code == "scope.too_small"
    with pytest.raises(ScopeOutside, match="at most all states where the law applies") as large:
        kind.check_scope(Scope.everywhere())
    assert large.value.code == "scope.too_large"


def test_an_order_under_the_dsa_holds_in_the_issuing_state_by_default() -> None:
    kind = order_type("eu.dsa.art9_order")
    assert kind.usual_scope(issuing_state="DE") == Scope.of("DE")
    kind.check_scope(Scope.of("DE", "AT"), issuing_state="DE")
    with pytest.raises(ScopeOutside, match="the issuing state is missing"):
        kind.usual_scope()


@pytest.mark.parametrize("kind", order_types().values(), ids=lambda kind: kind.id)
def test_every_order_type_names_what_the_loop_needs(kind: Any) -> None:
    assert kind.execute_rule
    assert kind.redress
    assert kind.preservation_ground
    assert RemovalOrderForm() is not None
    kind.check_scope(
        kind.usual_scope(issuing_state=min(kind.territories())), issuing_state=min(kind.territories())
    )


@pytest.mark.parametrize(
    ("kind", "issuing_state", "is_open"),
    [
        (TCO, "DE", True),
        (TCO, "FR", False),
        (TCO, "IE", False),
        (TCO, "", True),
        ("eu.dsa.art9_order", "DE", False),
    ],
)
def test_scrutiny_is_a_road_across_a_border(kind: str, issuing_state: str, *, is_open: bool) -> None:
    found = order_type(kind).may_be_scrutinised(issuing_state=issuing_state, host_states={"FR", "IE"})
    assert found is is_open


def test_what_only_misses_a_fact_is_open() -> None:
    assert binds(HostFacts(), order_type(TCO), GERMAN_ISSUER, AT).is_open
    assert binds(FRENCH_HOST, order_type(TCO), IssuerFacts(), AT).is_open
    assert not binds(FRENCH_HOST, order_type(TCO), GERMAN_ISSUER, AT).is_open
    assert not binds(HostFacts(), order_type(TCO), replace(GERMAN_ISSUER, active=False), AT).is_open


def test_each_competence_of_the_register_opens_its_own_order_types() -> None:
    assert order_types_for({"issue_orders"}) == {TCO}
    assert order_types_for({"other_orders"}) == set(order_types()) - {TCO}
    assert order_types_for({"scrutinise"}) == set()


def test_the_court_of_the_issuing_state_has_a_deadline_where_the_data_know_one() -> None:
    removal = order_type("eu.tco.removal_order")
    assert (removal.court_rule("FR"), removal.court_rule("DE")) == ("fr.tco.recours_ta", None)
    assert order_type("eu.dsa.art9_order").court_rule("FR") is None
