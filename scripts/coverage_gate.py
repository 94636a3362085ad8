"""Fail when less is covered than the house promises.

95 % of lines and branches overall, and everything in `core` and in each app's services: what decides about
people's posts is tested whole. Usage: python scripts/coverage_gate.py
"""

import fnmatch
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

OVERALL_PERCENT = 95.0
WHOLE_PERCENT = 100.0
SHOWN_LINES = 15
WHOLE = ("src/entente/core/*", "src/entente/apps/*/services.py", "src/entente/apps/*/services/*")


def main() -> int:
    """Combine what the processes measured, judge it, and list what falls short."""
    subprocess.run([sys.executable, "-m", "coverage", "combine", "--quiet"], check=False)
    with tempfile.TemporaryDirectory(prefix="entente-coverage-") as folder:
        path = Path(folder) / "coverage.json"
        subprocess.run(
            [sys.executable, "-m", "coverage", "json", "--quiet", "--fail-under=0", "-o", path], check=True
        )
        report = json.loads(path.read_text(encoding="utf-8"))
    problems = judge(report)
    overall = report["totals"]["percent_covered"]
    print(f"Coverage of lines and branches: {overall:.2f} % (asked: {OVERALL_PERCENT:.0f} %)")
    for line in problems:
        print(f"  {line}")
    return 1 if problems else 0


def judge(report: dict[str, Any]) -> list[str]:
    """Return one sentence for each promise that a `coverage json` report breaks."""
    problems = []
    for name, file in sorted(report["files"].items()):
        percent = file["summary"]["percent_covered"]
        if percent < WHOLE_PERCENT and any(fnmatch.fnmatch(name, pattern) for pattern in WHOLE):
            problems.append(f"{name}: {percent:.1f} %, all of it is asked; missing {_missing(file)}")
    if report["totals"]["percent_covered"] < OVERALL_PERCENT:
        lowest = sorted(report["files"].items(), key=lambda item: -item[1]["summary"]["missing_lines"])[:12]
        problems.append("overall too low; most is missing in:")
        problems.extend(f"  {name}: lines {_missing(file)}" for name, file in lowest)
    return problems


def _missing(file: dict[str, Any]) -> str:
    lines = [str(line) for line in file["missing_lines"]]
    branches = [f"{start}->{end}" for start, end in file.get("missing_branches", [])]
    parts = lines + [branch for branch in branches if branch.split("->")[0] not in lines]
    return ", ".join(parts[:SHOWN_LINES]) + (" ..." if len(parts) > SHOWN_LINES else "")


if __name__ == "__main__":
    sys.exit(main())
