"""Scans that last: killed and gone on with, and on a cluster of two workers."""

import csv
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.recognising.runs import line, listed, pdq_of, pictures
from tests.cli.trees import ENTENTE, PATIENCE_SECONDS, entente, environment

FILES = 4_000


def many(folder: Path) -> tuple[Path, Path]:
    """Return a folder of thousands of names for few pictures, and a list that one picture in ten is on."""
    few = pictures(folder / "few", 10)
    archive = folder / "archive"
    archive.mkdir()
    for number in range(FILES):
        os.link(few[number % 10], archive / f"{number:05}.jpg")
    return archive, listed(folder / "bank.csv", line("pdq", pdq_of(few[3])))


def found_in(report: Path) -> list[str]:
    with report.open(newline="") as file:
        return [row["path"] for row in csv.DictReader(file)]


@pytest.mark.long
def test_a_scan_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    archive, bank = many(tmp_path)
    report = tmp_path / "out.csv"
    arguments = ["scan", str(archive), "--bank", str(bank), "--report", str(report)]
    journal = tmp_path / "out.csv.journal"
    kills = lines = 0
    while True:
        process = subprocess.Popen(
            [*ENTENTE, *arguments, *(["--resume"] if kills else [])],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None and time.monotonic() < until:
            grown = journal.read_bytes().count(b"\n") if journal.exists() else 0
            if kills < 3 and grown > lines + 1:
                lines, kills = grown, kills + 1
                process.send_signal(signal.SIGKILL)
                process.wait()
            time.sleep(0.01)
        if process.wait() != -signal.SIGKILL:
            break
    assert process.returncode == 1
    assert kills == 3
    assert sorted(found_in(report)) == [f"{number:05}.jpg" for number in range(3, FILES, 10)]


@pytest.mark.long
def test_two_workers_find_what_one_machine_finds(tmp_path: Path) -> None:
    from distributed import LocalCluster

    two: Any = LocalCluster  # its types end at its constructor

    archive, bank = many(tmp_path)
    (archive / "broken\x1b\udcff.jpg").write_bytes(b"\xff\xd8\xff broken")
    arguments = ["scan", str(archive), "--bank", str(bank)]
    with two(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        there = entente(
            *arguments, "--report", str(tmp_path / "there.csv"), "--dask", cluster.scheduler_address
        )
        stopped = entente(*arguments, "--report", str(tmp_path / "gone.csv"), "--dask", "tcp://127.0.0.1:9")
    assert there.returncode == 1, there.stderr
    here = entente(*arguments, "--report", str(tmp_path / "here.csv"))
    assert here.returncode == 1
    found = found_in(tmp_path / "there.csv")
    assert sorted(found) == sorted(found_in(tmp_path / "here.csv"))
    assert len(found) == FILES // 10 + 1
    assert stopped.returncode == 2
    assert "does not answer" in stopped.stderr
