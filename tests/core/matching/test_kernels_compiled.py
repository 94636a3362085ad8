"""The loops write the same, compiled and as plain Python."""

import json
import os
import subprocess
import sys

from tests.core.matching import raw_answers


def test_compiled_loops_write_what_plain_python_writes() -> None:
    plain = subprocess.run(
        [sys.executable, "-m", raw_answers.__name__],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    assert json.loads(plain.stdout) == raw_answers.answers()
