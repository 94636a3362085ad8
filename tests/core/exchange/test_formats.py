"""Every format: what is written is read back equal, in one piece and in many; what is hostile costs what it spoils."""

import contextlib
import io
import itertools
import random
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.core.exchange import formats
from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import ExchangeError, FormatUnreadable, MalformedEntry, UnknownFormat
from entente.core.exchange.formats import FORMATS, Format, by_name
from entente.core.exchange.formats.lines import MAX_LINE_BYTES, PIECE_BYTES, lines, pieces
from tests.core.exchange.examples import AT, CALM, SHA256, entries, entry, good

EVERY = pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)


def written(one: Format, listed: list[Entry]) -> bytes:
    return b"".join(one.write(listed))


@EVERY
@settings(CALM, max_examples=60)
@given(listed=st.lists(entries(), max_size=4))
def test_what_is_written_is_read_back_equal(one: Format, listed: list[Entry]) -> None:
    assert list(one.read(written(one, listed))) == listed


@EVERY
@settings(CALM, max_examples=15)
@given(listed=st.lists(entries(), min_size=1, max_size=3), size=st.integers(1, 50))
def test_it_does_not_matter_in_which_pieces_a_document_comes(
    one: Format, listed: list[Entry], size: int
) -> None:
    document = written(one, listed)
    parts = [document[start : start + size] for start in range(0, len(document), size)]
    assert list(one.read(parts)) == listed
    assert list(one.read(io.BytesIO(document))) == listed
    assert list(one.read(memoryview(document))) == listed
    assert list(one.read(b"\xef\xbb\xbf" + document)) == listed


@EVERY
def test_the_same_entries_make_the_same_document(one: Format) -> None:
    listed = [entry(number, labels=("a",), changed_at=AT) for number in range(3)]
    assert written(one, listed) == written(one, listed)


@EVERY
def test_what_is_not_canonical_is_not_written(one: Format) -> None:
    for wrong in (Entry("sha256", b"short"), Entry("unheard_of", b"x")):
        with pytest.raises(MalformedEntry):
            written(one, [entry(1), wrong])


@EVERY
def test_more_entries_than_fit_a_piece_or_an_event_are_read_back(one: Format) -> None:
    listed = [entry(number, partner_ref=str(number)) for number in range(2500)]
    document = written(one, listed)
    assert len(document) > PIECE_BYTES
    assert list(one.read(document)) == listed


@EVERY
@CALM
@given(
    content=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode(errors="replace"))
)
def test_any_bytes_are_read_or_refused_in_words(one: Format, content: bytes) -> None:
    read_or_refused(one, content)


@EVERY
def test_a_spoilt_document_is_read_or_refused_in_words(one: Format) -> None:
    # Seeded: the same documents in every run.
    chance = random.Random(one.name)  # noqa: S311 - no secret
    listed = [entry(number, labels=("a;b",), note='x "y"\nz', partner_ref=str(number)) for number in range(5)]
    document = written(one, listed)
    marks = [
        b'"',
        b"\n",
        b",",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\\",
        b"\x00",
        b"\xff",
        b"'",
        b"\xed\xa0\x80",
        b"1e999",
        b"NaN",
    ]
    for _ in range(400):
        spoilt = bytearray(document)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(spoilt))
            spoilt[place : place + chance.randint(0, 8)] = chance.choice(marks)
        read_or_refused(one, bytes(spoilt))
        read_or_refused(one, document[: chance.randrange(len(document))])


def read_or_refused(one: Format, content: bytes) -> None:
    found: list[Entry | Bad] = []
    with contextlib.suppress(FormatUnreadable):
        deque(map(found.append, one.read(content)), maxlen=0)
    for each in found:
        if isinstance(each, Bad):
            assert each.line >= 1
            assert len(each.reason) < 400
            assert each.reason.isprintable()
        else:
            assert list(by_name("csv").read(written(by_name("csv"), [each]))) == [each]


HOSTILE = "</td><script>alert(1)</script>"


@EVERY
def test_no_reason_repeats_what_was_written(one: Format) -> None:
    listed = [entry(number, note=f"n{HOSTILE}", partner_ref=f"r{number}") for number in range(3)]
    document = written(one, listed)
    hexadecimal = listed[1].value.hex().encode()
    for hostile in (HOSTILE.encode(), SHA256.encode() + b"00", b"\xff\xfe", b"host:" + HOSTILE.encode()):
        found = list(one.read(document.replace(hexadecimal, hostile)))
        (bad,) = (each for each in found if isinstance(each, Bad))
        assert "script" not in bad.reason
        assert SHA256 not in bad.reason
        assert good(found) == [listed[0], listed[2]]


@EVERY
def test_every_bad_line_is_named_and_the_rest_is_loaded(one: Format) -> None:
    listed = [entry(number, partner_ref=f"ref-{number}") for number in range(300)]
    document = written(one, listed)
    for number in range(0, 300, 3):
        document = document.replace(listed[number].value.hex().encode(), b"not-a-hash")
    found = list(one.read(document))
    assert good(found) == [each for number, each in enumerate(listed) if number % 3]
    bad = [each for each in found if isinstance(each, Bad)]
    assert len(bad) == 100
    assert len({each.line for each in bad}) == 100
    assert {each.reason for each in bad} == {"SHA-256 is 64 hexadecimal digits, not 10 characters"}


def test_formats_are_asked_for_by_name() -> None:
    assert [by_name(one.name) for one in FORMATS] == list(FORMATS)
    with pytest.raises(UnknownFormat, match="csv, peers_json, stix, misp") as refusal:
        by_name("pickle")
    assert isinstance(refusal.value, LookupError)
    assert isinstance(refusal.value, ExchangeError)
    assert formats.FORMATS[0].suffix == ".csv"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a", [b"a"]),
        (b"a\nb\r\n", [b"a", b"b\r"]),
        (b"a\n\nb", [b"a", b"", b"b"]),
    ],
)
def test_lines_end_with_a_newline(content: bytes, expected: list[bytes]) -> None:
    assert list(lines(content)) == expected
    assert list(lines(bytes([byte]) for byte in content)) == expected


@given(st.binary(max_size=60).map(lambda content: content.replace(b"a", b"\n")), st.integers(1, 9))
def test_lines_are_what_splitting_gives(content: bytes, size: int) -> None:
    parts = [content[start : start + size] for start in range(0, len(content), size)]
    expected = content.removesuffix(b"\n").split(b"\n") if content else []
    assert list(lines(parts)) == expected
    assert list(lines(parts, longest=3)) == [line if len(line) <= 3 else None for line in expected]


def test_a_line_that_never_ends_is_not_held() -> None:
    endless = itertools.chain([b"short\n"], itertools.repeat(b"x" * 100_000, 100), [b"\nlast"])
    assert list(lines(endless)) == [b"short", None, b"last"]
    assert MAX_LINE_BYTES < 100 * 100_000


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, io.BytesIO, lambda content: [content, b""]])
def test_a_document_may_lie_in_memory_or_in_a_file(make: Callable[[bytes], bytes]) -> None:
    content = bytes(range(256)) * 600
    assert b"".join(pieces(make(content))) == content
