"""The protected corpus: found by host and by the start of a path, never by accident."""

from uuid import uuid4

import pytest

from entente.apps.audit import queries as audit
from entente.apps.content import queries, services
from entente.apps.content.errors import NoSuchProtectedSource, PatternInvalid
from tests.apps.content.conftest import AT, REVIEWER

pytestmark = pytest.mark.django_db


def protect(pattern: str, kind: str = "archive") -> str:
    source = services.add_protected_source(pattern=pattern, kind=kind, actor=REVIEWER, at=AT, note="why")
    return str(source.id)


@pytest.mark.parametrize(
    ("pattern", "url", "matches"),
    [
        ("archive.example", "https://archive.example/anything", True),
        ("archive.example", "https://old.archive.example:8443/x?y", True),
        ("archive.example", "https://notarchive.example/", False),
        ("archive.example", "https://archive.example.evil.example/", False),
        ("https://Uni.Example/Library", "http://uni.example/Library/1", True),
        ("uni.example/Library", "https://uni.example/Library", True),
        ("uni.example/Library/", "https://uni.example/Library/1", True),
        ("uni.example/Library", "https://uni.example/Library2", False),
        ("uni.example/Library", "https://uni.example/library/1", False),
        ("uni.example/Library", "https://uni.example/", False),
        ("uni.example", "not an address", False),
    ],
)
def test_patterns(pattern: str, url: str, matches: bool) -> None:  # noqa: FBT001
    protect(pattern)
    assert (queries.protected_match(url) is not None) is matches


def test_the_most_exact_source_is_named() -> None:
    protect("uni.example", "research")
    protect("uni.example/rights", "human_rights")
    match = queries.protected_match("https://uni.example/rights/report")
    assert match is not None
    assert (match.kind, match.pattern) == ("human_rights", "uni.example/rights")
    assert [line.pattern for line in queries.protected_sources()] == ["uni.example", "uni.example/rights"]


def test_adding_twice_and_removing() -> None:
    first = protect("press.example", "press")
    assert protect("PRESS.example/", "press") == first
    (line,) = queries.protected_sources()
    services.remove_protected_source(source_id=line.id, actor=REVIEWER, at=AT)
    assert queries.protected_match("https://press.example/") is None
    with pytest.raises(NoSuchProtectedSource):
        services.remove_protected_source(source_id=line.id, actor=REVIEWER, at=AT)
    with pytest.raises(NoSuchProtectedSource):
        services.remove_protected_source(source_id=uuid4(), actor=REVIEWER, at=AT)
    kinds = [event.kind for event in audit.trail_of("protected_source", line.id)]
    assert kinds == ["content:protected_source:added", "content:protected_source:removed"]
    assert protect("press.example", "press") != first


@pytest.mark.parametrize(
    "pattern", ["", "a b", "*.press.example", "press.example/?q=1", "example", "press.example/" + "x" * 2000]
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(PatternInvalid):
        protect(pattern)


def test_a_source_has_a_known_kind() -> None:
    with pytest.raises(PatternInvalid) as raised:
        protect("press.example", "friends")
    assert "press" in raised.value.facts["kinds"]
