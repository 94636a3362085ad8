"""What an entry may hold, and how what was written becomes one."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from entente.core.exchange import reading
from entente.core.exchange.entries import MAX_LABELS, Entry
from entente.core.exchange.errors import MalformedEntry
from entente.core.exchange.reading import (
    make_entry,
    read_time,
    read_unix_time,
    read_value,
    write_time,
    write_value,
)
from entente.core.exchange.tables import Table
from entente.core.signals.errors import MalformedSignal
from entente.core.signals.files import Sha256
from entente.core.signals.registry import signal_types
from tests.core.exchange.examples import AT, CALM, MD5, SHA256, values_of

VALUE = bytes.fromhex(SHA256)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"labels": ("a", "a")}, "a label stands twice"),
        ({"labels": tuple(map(str, range(MAX_LABELS + 1)))}, "101 labels; 100 are the most"),
        ({"labels": ("",)}, "a label is blank"),
        ({"labels": (" a",)}, "begins or ends with a blank"),
        ({"labels": ("a\nb",)}, "a label holds a control character"),
        ({"labels": ("a" * 201,)}, "a label has 201 characters; 200 are the most"),
        ({"entity": "a\x00b"}, "the entity holds a control character"),
        ({"entity": "a\ud800b"}, "half of one character"),
        ({"entity": "x" * 201}, "the entity has 201"),
        ({"note": "a\rb"}, "the note holds a control character"),
        ({"note": "a\n"}, "the note is blank, or begins or ends with a blank"),
        ({"note": "x" * 2001}, "the note has 2001"),
        ({"partner_ref": "a\u2028b"}, "the reference holds a control character"),
        ({"partner_ref": "x" * 501}, "the reference has 501"),
        ({"changed_at": datetime(2026, 1, 1)}, "not in UTC"),  # noqa: DTZ001 - a time without an offset is the point
        ({"changed_at": datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))}, "not in UTC"),
    ],
)
def test_an_entry_holds_nothing_that_a_format_could_not_carry(facts: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedEntry, match=reason):
        Entry("sha256", VALUE, **facts)


def test_a_note_may_have_lines_and_tabs_and_everything_may_be_empty() -> None:
    assert Entry("sha256", VALUE, note="one\n\ttwo").note == "one\n\ttwo"
    assert Entry("sha256", VALUE) == Entry(
        "sha256", VALUE, (), "", "", "", is_retracted=False, changed_at=None
    )


@pytest.mark.parametrize(
    "facts",
    [
        {"value": b"x", "partner_ref": "1", "is_retracted": True},
        {"value": b"", "partner_ref": "", "is_retracted": True},
        {"value": b"", "partner_ref": "1", "is_retracted": False},
    ],
)
def test_without_a_type_there_is_only_the_retraction_of_a_reference(facts: dict[str, Any]) -> None:
    assert Entry("", b"", partner_ref="1", is_retracted=True).is_retracted
    with pytest.raises(MalformedEntry, match="only the retraction of a reference"):
        Entry("", **facts)


def test_what_was_written_is_trimmed_around_its_texts_but_never_around_its_signal() -> None:
    made = make_entry(
        signal_type="sha256",
        written=SHA256.upper(),
        labels=[" a ", "b", "a", " "],
        entity=" somebody ",
        note=" one\r\ntwo ",
        partner_ref=" 17 ",
        changed_at=AT,
    )
    assert made == Entry("sha256", VALUE, ("a", "b"), "somebody", "one\ntwo", "17", changed_at=AT)
    for spoilt in (
        f"{SHA256}\n",
        f" {SHA256}",
        f"{SHA256}\r",
        SHA256[:-1],
        "\uff19" + SHA256[1:],
        "\u0669" + SHA256[1:],
    ):
        with pytest.raises(MalformedEntry) as refusal:
            make_entry(signal_type="sha256", written=spoilt)
        assert SHA256[2:-2] not in str(refusal.value)


@pytest.mark.parametrize(("signal_type", "written"), [("sha256", ""), ("", SHA256), ("unheard_of", SHA256)])
def test_half_a_signal_is_none(signal_type: str, written: str) -> None:
    with pytest.raises(MalformedEntry):
        make_entry(signal_type=signal_type, written=written, partner_ref="1", is_retracted=True)


class Foreign(Sha256):
    """A third party's type that refuses in whatever way a test wants."""

    refusal: Exception

    @override
    def parse(self, written: str) -> bytes:
        raise self.refusal


def with_refusal(monkeypatch: pytest.MonkeyPatch, refusal: Exception) -> str:
    kind = Foreign()
    kind.refusal = refusal
    monkeypatch.setattr(reading, "signal_types", lambda: {"foreign": kind})
    with pytest.raises(MalformedEntry) as refused:
        read_value("foreign", "hostile\x1b[31m content")
    return str(refused.value)


def test_a_refusal_is_told_on_one_line_without_what_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_refusal(monkeypatch, MalformedSignal("not\na\x1bhash")) == "not a hash"
    assert with_refusal(monkeypatch, MalformedSignal("")) == "it is not a signal of its type"
    echo = with_refusal(monkeypatch, MalformedSignal("bad: hostile\x1b[31m content"))
    assert echo == "it is not a signal of its type"
    assert len(with_refusal(monkeypatch, MalformedSignal("x" * 5000))) == 200


def test_a_third_partys_type_that_breaks_costs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = with_refusal(monkeypatch, RecursionError("hostile content"))
    assert reason == "the signal type foreign failed to read it (RecursionError)"


@CALM
@given(st.data())
def test_every_known_type_is_written_and_read(data: st.DataObject) -> None:
    signal_type = data.draw(st.sampled_from(sorted(signal_types())))
    value = data.draw(values_of(signal_type))
    assert read_value(signal_type, write_value(Entry(signal_type, value))) == value


def test_what_is_not_canonical_is_not_written() -> None:
    assert write_value(Entry("", b"", partner_ref="1", is_retracted=True)) == ""
    with pytest.raises(MalformedEntry, match="no signal type of this name"):
        write_value(Entry("unheard_of", b"x"))
    with pytest.raises(MalformedEntry, match="SHA-256 is 32 bytes"):
        write_value(Entry("sha256", b"x"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-03T09:30:00Z", AT),
        ("2026-11-03 10:30:00+01:00", AT),
        ("2026-11-03t09:30:00.000+0000", AT),
        ("2026-11-03T09:30:00,5z", AT + timedelta(seconds=0.5)),
        ("2026-11-03T09:30:00.1234569Z", AT + timedelta(microseconds=123456)),
    ],
)
def test_times_are_read_into_utc(written: str, expected: datetime) -> None:
    assert read_time(written) == expected
    assert read_time(written).tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        "",
        "2026-11-03",
        "2026-11-03T09:30:00",
        "2026-11-03T09:30Z",
        "2026-02-30T09:30:00Z",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:59:59-10:00",
        "2026-11-03T09:30:00Z\n",
        "\u0662\u0660\u0662\u0666-11-03T09:30:00Z",
        "2026-11-03T09:30:00+99:99",
        "yesterday",
    ],
)
def test_what_names_no_instant_is_no_time(written: str) -> None:
    with pytest.raises(MalformedEntry, match="not ISO 8601"):
        read_time(written)


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_survives_the_round_trip(at: datetime) -> None:
    assert read_time(write_time(at)) == at


def test_seconds_since_1970_are_read_within_the_calendar() -> None:
    assert read_unix_time(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert read_unix_time(AT.timestamp() + 0.25) == AT + timedelta(seconds=0.25)
    for wrong in (-1, 253_402_300_800, 10**400, float("nan"), float("inf")):
        with pytest.raises(MalformedEntry, match="seconds since 1970"):
            read_unix_time(wrong)


def test_a_table_says_which_key_is_of_the_wrong_type() -> None:
    table = Table(
        {
            "text": "a",
            "flag": True,
            "number": 7,
            "none": None,
            "list": ["a"],
            "mixed": ["a", 7],
            "table": {"a": 1},
        }
    )
    assert (table.has("text"), table.has("none"), table.has("other")) == (True, False, False)
    assert (table.text("text"), table.text("none", "b"), table.flag("flag", default=False)) == (
        "a",
        "b",
        True,
    )
    assert (table.flag("none", default=True), table.whole("number")) == (True, 7)
    assert (table.identifier("number"), table.identifier("text"), table.identifier("none")) == ("7", "a", "")
    assert (table.items("none"), table.texts("list"), table.table("none").texts_by_key()) == ([], ["a"], [])
    for ask, reason in (
        (lambda: table.text("number"), "number is not a text"),
        (lambda: table.text("none"), "none is not a text"),
        (lambda: table.flag("number", default=False), "number is neither true nor false"),
        (lambda: table.whole("flag"), "flag is not a whole number"),
        (lambda: table.whole("text"), "text is not a whole number"),
        (lambda: Table({"n": -1}).whole("n"), "n is not a whole number"),
        (lambda: table.identifier("flag"), "flag is not a text"),
        (lambda: table.items("text"), "text is not a list"),
        (lambda: table.items("none", is_needed=True), "none is not a list"),
        (lambda: table.texts("mixed"), "an item of mixed is not a text"),
        (lambda: table.table("list"), "list is not an object"),
        (lambda: list(table.tables("list")), "an item of list is not an object"),
        (lambda: table.time("flag"), "flag is not a text"),
        (lambda: Table([]), "it is not an object"),
        (lambda: table.texts_by_key(beside={"flag"}), "an item of it is not a text"),
    ):
        with pytest.raises(MalformedEntry, match=reason):
            ask()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (AT.timestamp(), AT),
        (int(AT.timestamp()), AT),
        (str(int(AT.timestamp())), AT),
        ("2026-11-03T09:30:00Z", AT),
        ("2026-11-03 09:30:00,587", AT + timedelta(milliseconds=587)),
        ("999999999999", None),
        ("last week", None),
        (None, None),
    ],
)
def test_a_table_reads_the_times_that_partners_write(written: object, expected: datetime | None) -> None:
    assert Table({"at": written}).time("at") == expected


def test_md5_is_a_type_too() -> None:
    assert make_entry(signal_type="md5", written=MD5).value == bytes.fromhex(MD5)
