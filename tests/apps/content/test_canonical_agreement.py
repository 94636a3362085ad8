"""The canonical form of stored addresses and that of `entente.core.signals.urls` are the same, refusals included.

One difference: a lone surrogate is refused by core; the content room's parser fails on it with a TypeError.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.apps.content.addresses import canonical_url
from entente.apps.content.errors import AddressError
from entente.core.signals.urls.canonical import canonical
from entente.core.signals.urls.errors import MalformedUrl

WRITTEN = [
    "http://Agora.Example",
    "HTTPS://AGORA.EXAMPLE:443/Posts/../%7euser%2f?#a",
    "http://agora.example./a?utm_source=mail&b",
    "http:\\\\münchen.example:8080\\a b",
    "https://a.b.co.uk/",
    "https://co.uk/",
    "http://0x7f.1/",
    "http://[::FFFF:7f00:1]/",
    "http://printer.local/",
    "http://user@agora.example/",
    "http://a..b.example/",
    "http://./",
    "ftp://agora.example/",
    "http://agora.example/\n",
    "http://agora.example/\n/",
    "http://agora.example/" + "é" * 8000,
    "http://agora.example/" + "a" * 9000,
    "",
]

Outcome = tuple[str, ...]


def as_content_says(text: str) -> Outcome:
    try:
        address = canonical_url(text)
    except AddressError as error:
        return ("refused", str(error.facts["reason"]))
    return (
        address.url,
        address.host,
        address.registrable_domain,
        address.path,
        str(address.is_local),
        address.unicode_host,
    )


def as_core_says(text: str) -> Outcome:
    try:
        address = canonical(text)
    except MalformedUrl as error:
        return ("refused", error.reason)
    return (
        address.url,
        address.host,
        address.registrable_domain,
        address.path,
        str(address.is_local),
        address.unicode_host,
    )


@pytest.mark.parametrize("text", WRITTEN)
def test_both_say_the_same_of_what_people_write(text: str) -> None:
    assert as_core_says(text) == as_content_says(text)


_REST = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('aZ0-._~!&=:@/%2eé世 \\?#[]|"')),
    max_size=40,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(
        ["", "http://", "HTTPS://", "http:", "https://agora.example", "http://127.1/", "http://[::1]:81/"]
    ),
    _REST,
)
def test_both_say_the_same_of_anything(start: str, rest: str) -> None:
    assert as_core_says(start + rest) == as_content_says(start + rest)
