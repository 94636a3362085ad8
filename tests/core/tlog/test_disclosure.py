"""The last guard before the public log sees through what people do to addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.tlog.disclosure import address_in, fine_time_in


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://posts.example/p/1", "url"),
        ("see HXXPS colon slash", "url"),
        ("ftp : //files", "url"),
        ("www.posts", "url"),
        ("magnet:?xt=urn", "url"),
        ("data:text/plain", "url"),
        ("officer@police.example", "mailbox"),
        ("officer (at) police [dot] example", "mailbox"),
        ("mailto:someone", "mailbox"),
        ("posted by @invented_user", "handle"),
        ("host 192.0.2.7 again", "ip"),
        ("2001:db8::1", "ip"),
        ("at ::ffff:192.0.2.1.", "ip"),
        ("posts.example", "host"),
        ("on sub.posts.com today", "host"),
        ("posts[.]com", "host"),
        ("posts\u3002com", "host"),
        ("posts.\u200bcom", "host"),
        ("bücher.рф", "host"),
        ("xn--bcher-kva.xn--p1ai", "host"),
        ("hidden.onion", "host"),
        ("printer.local", "host"),
    ],
)
def test_addresses_are_recognised(text: str, kind: str) -> None:
    assert address_in(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "National Police of Arcadia",
        "Art. 3 of the Regulation",
        "St.Gallen",
        "Regulation 2021/784",
        "Referral Unit, section 4.2",
        "a:b",
        "dusk: dawn: noon",
        "sections 1:2:3",
        "e. g. this",
        "90 %",
    ],
)
def test_ordinary_words_pass(text: str) -> None:
    assert address_in(text) is None


@pytest.mark.parametrize(
    "text", ["at 14:05", "14h05", "2026-03-01T10:00", "20260301T1000", "1767225600", "1767225600123"]
)
def test_fine_times_are_recognised(text: str) -> None:
    assert fine_time_in(text)


@pytest.mark.parametrize("text", ["2026-03-01", "in March", "Regulation 2021/784", "3 of 12"])
def test_days_pass(text: str) -> None:
    assert not fine_time_in(text)


@given(st.text(max_size=60))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    address_in(text)
    fine_time_in(text)


@given(st.from_regex(r"[a-z][a-z0-9-]{0,10}[a-z0-9]\.(com|org|example|fr|onion)", fullmatch=True))
def test_every_plain_host_name_is_found_wherever_it_stands(host: str) -> None:
    assert address_in(f"seen on {host}, twice") is not None
