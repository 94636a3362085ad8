"""Signals from a pasted list or a file: every bad line is told, the rest is kept, the limits are said."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from entente.apps.banks import queries, services
from entente.apps.banks.models import Bank, Signal
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import TooLarge
from entente.web.console.banks import adding_views, reading
from entente.web.console.banks.reading import MOST_LINES, ranges
from tests.apps.banks.acts import WORDS, bank, senior, value
from tests.web.console.banks.filled import exchange
from tests.web.console.banks.test_banks import text
from tests.web.console.conftest import Visitor
from tests.world import NOW

Roles = Callable[..., Visitor]
pytestmark = pytest.mark.django_db

HEADER = b"signal_type,value,labels,entity,note,partner_ref,retracted\r\n"


def row(word: str, retracted: str = "") -> bytes:
    return f"sha256,{value(word).hex()},video;praise,Movement of Examples,,17,{retracted}\r\n".encode()


def paste(me: Visitor, made: Bank, lines: str, **changes: Any) -> Any:
    values = {"road": "paste", "signal_type": "sha256", "lines": lines, "source": "A colleague"}
    return me.post(reverse("console:bank_add", args=[made.pk]), {**values, **changes})


def upload(me: Visitor, made: Bank, content: bytes, name: str = "list.csv", **changes: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    values = {"road": "file", "upload": file, "source": "Sent by a partner", **changes}
    return me.post(reverse("console:bank_add", args=[made.pk]), values)


def test_the_page_says_what_it_takes(as_role: Roles) -> None:
    shown = text(as_role("reviewer"), reverse("console:bank_add", args=[bank().pk]))
    assert "At most 1,000 lines." in shown
    assert "at most 100,000 signals and 20 MB" in shown
    assert "entente banks import" in shown


def test_a_short_list_is_added_and_each_bad_line_is_told(as_role: Roles) -> None:
    me, made = as_role("reviewer"), bank()
    lines = [value("one").hex(), "", "nothing", f" {value('two').hex().upper()} ", "noth1ng"]
    answer = paste(
        me,
        made,
        "\n".join(lines),
        entity="Movement of Examples",
        labels="video",
        reason=WORDS,
        expires_at="2026-12-24T10:00",
    )
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "2 signals were added" in shown
    assert ">3, 5<" in shown
    assert "noth1ng" not in shown
    found = queries.signals_of_bank(made.pk, queries.SignalFilter()).signals
    assert {one.value for one in found} == {value("one"), value("two")}
    assert {(one.how, one.source, one.entity, one.labels) for one in found} == {
        ("manual", "A colleague", "Movement of Examples", ("video",))
    }
    assert all(one.expires_at and not one.is_confirmed for one in found)
    again = paste(me, made, value("one").hex()).content.decode()
    assert "Nothing new was added" in again


def test_what_was_retracted_here_stays_so(as_role: Roles) -> None:
    me, made = as_role("reviewer"), bank()
    paste(me, made, value("one").hex())
    signal = Signal.objects.get()
    services.retract_signals(signal_ids=[signal.pk], reason=WORDS, actor=senior(), at=NOW)
    shown = paste(me, made, f"\n{value('one').hex()}").content.decode()
    assert "it was retracted here" in shown
    assert ">2<" in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lines": ""}, "This field is required"),
        ({"lines": " \n "}, "Write at least one signal."),
        ({"signal_type": "nothing"}, "Select a valid choice"),
        ({"source": ""}, "This field is required"),
        ({"lines": "x\n" * (MOST_LINES + 1)}, "At most 1,000 lines at once. Upload them as a file."),
    ],
)
def test_a_list_that_cannot_be_taken_says_why(as_role: Roles, changes: dict[str, str], said: str) -> None:
    made = bank()
    answer = paste(as_role("reviewer"), made, **{"lines": value("one").hex(), **changes})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert queries.bank_page(made.pk).line.standing_count == 0


def test_a_file_is_loaded_and_its_bad_entries_are_told(as_role: Roles) -> None:
    me, made = as_role("reviewer"), bank()
    content = HEADER + row("one") + b"sha256,zz,,,,,\r\n" * 3 + row("two") + row("gone", "true")
    shown = upload(me, made, content).content.decode()
    assert "2 signals were added" in shown
    assert ">2–4<" in shown
    assert "it is a retraction" in shown
    assert ">6<" in shown
    found = queries.signals_of_bank(made.pk, queries.SignalFilter(label="praise")).signals
    assert {one.source for one in found} == {"list.csv: Sent by a partner"}
    assert {one.how for one in found} == {"import"}


def test_every_format_that_leaves_comes_back(as_role: Roles) -> None:
    me, made = as_role("senior_reviewer"), bank("Ours")
    upload(me, made, HEADER + row("one") + row("two"))
    for number, form in enumerate(("csv", "peers_json", "stix", "misp")):
        other = bank(f"Copy {number}")
        answer = me.post(reverse("console:bank_export", args=[made.pk]), {"format": form})
        body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # Django's test client
        name = answer["Content-Disposition"].split('"')[1]
        assert "2 signals were added" in upload(me, other, body, name).content.decode(), form


def test_a_name_that_tells_no_format_asks_for_it(as_role: Roles) -> None:
    me, made = as_role("reviewer"), bank()
    content = HEADER + row("one")
    answer = upload(me, made, content, "list.txt")
    assert answer.status_code == 422
    assert "Choose it." in answer.content.decode()
    chosen = upload(me, made, content, "list.txt", format="csv")
    assert "1 signal was added" in chosen.content.decode()


def test_a_file_that_breaks_off_is_loaded_up_to_there(as_role: Roles) -> None:
    me, made = as_role("reviewer"), bank()
    shown = upload(me, made, b"\x00\xff nothing of the kind", "list.csv").content.decode()
    assert "The rest of the file cannot be read" in shown
    assert "Nothing new was added" in shown


def test_a_file_that_is_too_large_says_the_limit(as_role: Roles, monkeypatch: pytest.MonkeyPatch) -> None:
    me, made = as_role("reviewer"), bank()
    monkeypatch.setattr(reading, "MOST_AT_ONCE", 2)
    answer = upload(me, made, HEADER + row("one") + row("two") + row("three"))
    assert answer.status_code == 422
    assert "At most 2 signals in a file here." in answer.content.decode()
    limits = config().limits.model_copy(update={"upload_bytes": 10})
    monkeypatch.setattr(adding_views, "config", lambda: type("Small", (), {"limits": limits}))
    assert "A file may have 0 MB at most." in upload(me, made, HEADER).content.decode()
    assert queries.bank_page(made.pk).line.standing_count == 0


def test_a_bank_that_fills_by_itself_takes_nothing_by_hand(as_role: Roles) -> None:
    me, filled = as_role("reviewer"), exchange().bank
    assert "Nothing is added to this bank by hand" in text(me, reverse("console:bank_add", args=[filled.pk]))
    answer = paste(me, filled, value("one").hex())
    assert answer.status_code == 422
    assert Signal.objects.count() == 0


@pytest.mark.parametrize(
    ("places", "written"),
    [([], ""), ([7], "7"), ([1, 2, 3, 5, 7, 8], "1–3, 5, 7–8"), ([2, 2, 3], "2–3")],
)
def test_numbers_are_written_as_ranges(places: list[int], written: str) -> None:
    assert ranges(places) == written


def test_a_pasted_list_has_a_limit_of_its_own() -> None:
    with pytest.raises(TooLarge):
        reading.from_lines("x\n" * (MOST_LINES + 1), {"signal_type": "sha256"})
