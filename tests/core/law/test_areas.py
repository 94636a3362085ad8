"""What is left of a territory once others are taken off it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.law.areas import Area
from entente.core.law.scopes import Scope

EVERYWHERE = Area.of(Scope.everywhere())
CODES = ("FR", "DE", "XA", "US")
areas = st.builds(Area, st.frozensets(st.sampled_from(CODES[:3])), st.booleans())


def of(*countries: str) -> Area:
    return Area.of(Scope.of(*countries))


@given(areas, areas, st.sampled_from(CODES))
def test_a_country_is_left_where_only_the_first_has_it_and_shared_where_both_have(
    first: Area, second: Area, country: str
) -> None:
    assert first.without(second).has(country) == (first.has(country) and not second.has(country))
    assert first.shared(second).has(country) == (first.has(country) and second.has(country))


@pytest.mark.parametrize(
    ("whole", "taken", "left"),
    [
        (of("FR"), of("DE"), of("FR")),
        (of("FR", "DE"), of("DE"), of("FR")),
        (of("FR"), EVERYWHERE, Area()),
        (EVERYWHERE, of("DE"), Area(frozenset({"DE"}), is_rest_of_world=True)),
        (EVERYWHERE, EVERYWHERE, Area()),
    ],
    ids=["elsewhere", "partly", "wholly", "the rest of the world", "the world"],
)
def test_what_is_left(whole: Area, taken: Area, left: Area) -> None:
    assert whole.without(taken) == left


def test_nowhere_and_everywhere_are_told_apart() -> None:
    assert (Area().is_nowhere, Area().is_everywhere) == (True, False)
    assert (EVERYWHERE.is_nowhere, EVERYWHERE.is_everywhere) == (False, True)
    left = EVERYWHERE.without(of("DE"))
    assert (left.is_nowhere, left.is_everywhere) == (False, False)
