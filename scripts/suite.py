"""Run the steps of `make test`, `make test-long` or `make fuzz` in order, stop at the first failure, show the times.

Usage: python scripts/suite.py test|test-long|fuzz
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
TOOLS = Path(sys.executable).parent
CODE = ("src", "tests", "scripts", "bench", "examples")
WORKERS = os.environ.get("TEST_WORKERS", "2")
PYTEST = (PYTHON, "-m", "pytest", "-q", "-n", WORKERS, "--dist", "worksteal")
# What a script answers when the machine lacks what it needs; see postgres.py.
NOT_HERE = 77
# The steps and the tests start Python some hundred times. Where modules may not be kept in their compiled form, each
# start compiles Django and half of site-packages again, which more than doubles it.
LEFT_OUT = ("PYTHONDONTWRITEBYTECODE",)


@dataclass(frozen=True)
class Step:
    """One command of the suite."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


def _existing(*paths: str) -> tuple[str, ...]:
    return tuple(path for path in paths if (ROOT / path).is_dir())


def steps_of(suite: str) -> list[Step]:
    """Return the steps of one suite. Raises KeyError for an unknown name."""
    postgres = (PYTHON, "scripts/postgres.py", "run", "--")
    measured = (PYTHON, "-m", "coverage", "run", "-m", *PYTEST[2:])
    return {
        "test": [
            Step("lint", (f"{TOOLS}/ruff", "check", *_existing(*CODE))),
            Step("format", (f"{TOOLS}/ruff", "format", "--check", *_existing(*CODE))),
            Step("imports", (f"{TOOLS}/lint-imports", "--no-cache")),
            Step("types", (PYTHON, "-m", "mypy", *_existing("src", "tests", "scripts"))),
            Step("django", (PYTHON, "scripts/django_checks.py")),
            Step("tests (SQLite)", (*measured, "-m", "not long")),
            Step(
                "kernels (plain)",
                (*measured, "-m", "kernels", "tests/core"),
                {"NUMBA_DISABLE_JIT": "1"},
            ),
            Step("coverage", (PYTHON, "scripts/coverage_gate.py")),
            # The rooms and the doors for machines: locks, SQL, constraints, JSON. tests/conftest.py leaves out
            # what asks no database. The pages ask the same queries; they follow in the long part.
            Step(
                "tests (PostgreSQL)",
                (*postgres, *PYTEST, "-m", "not long and not browser", *_existing("tests/apps", "tests/api")),
            ),
        ],
        "test-long": [
            Step("long tests", (*PYTEST, "-m", "long and not browser")),
            Step("browser matrix", (*PYTEST, "-m", "browser"), {"BROWSER_MATRIX": "full"}),
            Step("all on PostgreSQL", (*postgres, *PYTEST, "-m", "not long and not browser")),
        ],
        "fuzz": [Step("fuzz", (PYTHON, "scripts/fuzz.py"))],
    }[suite]


def main(arguments: list[str]) -> int:
    """Run one suite; return 0 when every step passed."""
    try:
        steps = steps_of(arguments[0])
    except (IndexError, KeyError):
        print("usage: suite.py test|test-long|fuzz", file=sys.stderr)
        return 2
    rows: list[tuple[str, str, float]] = []
    result = ""
    for step in steps:
        print(f"\n── {step.name}", flush=True)
        started = time.monotonic()
        code = subprocess.run(step.command, cwd=ROOT, env=environment_of(step), check=False).returncode
        result = result_of(code)
        rows.append((step.name, result, time.monotonic() - started))
        if result.startswith("FAILED"):
            break
    _print_table(arguments[0], rows, left_out=[step.name for step in steps[len(rows) :]])
    return 1 if result.startswith("FAILED") else 0


def environment_of(step: Step) -> dict[str, str]:
    """Return ours, with what the step sets and without what makes every start slow."""
    return {**{name: value for name, value in os.environ.items() if name not in LEFT_OUT}, **step.environment}


def result_of(code: int) -> str:
    """Return the word for an exit code. Continuous integration has everything, or fails."""
    if code == NOT_HERE and not is_ci():
        return "skipped"
    return "passed" if code == 0 else f"FAILED ({code})"


def is_ci() -> bool:
    """Say whether continuous integration runs us: then nothing may be skipped."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def _print_table(suite: str, rows: list[tuple[str, str, float]], left_out: list[str]) -> None:
    print(f"\n{suite:<22}{'result':<14}{'seconds':>8}")
    for name, result, seconds in rows:
        print(f"  {name:<20}{result:<14}{seconds:>8.1f}")
    for name in left_out:
        print(f"  {name:<20}{'not run':<14}{'':>8}")
    print(f"  {'total':<34}{sum(seconds for *_, seconds in rows):>8.1f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
