"""The journal: whatever a kill leaves of its end, the scan goes on with what is whole."""

import json
from pathlib import Path

import pytest

from entente.cli.recognising.journal import Done, Journal, JournalProblem

HEADER = {"root": "/data", "banks": ["sha256:00"], "types": ""}


def of(path: str) -> bytes:
    return json.dumps({"path": path, "outcome": "ok"}).encode() + b"\n"


def begun(path: Path, *files: str) -> None:
    journal = Journal.begin(path, HEADER)
    journal.append(b"".join(map(of, files)))
    journal.close()


@pytest.mark.parametrize(
    "torn", [b"", b'{"path": "c"', b"\0\0\0\0\n" + of("c"), b"[1]\n", b'{"outcome": "ok"}\n', b"\xff\n"]
)
def test_a_torn_end_is_cut_off_and_the_rest_stays(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "scan.journal"
    begun(path, "a", "b\udcff")
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    journal = Journal.resume(path, HEADER)
    assert path.read_bytes() == whole
    assert [record["path"] for record in journal.records()] == ["a", "b\udcff"]
    journal.append(of("c"))
    assert path.read_bytes() == whole + of("c")
    journal.close()


def test_killed_before_the_first_line_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "scan.journal"
    path.write_bytes(b'{"entente_sc')
    journal = Journal.resume(path, HEADER)
    assert list(journal.records()) == []
    journal.close()
    Journal.resume(path, HEADER).close()


def test_with_nothing_to_go_on_with_a_scan_begins(tmp_path: Path) -> None:
    journal = Journal.resume(tmp_path / "scan.journal", HEADER)
    journal.remove()
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_scan_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "scan.journal"
    begun(path, "a")
    with pytest.raises(JournalProblem, match="--resume"):
        Journal.begin(path, HEADER)


def test_the_journal_of_another_scan_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.journal"
    begun(path, "a")
    with pytest.raises(JournalProblem, match="another scan"):
        Journal.resume(path, {**HEADER, "banks": ["sha256:11"]})


def test_what_is_no_journal_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "scan.journal"
    path.write_bytes(b"somebody's notes\n")
    with pytest.raises(JournalProblem, match="another scan"):
        Journal.resume(path, HEADER)
    assert path.read_bytes() == b"somebody's notes\n"


def test_two_scans_never_write_one_journal(tmp_path: Path) -> None:
    path = tmp_path / "scan.journal"
    first = Journal.begin(path, HEADER)
    with pytest.raises(JournalProblem, match="is writing"):
        Journal.resume(path, HEADER)
    first.close()


def test_what_is_done_is_known() -> None:
    done = Done(f"{number}.jpg" for number in range(1000))
    assert len(done) == 1000
    assert all(f"{number}.jpg" in done for number in range(1000))
    assert not any(f"{number}.png" in done for number in range(1000))
    assert "a" not in Done([])
