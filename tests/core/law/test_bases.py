"""Bases, grounds and the limits of scope."""

import pytest

from entente.core.law.bases import (
    Bound,
    GroundKind,
    Measure,
    MeasureOutside,
    RedressRoute,
    Requirement,
    Scope,
    ScopeKind,
    bases,
    basis,
    check_measure,
    check_scope,
    default_scope,
    ground,
    grounds,
)
from entente.core.law.errors import ScopeOutside, UnknownBasis, UnknownGround, UnknownTerritory
from entente.core.law.orders import ContentType
from entente.core.law.scopes import ScopeFacts, check_limits, scope_at
from entente.core.law.territories import exercise_states, is_exercise_state, territory

UNION = territory("EU").members()
FRENCH = "fr.provocation_apologie"


@pytest.mark.parametrize(
    ("basis_id", "scope", "ground_id", "code"),
    [
        ("tco.removal_order", Scope.of(*UNION), None, None),
        ("tco.removal_order", Scope.of("FR"), None, "scope.too_small"),
        ("tco.removal_order", Scope.everywhere(), None, "scope.too_large"),
        ("tco.removal_order", Scope.of(*UNION, "US"), None, "scope.too_large"),
        ("dsa.illegal_content", Scope.of("FR"), FRENCH, None),
        ("dsa.illegal_content", Scope.of("FR", "DE"), FRENCH, "scope.too_large"),
        ("dsa.illegal_content", Scope.everywhere(), FRENCH, "scope.too_large"),
        ("dsa.illegal_content", Scope.of("FR"), None, "scope.illegal_in_missing"),
        ("dsa.illegal_content", Scope.of("FR"), "terms.terrorism", "scope.illegal_in_missing"),
        ("dsa.illegal_content", Scope.of(*UNION), "tco.d_instructs", None),
        ("terms.terrorism", Scope.everywhere(), None, None),
        ("terms.terrorism", Scope.of("FR"), None, None),
        ("terms.terrorism", Scope.of("XA"), None, "scope.invented_state"),
        ("provisional.match", Scope.everywhere(), None, None),
        ("keep", Scope.everywhere(), None, None),
    ],
)
def test_the_limits_of_each_basis(
    basis_id: str, scope: Scope, ground_id: str | None, code: str | None
) -> None:
    found = ground(ground_id) if ground_id else None
    if code is None:
        check_scope(basis(basis_id), scope, ground=found)
        return
    with pytest.raises(ScopeOutside) as raised:
        check_scope(basis(basis_id), scope, ground=found)
    assert raised.value.code == code
    assert str(raised.value) == raised.value.message % raised.value.params


def test_default_scopes_are_no_wider_than_the_law() -> None:
    assert default_scope(basis("tco.removal_order")).countries == UNION
    assert default_scope(basis("dsa.illegal_content"), ground=ground(FRENCH)) == Scope.of("FR")
    assert default_scope(basis("terms.terrorism")).is_worldwide
    assert default_scope(basis("dsa.art9_order"), issuing_state="ES") == Scope.of("ES")


def test_in_an_exercise_the_invented_members_count() -> None:
    wide = default_scope(basis("tco.removal_order"), exercise=True)
    assert wide.countries == UNION | {"XA", "XB", "XC"}
    check_scope(basis("tco.removal_order"), wide, exercise=True)
    with pytest.raises(ScopeOutside, match="missing: XA, XB, XC"):
        check_scope(basis("tco.removal_order"), Scope.of(*UNION), exercise=True)
    arvenian = ground("xa.public_call", exercise=True)
    check_scope(basis("dsa.illegal_content"), Scope.of("XA"), ground=arvenian, exercise=True)


@pytest.mark.parametrize("countries", [["France"], ["fr"], ["F1"], ["ÉÉ"]])
def test_a_scope_holds_country_codes(countries: list[str]) -> None:
    with pytest.raises(ScopeOutside, match="two-letter"):
        Scope.of(*countries)


def test_a_scope_is_the_world_or_some_countries() -> None:
    with pytest.raises(ScopeOutside, match="at least one country"):
        Scope.of()
    with pytest.raises(ScopeOutside, match="names no countries"):
        Scope(ScopeKind.WORLDWIDE, frozenset({"FR"}))


def test_the_other_bounds() -> None:
    facts = ScopeFacts(issuing_state="DE")
    check_limits(Scope.of("DE"), Bound.ISSUING_STATE, Bound.ONE_COUNTRY, facts)
    with pytest.raises(ScopeOutside, match="at most one country"):
        check_limits(Scope.of("DE", "FR"), Bound.ISSUING_STATE, Bound.ONE_COUNTRY, facts)
    with pytest.raises(ScopeOutside, match="at least the whole world"):
        check_limits(Scope.of("DE"), Bound.WORLDWIDE, Bound.WORLDWIDE, facts)
    check_limits(Scope.everywhere(), Bound.WORLDWIDE, Bound.WORLDWIDE, facts)
    assert scope_at(Bound.ONE_COUNTRY, facts) == Scope.of("DE")
    assert scope_at(Bound.ONE_COUNTRY, ScopeFacts(illegal_in=frozenset({"FR", "ES"}))) == Scope.of("ES")


def test_measures_are_bounded_too() -> None:
    check_measure(basis("terms.terrorism"), Measure.WARNING_LABEL)
    with pytest.raises(MeasureOutside, match="does not allow the measure warning_label") as raised:
        check_measure(basis("tco.removal_order"), Measure.WARNING_LABEL)
    assert raised.value.params["measure"] == "warning_label"


def test_the_road_of_redress_follows_the_basis() -> None:
    for found in bases().values():
        expected = RedressRoute.CHALLENGE if found.requires is Requirement.ORDER else RedressRoute.COMPLAINT
        assert found.redress_road is expected
    assert basis("tco.removal_order").preservation_ground == "tco.art6"
    assert basis("terms.terrorism").preservation_ground == "redress.window"


def test_grounds_cover_each_type_and_invented_ones_stay_in_exercises() -> None:
    types = {found.tco_type for found in grounds().values() if found.kind is GroundKind.TCO_TYPE}
    assert types == set(ContentType)
    assert ground("tco.a_incites").needs_danger
    assert not ground("tco.d_instructs").needs_danger
    with pytest.raises(UnknownGround, match=r"xa\.public_call"):
        ground("xa.public_call")
    assert ground("xa.public_call", exercise=True).illegal_in(exercise=True) == {"XA"}


def test_unknown_bases_and_territories_are_named() -> None:
    with pytest.raises(UnknownBasis, match="no legal basis 'whim'"):
        basis("whim")
    with pytest.raises(UnknownTerritory, match="no territory 'Atlantis'"):
        territory("Atlantis")


def test_a_country_is_a_territory_of_its_own() -> None:
    assert territory("GB").members(exercise=True) == {"GB"}
    assert territory("XA").title == "Arvenia"
    assert {state.title for state in exercise_states().values()} == {"Arvenia", "Belmara", "Corvina"}
    assert is_exercise_state("XC")
    assert not is_exercise_state("FR")
