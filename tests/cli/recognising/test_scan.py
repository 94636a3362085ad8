"""`entente scan`: everything below a folder against whole banks, with bad files told and the rest gone on with."""

import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from entente.cli.recognising import cluster, parts, reports, scan_runs, scanning
from entente.cli.recognising.bank_folders import BankFolder
from entente.cli.recognising.hashing import hash_opened
from entente.cli.recognising.journal import Journal
from entente.core.signals import files as digests
from tests.apps.content.hashing_samples import picture, scene
from tests.cli.recognising.runs import line, listed, pdq_of, pictures, run


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with copies of two listed pictures, others, and what is bad; work where it leaves no trace."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "archive"
    known = pictures(folder / "known", 2)
    pictures(folder / "others" / "deep", 3)
    for number, path in enumerate(pictures(folder / "others", 3)):
        path.write_bytes(picture(seed=number + 50))
    scene(0, (320, 200)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.png")
    shutil.rmtree(folder / "others" / "deep")
    (folder / "=cmd|' calc'!A0\x1b\udcff.jpg").write_bytes(known[1].read_bytes())
    (folder / "cut.jpg").write_bytes(picture()[:300])
    (folder / "link.jpg").symlink_to(known[0])
    os.mkfifo(folder / "pipe")
    return folder


@pytest.fixture
def bank(archive: Path, tmp_path: Path) -> Path:
    """Return a list of both known pictures, by PDQ, and of one that nothing meets."""
    return listed(
        tmp_path / "bank.csv",
        line(
            "pdq", pdq_of(archive / "known" / "0.jpg"), labels="graphic", entity="Example", partner_ref="17"
        ),
        line("pdq", pdq_of(archive / "known" / "1.jpg"), labels="=1+1;film"),
        line("sha256", "00" * 32),
        line("pdq", "short"),
    )


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"archive", "bank.csv", "data"}


def test_what_is_known_is_found_and_what_is_bad_is_told(archive: Path, bank: Path, tmp_path: Path) -> None:
    done = run("scan", archive, "--bank", bank, "--report", "out.csv")
    assert done.exit_code == 1, done.stderr
    assert "1 line could not be read, the first: line 5: PDQ is 64" in done.stderr
    assert "8 files: 4 matched, 1 could not be looked at. 2 links and other things" in done.stdout
    assert "cut.jpg: not_decodable" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        found = {row["path"]: row for row in csv.DictReader(file)}
    assert set(found) == {
        "'=cmd|' calc'!A0\\x1b\\xff.jpg",
        "cut.jpg",
        "known/0.jpg",
        "known/1.jpg",
        "mirrored.png",
    }
    hostile = found["'=cmd|' calc'!A0\\x1b\\xff.jpg"]
    assert bytes.fromhex(hostile["path_bytes"]) == b"=cmd|' calc'!A0\x1b\xff.jpg"
    assert hostile["labels"] == "'=1+1; film"
    first = found["known/0.jpg"]
    assert (first["bank"], first["distance"], first["entity"], first["reference"]) == (
        *("bank.csv", "0", "Example", "17"),
    )
    assert (found["cut.jpg"]["outcome"], found["cut.jpg"]["bank"]) == ("not_decodable", "")
    assert int(found["mirrored.png"]["distance"]) <= 8
    assert leftovers(tmp_path) == {"out.csv"}


def test_a_machine_reads_one_document(archive: Path, bank: Path, tmp_path: Path) -> None:
    done = run("scan", archive, "--bank", bank, "--types", "pdq", "--json")
    assert done.exit_code == 1
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert {row["path"] for row in said["found"] if row["bank"]} == {
        *("known/0.jpg", "known/1.jpg", "=cmd|' calc'!A0\\x1b\\xff.jpg"),
    }, "without its other views, the mirrored one is not found"
    assert (said["files"], said["matched"], said["failed"], said["passed_over"]) == (8, 3, 1, 2)
    assert leftovers(tmp_path) == set()


@pytest.mark.long
def test_parquet_holds_the_same_rows(archive: Path, bank: Path, tmp_path: Path) -> None:
    from pyarrow import parquet

    assert run("scan", archive, "--bank", bank, "--report", "out.parquet").exit_code == 1
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    (first,) = (row for row in rows if row["path"] == "known/1.jpg")
    assert (first["labels"], first["distance"], first["signal_id"]) == (["=1+1", "film"], 0, None)
    assert len(rows) == 5
    assert list(rows[0]) == list(reports.COLUMNS)


@pytest.mark.long
def test_several_banks_are_looked_for_at_once(archive: Path, bank: Path, tmp_path: Path) -> None:
    content = (archive / "cut.jpg").read_bytes()
    exact = listed(tmp_path / "exact.csv", line("sha256", digests.digests(content).sha256.hex()))
    done = run("scan", archive, "--bank", bank, "--bank", exact, "--json")
    met = {(row["path"], row["bank"]) for row in json.loads(done.stdout)["found"]}
    assert ("cut.jpg", "exact.csv") in met, "what cannot be decoded is still known by its bytes"
    assert ("known/0.jpg", "bank.csv") in met


def test_nothing_found_is_0_and_only_bad_files_is_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bank = listed(tmp_path / "bank.csv", line("pdq", "00" * 32))
    (tmp_path / "archive").mkdir()
    empty = run("scan", "archive", "--bank", bank, "--report", "out.csv")
    assert (empty.exit_code, "0 files" in empty.stdout) == (0, True)
    assert (tmp_path / "out.csv").read_text().splitlines() == [",".join(reports.COLUMNS)]
    (tmp_path / "archive" / "cut.jpg").write_bytes(picture()[:300])
    assert run("scan", "archive", "--bank", bank).exit_code == 2
    assert leftovers(tmp_path) == {"out.csv"}


def test_a_file_that_vanishes_while_scanning_is_no_error(
    archive: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanishing(pool: Any, opening: Any, wanted: Any, **rest: Any) -> Any:
        shutil.rmtree(archive / "known", ignore_errors=True)
        (archive / "cut.jpg").unlink(missing_ok=True)
        return hash_opened(pool, opening, wanted, **rest)

    monkeypatch.setattr(parts, "hash_opened", vanishing)
    done = run("scan", archive, "--bank", bank, "--processes", "1")
    assert done.exit_code == 1
    assert "3 vanished meanwhile" in done.stdout
    assert "0 could not be looked at" in done.stdout


@pytest.mark.long
def test_a_folder_that_cannot_be_read_is_a_bad_file(
    archive: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refusing(place: Any) -> Any:
        if isinstance(place, int) and Path(f"/proc/self/fd/{place}").readlink().name == "known":
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refusing)
    done = run("scan", archive, "--bank", bank, "--json")
    bad = {row["path"]: row["message"] for row in json.loads(done.stdout)["found"] if not row["bank"]}
    assert bad["known/"] == "Permission denied"


def interrupted(journal: Journal, lines: bytes) -> None:
    del journal, lines
    raise KeyboardInterrupt


def test_a_scan_that_was_stopped_goes_on(
    archive: Path, bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "PART_SECONDS", 0.0)
    append, heard = Journal.append, []

    def stopping(journal: Journal, lines: bytes) -> None:
        heard.append(lines)
        append(journal, lines) if len(heard) < 5 else interrupted(journal, lines)

    monkeypatch.setattr(Journal, "append", stopping)
    stopped = run("scan", archive, "--bank", bank, "--report", "out.csv")
    assert stopped.exit_code == 2
    assert "--resume" in stopped.stderr
    assert leftovers(tmp_path) == {"out.csv.journal", "out.csv.banks"}
    monkeypatch.setattr(Journal, "append", append)

    again = run("scan", archive, "--bank", bank, "--report", "out.csv")
    assert again.exit_code == 2
    assert "unfinished" in again.stderr

    def never(*_arguments: Any) -> BankFolder:
        raise AssertionError("the bank is made again")

    monkeypatch.setattr(BankFolder, "make", never)
    done = run("scan", archive, "--bank", bank, "--report", "out.csv", "--resume")
    assert done.exit_code == 1, done.stderr
    assert "8 files: 4 matched, 1 could not be looked at" in done.stdout
    assert leftovers(tmp_path) == {"out.csv"}


def unfinished(archive: Path, bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a scan with its last step missing."""
    with monkeypatch.context() as patched:
        patched.setattr(scan_runs, "_finish", interrupted_finish)
        assert run("scan", archive, "--bank", bank, "--report", "out.csv").exit_code == 2


def interrupted_finish(*_arguments: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.long
def test_a_list_that_has_changed_is_another_scan(
    archive: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfinished(archive, bank, monkeypatch)
    bank.write_text(bank.read_text() + line("md5", "00" * 16) + "\n")
    done = run("scan", archive, "--bank", bank, "--report", "out.csv", "--resume")
    assert (done.exit_code, "another scan" in done.stderr) == (2, True)


@pytest.mark.long
def test_a_lost_copy_of_a_list_is_made_again(
    archive: Path, bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfinished(archive, bank, monkeypatch)
    shutil.rmtree(tmp_path / "out.csv.banks")
    done = run("scan", archive, "--bank", bank, "--report", "out.csv", "--resume")
    assert (done.exit_code, leftovers(tmp_path)) == (1, {"out.csv"})


@pytest.mark.long
def test_a_list_of_the_same_place_and_other_content_is_made_anew(
    archive: Path, bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfinished(archive, bank, monkeypatch)
    (tmp_path / "out.csv.journal").unlink()
    bank.write_text(listed(tmp_path / "other", line("pdq", "00" * 32)).read_text())
    assert run("scan", archive, "--bank", bank, "--report", "out.csv").exit_code == 2


@pytest.mark.long
def test_it_may_be_resumed_although_it_never_began(archive: Path, bank: Path) -> None:
    assert run("scan", archive, "--bank", bank, "--report", "out.csv", "--resume").exit_code == 1


@pytest.mark.usefixtures("archive", "bank")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("archive", "--bank", "nothing.csv"), "no file 'nothing.csv'"),
        (("nowhere", "--bank", "bank.csv"), "nowhere"),
        (("archive", "--bank", "bank.csv", "--report", "out.xlsx"), ".csv or .parquet"),
        (("archive", "--bank", "bank.csv", "--report", "there.csv"), "is there already"),
        (("archive", "--bank", "bank.csv", "--types", "sha3"), "sha3"),
        (("archive", "--bank", "bank.csv", "--types", "md5"), "no file is looked for"),
        (("archive", "--bank", "addresses.csv"), "The banks hold url"),
        (("archive", "--bank", "broken.csv"), "header"),
        (("archive", "--bank", "empty.csv"), "The banks hold nothing"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing_behind(
    tmp_path: Path, arguments: tuple[str, ...], message: str, data_dir: Path
) -> None:
    shutil.rmtree(data_dir)
    (tmp_path / "there.csv").touch()
    (tmp_path / "broken.csv").write_text("nothing,known\n")
    listed(tmp_path / "addresses.csv", line("url", "https://videos.example/"))
    listed(tmp_path / "empty.csv")
    before = leftovers(tmp_path)
    done = run("scan", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert leftovers(tmp_path) == before


def test_missing_extras_are_named_with_their_one_line(
    archive: Path, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    for extra in (("--report", "out.parquet"), ("--dask", "tcp://127.0.0.1:9")):
        done = run("scan", archive, "--bank", bank, *extra)
        assert done.exit_code == 2
        assert cluster.INSTALL_LINE in done.stderr


def test_a_report_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def failing() -> Any:
        yield dict.fromkeys(reports.COLUMNS, "")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        reports.write_report(tmp_path / "out.csv", failing())
    assert list(tmp_path.iterdir()) == []


def test_a_part_ends_when_its_time_is_over_and_leaves_the_rest(
    archive: Path, bank: Path, tmp_path: Path
) -> None:
    source = scan_runs.source_of(str(bank), None)
    BankFolder.make(tmp_path / "made", source.facts, source.listed())
    setup = parts.Setup(str(archive), (str(tmp_path / "made"),), ("pdq",))
    assert parts.Setup.read(setup.write()) == setup
    scanner = parts.PartScanner(setup, processes=1, seconds=0.0)
    lines = scanner.scan(["known/0.jpg", "known/1.jpg"]).splitlines()
    scanner.close()
    (record,) = map(json.loads, lines)
    assert [match["reference"] for match in record["matches"]] == ["17"]
    again = json.loads(parts.scan_part(setup.write(), '["known/1.jpg"]', 1))
    assert again["path"] == "known/1.jpg"
    parts._scanner(setup.write(), 1).close()
    parts._scanner.cache_clear()


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    setup = parts.Setup(str(tmp_path / "nowhere"), (), ("pdq",))
    with pytest.raises(OSError, match="A worker does not see the folder"):
        parts.scan_part(setup.write(), "[]", 1)
