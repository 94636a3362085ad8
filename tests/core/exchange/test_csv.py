"""CSV: its header, its quotes, what spreadsheets would run, and millions of lines in little memory."""

import itertools
import tracemalloc
from collections.abc import Iterator

import pytest

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FormatUnreadable
from entente.core.exchange.formats import csv_lines
from entente.core.exchange.formats.lines import MAX_LINE_BYTES
from entente.core.signals.registry import signal_types
from tests.core.exchange.examples import AT, MD5, SHA256, bad, entry, good

HEADER = "signal_type,value,labels,entity,note,partner_ref,retracted,changed_at"
VALUE = bytes.fromhex(SHA256)


def read(*lines: str, header: str = HEADER) -> list[Entry | Bad]:
    return list(csv_lines.read("\n".join((header, *lines)).encode()))


def test_a_line_becomes_an_entry() -> None:
    (found,) = read(f"sha256,{SHA256},graphic; video,Ember Circle,seen twice,17,true,2026-11-03T09:30:00Z")
    assert found == Entry(
        "sha256",
        VALUE,
        ("graphic", "video"),
        "Ember Circle",
        "seen twice",
        "17",
        is_retracted=True,
        changed_at=AT,
    )


def test_columns_may_be_few_in_any_order_and_others_are_left_alone() -> None:
    found = read(
        f"{SHA256},,sha256,anything", f'{SHA256},"a, b",sha256,', header="Value,x_1,SIGNAL_TYPE , x_2\r"
    )
    assert found == [Entry("sha256", VALUE)] * 2


def test_a_mark_before_the_header_carriage_returns_and_blank_lines_change_nothing() -> None:
    content = f'\ufeff"signal_type","value"\r\n\r\nsha256,{SHA256}\r\n\nmd5,{MD5}'
    assert list(csv_lines.read(content.encode())) == [
        Entry("sha256", VALUE),
        Entry("md5", bytes.fromhex(MD5)),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "column 1 of the header is none of signal_type"),
        (b"<html>", "column 1 of the header"),
        (b"signal_type;value", "column 1 of the header"),
        (b"signal_type,value,retrcted", "column 3 of the header"),
        (b"signal_type,labels", "needs the columns signal_type and value"),
        (b"signal_type,value,value", "stands twice"),
        (b"signal_type,value,x_a,x_a", "stands twice"),
        ("signal_type,value".encode("utf-16"), "not a CSV header in UTF-8"),
        ("signal_type,value".encode("utf-16-be"), "not a CSV header in UTF-8"),
        (b"x" * (MAX_LINE_BYTES + 1), "not a CSV header in UTF-8"),
        (b",".join([b"x_"] * 5000), "more than 100 columns"),
    ],
)
def test_without_its_header_a_file_is_not_read(content: bytes, reason: str) -> None:
    with pytest.raises(FormatUnreadable, match=reason):
        list(csv_lines.read(content))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("sha256", "the line has 1 cells instead of 8"),
        (f"sha256,{SHA256},,,,,,,", "the line has 9 cells instead of 8"),
        (f"sha256,{SHA256}\x00,,,,,,", "64 hexadecimal digits, not 65 characters"),
        (f"sha256,{SHA256},,\x00,,,,", "the entity is blank|the entity holds a control character"),
        (f"sha256,{SHA256},,,,a\x00b,,", "the reference holds a control character"),
        (f"sha256, {SHA256},,,,,,", "64 hexadecimal digits, not 65 characters"),
        (f"sha256,{SHA256[:-1]}\u0669,,,,,,", "character 64 is not a hexadecimal digit"),
        (f"SHA256,{SHA256},,,,,,", "no signal type of this name is known here"),
        (f",{SHA256},,,,17,true,", "no signal type of this name is known here"),
        (",,,,,,true,", "only the retraction of a reference"),
        (",,,,,17,,", "only the retraction of a reference"),
        (f"sha256,{SHA256},,,,,maybe,", "retracted is neither true nor false"),
        (f"sha256,{SHA256},,,,,,2026-11-03", "the time is not ISO 8601"),
        (f'sha256,"{SHA256}\n",,,,,,', "a cell other than the note has several lines"),
        (f'sha256,"{SHA256}"x,,,,,,', "something stands behind a quoted one"),
        (f'sha256,x"{SHA256}",,,,,,', "a quote stands inside a cell"),
        (f'sha256,"{SHA256}",,,', "the line has 5 cells instead of 8"),
        (f'sha256,"{SHA256},,,,,,', "a quote is opened and not closed"),
        (f"sha256,{SHA256},{'x;' * 40_000},,,,,", "the labels are too long"),
        (f"sha256,{SHA256},{';'.join(map(str, range(101)))},,,,,", "it has 101 labels"),
        ("sha256," + "a" * MAX_LINE_BYTES, "the line is longer than 4,194,304 bytes"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(line: str, reason: str) -> None:
    found = read(f"sha256,{SHA256},,,,,,", line, f"sha256,{SHA256},,,,,0,")
    assert good(found) == [Entry("sha256", VALUE)] * 2
    first = found[1]
    assert isinstance(first, Bad)
    assert first.line == 3
    assert any(part in first.reason for part in reason.split("|"))


@pytest.mark.parametrize("line", [b"sha256,\xff,,,,,,", b'sha256,"\xff",,,,,,'])
def test_a_line_that_is_not_utf_8_is_named(line: bytes) -> None:
    content = b"\n".join((HEADER.encode(), line, f"sha256,{SHA256},,,,,,".encode()))
    assert list(csv_lines.read(content)) == [Bad(2, "the line is not UTF-8"), Entry("sha256", VALUE)]


def test_a_retraction_may_name_its_reference_alone() -> None:
    assert read(",,,,,17,1,") == [Entry("", b"", partner_ref="17", is_retracted=True)]


def test_quotes_commas_and_lines_stay_in_their_cell() -> None:
    (found,) = read(f'"sha256","{SHA256}","a","say ""no"", twice","one\r\ntwo\nthree",17,"false",')
    assert found == Entry("sha256", VALUE, ("a",), 'say "no", twice', "one\ntwo\nthree", "17")


def test_a_stray_quote_costs_its_own_line_however_far_the_next_one_is() -> None:
    lines = [f"sha256,{number:064x},,,,,," for number in range(5000)]
    lines[10] = lines[10].replace("sha256,", 'sha256,"')
    lines[3000] = lines[3000].replace("sha256,", 'sha256,"')
    lines[3001] = '"'
    found = read(*lines)
    assert set(bad(found)) == {12, 3002, 3003}
    assert len(good(found)) == 4997


def test_a_quote_before_a_line_that_is_too_long_costs_two_lines() -> None:
    found = read(f'sha256,"{SHA256}', "x" * (MAX_LINE_BYTES + 1), f"sha256,{SHA256},,,,,,")
    assert list(bad(found)) == [2, 3]
    assert good(found) == [Entry("sha256", VALUE)]


def test_lines_inside_a_note_never_become_entries_of_their_own() -> None:
    inner = f"one\nsha256,{SHA256},,,,,,\nthree"
    found = read(f'unheard_of,00,,,"{inner}",,,', f"sha256,{SHA256},,,,,,")
    assert found == [Bad(2, "no signal type of this name is known here"), Entry("sha256", VALUE)]


def test_a_label_may_hold_what_divides_labels() -> None:
    labels = ("a;b", "c\\", "\\;", "d")
    (line,) = list(csv_lines.write([Entry("sha256", VALUE, labels)]))[1:]
    assert b"a\\;b;c\\\\;\\\\\\;;d" in line
    assert list(csv_lines.read(f"{HEADER}\n".encode() + line)) == [Entry("sha256", VALUE, labels)]
    assert read(f"sha256,{SHA256},a\\,,,,,")[0] == Entry("sha256", VALUE, ("a\\",))


@pytest.mark.parametrize("note", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "'", "''"])
def test_a_spreadsheet_runs_nothing_of_it(note: str) -> None:
    (_, line) = csv_lines.write([Entry("sha256", VALUE, note=note)])
    assert f",'{note},".encode() in line
    assert good(csv_lines.read(f"{HEADER}\n".encode() + line))[0].note == note
    assert good(read(f'sha256,{SHA256},,,"\'{note}",,,'))[0].note == note


def test_an_apostrophe_that_guards_nothing_stays() -> None:
    assert good(read(f"sha256,{SHA256},,,'tis,,,"))[0].note == "'tis"


def test_a_long_video_fits_a_line() -> None:
    kind = signal_types()["vpdq"]
    frames = ", ".join(f'"{number:064x},100,{number}.0"' for number in range(10_000))
    value = kind.parse(f"[{frames}]")
    (_, line) = csv_lines.write([Entry("vpdq", value)])
    assert 800_000 < len(line) < MAX_LINE_BYTES
    assert list(csv_lines.read(f"{HEADER}\n".encode() + line)) == [Entry("vpdq", value)]


def many(count: int) -> Iterator[bytes]:
    yield f"{HEADER}\n".encode()
    for number in range(count):
        yield b"sha256,%064x,graphic,,,%d,,\n" % (number, number) if number % 10 else b'a,"b\n'


def test_memory_does_not_grow_with_the_number_of_lines() -> None:
    def peak(count: int) -> tuple[int, int]:
        tracemalloc.start()
        try:
            found = sum(isinstance(one, Entry) for one in csv_lines.read(many(count)))
            return found, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many_lines = peak(1_000), peak(10_000)
    assert (few[0], many_lines[0]) == (900, 9_000)
    assert many_lines[1] < few[1] + 500_000


def test_writing_streams_too() -> None:
    endless = (entry(number) for number in itertools.count())
    assert len(list(itertools.islice(csv_lines.write(endless), 100))) == 100
