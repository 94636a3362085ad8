"""Fuzz what reads foreign bytes, for a given time: `python scripts/fuzz.py`, FUZZ_SECONDS=600 of it unless told.

The property tests of parsers and decoders run in rounds, each with other random examples and ten times as many as in
`make test` where the test itself names no number. The first failure ends it, with the example hypothesis shrank.
"""

import os
import signal
import subprocess
import sys
import time

WORKERS = os.environ.get("TEST_WORKERS", "2")
# Feeds and signals, forms and clocks, log entries, media, sealed evidence.
FOLDERS = (
    *("tests/core/exchange", "tests/core/signals", "tests/core/law", "tests/core/tlog"),
    *("tests/apps/content", "tests/apps/evidence"),
)
ROUND = (
    *(sys.executable, "-m", "pytest", "-q", "-x", "-n", WORKERS, "--dist", "worksteal"),
    *("-m", "hypothesis", "--hypothesis-profile", "fuzz", *FOLDERS),
)
ENDING_SECONDS = 60.0


def main() -> int:
    """Run rounds until the time is used; return 0 when none failed."""
    ends_at = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "600"))
    rounds = 0
    while (left := ends_at - time.monotonic()) > 0:
        code = run_for(ROUND, left)
        if code is None:
            break
        if code:
            return code
        rounds += 1
    print(f"{rounds} whole rounds of fuzzing; the last one ended with the time.")
    return 0


def run_for(command: tuple[str, ...], seconds: float) -> int | None:
    """Run a command; return its exit code, or None when it was still running after `seconds` and was ended."""
    process = subprocess.Popen(command)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        # Nothing has failed until now: -x would have ended the round.
        process.send_signal(signal.SIGINT)
    try:
        process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return None


if __name__ == "__main__":
    sys.exit(main())
