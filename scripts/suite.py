"""Run the steps of `make test` or `make test-long` in order, stop at the first failure, show the times.

Usage: python scripts/suite.py test|test-long
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
    stored = _existing("tests/apps", "tests/api", "tests/web")
    return {
        "test": [
            Step("lint", (f"{TOOLS}/ruff", "check", *_existing(*CODE))),
            Step("format", (f"{TOOLS}/ruff", "format", "--check", *_existing(*CODE))),
            Step("imports", (f"{TOOLS}/lint-imports", "--no-cache")),
            Step("types", (PYTHON, "-m", "mypy", *_existing("src", "tests", "scripts"))),
            Step("django", (PYTHON, "scripts/django_checks.py")),
            Step(
                "tests (SQLite)",
                (PYTHON, "-m", "coverage", "run", "-m", *PYTEST[2:], "-m", "not long"),
            ),
            Step(
                "kernels (plain)",
                (PYTHON, "-m", "coverage", "run", "-m", *PYTEST[2:], "-m", "kernels", "tests/core"),
                {"NUMBA_DISABLE_JIT": "1"},
            ),
            Step("coverage", (PYTHON, "scripts/coverage_gate.py")),
            Step(
                "tests (PostgreSQL)",
                (*postgres, *PYTEST, "-m", "not long and not browser", *stored),
            ),
        ],
        "test-long": [
            Step("long tests", (*PYTEST, "-m", "long")),
            Step("browser matrix", (*PYTEST, "-m", "browser"), {"BROWSER_MATRIX": "full"}),
        ],
    }[suite]


def main(arguments: list[str]) -> int:
    """Run one suite; return 0 when every step passed."""
    try:
        steps = steps_of(arguments[0])
    except (IndexError, KeyError):
        print("usage: suite.py test|test-long", file=sys.stderr)
        return 2
    rows: list[tuple[str, str, float]] = []
    code = 0
    for step in steps:
        print(f"\n── {step.name}", flush=True)
        started = time.monotonic()
        code = subprocess.run(
            step.command, cwd=ROOT, env={**os.environ, **step.environment}, check=False
        ).returncode
        rows.append((step.name, "passed" if code == 0 else f"FAILED ({code})", time.monotonic() - started))
        if code:
            break
    _print_table(arguments[0], rows, left_out=[step.name for step in steps[len(rows) :]])
    return 1 if code else 0


def _print_table(suite: str, rows: list[tuple[str, str, float]], left_out: list[str]) -> None:
    print(f"\n{suite:<22}{'result':<14}{'seconds':>8}")
    for name, result, seconds in rows:
        print(f"  {name:<20}{result:<14}{seconds:>8.1f}")
    for name in left_out:
        print(f"  {name:<20}{'not run':<14}{'':>8}")
    print(f"  {'total':<34}{sum(seconds for *_, seconds in rows):>8.1f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
