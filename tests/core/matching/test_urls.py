"""The index of addresses finds what the matching of entries finds, for any address and any entries."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.core.matching.errors import RadiusTooWide
from entente.core.matching.urls import UrlIndex
from entente.core.signals.urls.canonical import canonical
from entente.core.signals.urls.errors import MalformedUrl
from entente.core.signals.urls.matching import lookup_keys
from entente.core.signals.urls.signal_types import Url

ENTRIES = [
    "https://videos.example/watch?v=1",
    "https://videos.example/channel/42",
    "http://videos.example:8080/channel/42",
    "host:videos.example",
    "host:*.videos.example",
    "host:media.videos.example",
    "path:videos.example/channel/42",
    "path:videos.example/channel",
    "path:media.videos.example/channel/42",
    "https://other.example/",
]
ADDRESSES = [
    "https://videos.example/watch?v=1&utm_source=mail",
    "http://videos.example/channel/42",
    "https://videos.example/channel/421",
    "https://media.videos.example/channel/42/clip",
    "http://videos.example:8080/channel/42",
    "https://videos.example.other.example/",
    "https://other.example",
]
some_entries = st.lists(st.sampled_from(ENTRIES), unique=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=some_entries, behind=some_entries, gone=some_entries)
def test_every_entry_that_an_address_meets_is_found_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, before: list[str], behind: list[str], gone: list[str]
) -> None:
    index, kind = UrlIndex.of(tmp_path_factory.mktemp("urls")), Url()
    standing: set[str] = set()
    for entries, stand in ((before, True), (behind, True), (gone, False)):
        index.apply(
            [
                (index.reached + place, ENTRIES.index(entry), kind.parse(entry) if stand else None)
                for place, entry in enumerate(entries, 1)
            ]
        )
        standing = standing | set(entries) if stand else standing - set(entries)
        if entries == before:
            index.merge()
    for written in ADDRESSES:
        address = canonical(written)
        expected = [ENTRIES.index(key) for key in lookup_keys(address) if key in standing]
        assert [row for row, _ in index.search_address(address).matches] == expected
        found = index.search(kind.from_content(written.encode()))
        assert found == ([(row, 0) for row in expected], len(before) + len(behind) + len(gone))


def test_an_entry_is_asked_for_as_itself(tmp_path: Path) -> None:
    index = UrlIndex.of(tmp_path)
    index.apply([(1, 1, b"host:videos.example"), (2, 2, b"path:videos.example/channel")])
    assert index.search(b"host:videos.example").matches == [(1, 0)]
    assert index.search(b"path:videos.example/channel").matches == [(2, 0)]
    assert index.search(b"host:*.videos.example").matches == []


@pytest.mark.parametrize("value", [b"https://", b"https://\xff\xfe", b"http:videos\n.example/ /@"])
def test_what_is_no_address_is_refused(tmp_path: Path, value: bytes) -> None:
    with pytest.raises(MalformedUrl):
        UrlIndex.of(tmp_path).search(value)


def test_addresses_have_no_distance(tmp_path: Path) -> None:
    with pytest.raises(RadiusTooWide, match="from 0 to 0"):
        UrlIndex.of(tmp_path).search(b"host:videos.example", 1)
