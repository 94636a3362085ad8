"""The scripts behind `make`: the gate on coverage, the skipped tests, the steps."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scripts import coverage_gate, fuzz, postgres, suite, system_packages

from tests.house.tree import ROOT


def report(percent: float, **files: float) -> dict[str, Any]:
    return {
        "totals": {"percent_covered": percent},
        "files": {
            name: {"summary": {"percent_covered": value, "missing_lines": 1}, "missing_lines": [7]}
            for name, value in files.items()
        },
    }


def test_the_gate_asks_for_all_of_core_and_services() -> None:
    files = {
        "src/entente/core/law/clocks.py": 99.9,
        "src/entente/apps/cases/services/acting.py": 99.0,
        "src/entente/apps/cases/queries.py": 90.0,
    }
    problems = coverage_gate.judge(report(96.0, **files))
    assert [problem.split(":")[0] for problem in problems] == [
        "src/entente/apps/cases/services/acting.py",
        "src/entente/core/law/clocks.py",
    ]


def test_the_gate_asks_for_most_of_the_rest() -> None:
    assert coverage_gate.judge(report(94.9, **{"src/entente/web/x.py": 50.0}))
    assert coverage_gate.judge(report(95.0, **{"src/entente/web/x.py": 50.0})) == []


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_a_skipped_test_fails_continuous_integration_only(ci: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "import pytest\ndef test_a(): pass\n@pytest.mark.skip(reason='no such machine')\ndef test_b(): pass\n"
    )
    hooks = "from tests.conftest import pytest_sessionfinish, pytest_terminal_summary\n"
    (tmp_path / "conftest.py").write_text(hooks)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider"),
            *("-c", "/dev/null", "--rootdir", tmp_path, tmp_path),
        ],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            "CI": ci,
            "HOME": str(tmp_path),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 skipped: no such machine" in done.stdout
    assert done.returncode == code


def test_each_suite_has_steps_and_others_have_none() -> None:
    assert [step.name for step in suite.steps_of("test")][:4] == ["lint", "format", "imports", "types"]
    assert suite.steps_of("test-long")
    assert suite.steps_of("fuzz")
    with pytest.raises(KeyError):
        suite.steps_of("other")


def test_the_suite_runs_all_that_is_not_long_and_the_rest_later() -> None:
    short, long = (
        {step.name: " ".join(step.command) for step in suite.steps_of(name)} for name in ("test", "test-long")
    )
    assert short["tests (SQLite)"].endswith("-m not long")
    assert long["long tests"].endswith("-m long and not browser")
    assert long["browser matrix"].endswith("-m browser")
    assert "tests/" not in long["all on PostgreSQL"]


def test_compiled_modules_are_kept_whatever_the_shell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    step = suite.Step("kernels", ("true",), {"NUMBA_DISABLE_JIT": "1"})
    made = suite.environment_of(step)
    assert "PYTHONDONTWRITEBYTECODE" not in made
    assert (made["NUMBA_DISABLE_JIT"], "PATH" in made) == ("1", True)


@pytest.mark.parametrize(
    ("code", "ci", "word"),
    [(0, "", "passed"), (77, "", "skipped"), (77, "true", "FAILED (77)"), (1, "", "FAILED (1)")],
)
def test_what_the_machine_lacks_is_skipped_but_not_in_continuous_integration(
    monkeypatch: pytest.MonkeyPatch, code: int, ci: str, word: str
) -> None:
    monkeypatch.setenv("CI", ci)
    assert suite.NOT_HERE == postgres.NOT_HERE == 77
    assert suite.result_of(code) == word


def test_without_a_server_program_the_tests_on_postgresql_are_skipped_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(postgres, "INSTALLED", ROOT / "no such folder")
    monkeypatch.setattr(postgres, "PACKAGE", "no_such_package")
    assert postgres.main(["run", "--", sys.executable, "-c", "print('ran')"]) == 77
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert said[0].startswith("skipped: the tests on PostgreSQL (")
    assert "apt-get install postgresql" in said[0]


def test_fuzzing_ends_with_its_time_or_with_the_first_failure() -> None:
    assert fuzz.run_for((sys.executable, "-c", "raise SystemExit(5)"), 30.0) == 5
    assert fuzz.run_for((sys.executable, "-c", "import time; time.sleep(60)"), 0.2) is None


def test_a_missing_package_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = system_packages.Need("Pango", "PDF", ("demo",), ("libpango-1.0-0",), lambda: False, "no PDF")
    monkeypatch.setattr(system_packages, "NEEDS", (missing,))
    assert system_packages.main(["demo", "--check"]) == 0
    said = capsys.readouterr().out
    assert "sudo apt-get install -y libpango-1.0-0" in said
    assert "Without Pango: no PDF." in said
