"""How long `entente banks import` takes with a million ready hashes, until another process enforces all of them.

A fresh instance; a CSV of random PDQ hashes; a second process follows the index all the while, as every web worker of
`entente serve` does, and says when it has read the last change. Reading the file alone and keeping alone are measured
beside, for where the time goes: both run in the import, one after the other, in turns of a hundred thousand.

    python -m bench.banks_import [--rows 1000000] [--bad 0]

`--bad` puts so many broken lines among the good ones, and tells the memory the import took.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.serve import COMMAND, machine

SECONDS = 60.0
BANK = "Bench"
_CHUNK = 10_000

MAKER = """
import os, sys
from pathlib import Path
from entente.cli.recognising.instances import open_instance
open_instance(Path(os.environ["ENTENTE_DATA_DIR"]))
from entente.apps.banks import services
from entente.apps.kernel import clock
from entente.apps.kernel.actors import Actor
who = Actor("person", "bench", "Bench", frozenset({"senior_reviewer"}))
settings = services.BankSettings(name=sys.argv[1], basis="A benchmark.")
services.create_bank(settings=settings, owner=services.BankOwner(), actor=who, at=clock.now())
"""

FOLLOWER = """
import os, sys, time
from pathlib import Path
from entente.cli.recognising.instances import open_instance
folder = open_instance(Path(os.environ["ENTENTE_DATA_DIR"]))
from entente.apps.matching.hub import IndexHub, Query
index, wanted = IndexHub(folder / "indexes"), int(sys.argv[1])
index.wait(60)
print("ready", flush=True)
while (answer := index.search([Query("pdq", bytes(32))])).unknown or answer.reached < wanted:
    time.sleep(0.05)
print(time.time(), flush=True)
index.stop()
"""

READER = """
import sys, time
from entente.core.exchange.formats import by_name
began = time.perf_counter()
with open(sys.argv[1], "rb") as file:
    count = sum(1 for _ in by_name("csv").read(file))
print(count / (time.perf_counter() - began))
"""


def main() -> int:
    """Measure; return 1 when the promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--bad", type=int, default=0, help="broken lines among the good ones")
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as folder:
        data, listed = Path(folder) / "data", Path(folder) / "list.csv"
        os.environ["ENTENTE_DATA_DIR"] = str(data)
        write_list(listed, asked.rows, asked.bad)
        subprocess.run([*COMMAND, "init", "--json"], check=True, capture_output=True)
        subprocess.run([sys.executable, "-c", MAKER, BANK], check=True)
        read = subprocess.run(
            [sys.executable, "-c", READER, str(listed)], check=True, capture_output=True, text=True
        )
        taken, enforced, said = one_import(listed, asked.rows)
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"reading the file alone: {float(read.stdout):,.0f} lines a second")
    print(
        f"import of {said['added']:,} of {said['read']:,} lines: {taken:.1f} s, {said['read'] / taken:,.0f} a second; "
        f"{said['bad']:,} told as bad; largest process {megabytes:.0f} MB"
    )
    print(
        f"until another process enforced all of them: {enforced:.1f} s (at most {SECONDS:.0f} s for a million)"
    )
    print(f"load average now: {', '.join(f'{value:.1f}' for value in os.getloadavg())}")
    return 0 if enforced <= SECONDS * max(asked.rows / 1_000_000, 0.1) else 1


def write_list(path: Path, rows: int, bad: int) -> None:
    """Write a list of random PDQ hashes, with broken lines spread among them."""
    every = rows // bad if bad else 0
    with path.open("w", encoding="ascii") as file:
        file.write("signal_type,value\n")
        for first in range(0, rows, _CHUNK):
            digits = os.urandom(32 * min(_CHUNK, rows - first)).hex()
            for place in range(0, len(digits), 64):
                file.write(f"pdq,{digits[place : place + 64]}\n")
                if every and (first + place // 64) % every == 0:
                    file.write("pdq,broken\n")


def one_import(listed: Path, rows: int) -> tuple[float, float, dict[str, int]]:
    """Import once, followed by another process; return both times in seconds, and what the command said."""
    with subprocess.Popen(
        [sys.executable, "-c", FOLLOWER, str(rows)], stdout=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout is not None
        follower.stdout.readline()
        began = time.time()
        done = subprocess.run(
            [*COMMAND, "banks", "import", BANK, str(listed), "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        taken = time.time() - began
        said = json.loads(done.stdout)
        enforced = float(follower.stdout.readline()) - began
    return taken, enforced, said


if __name__ == "__main__":
    sys.exit(main())
