"""What stops a start: damaged law data among it, every fault named, in both processes that may begin with them."""

import re
import shutil
from pathlib import Path

import pytest

import entente as package
from entente.cli import readiness
from entente.core.law import catalogue
from entente.core.law.errors import LawDataError
from tests.cli.trees import entente


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_damaged_law_data_stop_the_start_and_every_fault_is_named(
    instance: Path, tmp_path: Path, command: str
) -> None:
    copy = tmp_path / "source" / "entente"
    shutil.copytree(
        Path(package.__file__).parent, copy, ignore=shutil.ignore_patterns("static", "__pycache__")
    )
    data = copy / "core" / "law" / "data"
    for name in ("deadlines.toml", "calendars.toml"):
        text = (data / name).read_text()
        (data / name).write_text(
            re.sub(r'certainty = "\w+"', f'certainty = "heard in {name}"', text, count=1)
        )
    done = entente(command, "--data", str(instance), PYTHONPATH=str(copy.parent), ENTENTE_SERVER__PORT="0")
    assert done.returncode == 2
    assert "cannot" in done.stderr
    for name in ("deadlines.toml", "calendars.toml"):
        assert f"heard in {name}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_right_data_are_no_problem_and_faults_stand_beside_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert readiness.law_problems() == []

    def broken() -> None:
        raise LawDataError(["a: one", "b: two"])

    monkeypatch.setattr(catalogue, "check_law_data", broken)
    monkeypatch.setattr(readiness, "missing_static_files", lambda: True)
    monkeypatch.setattr(readiness, "unapplied_migrations", list)
    told = readiness.with_django()
    assert [line.partition(". ")[0] for line in told] == [
        "Law data: a: one",
        "Law data: b: two",
        "The static files have not been collected",
    ]
