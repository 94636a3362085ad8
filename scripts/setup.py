"""Make the virtual environment, once: pinned packages, the `entente` command, compiled catalogs.

Standard library only, because it runs before anything is installed. A stamp holds what the environment was
made from, so a second run costs nothing. Usage: python3 scripts/setup.py base|demo|test
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV_DIR", ROOT / ".venv"))
PYTHON = VENV / "bin" / "python"
LOCALE = ROOT / "src" / "entente" / "locale"
GROUPS = ("base", "demo", "test")
OLDEST, TOO_NEW = (3, 11), (3, 14)

LAUNCHER = """#!{python}
import sys

from entente.cli.main import main

sys.exit(main())
"""


class SetupFailed(RuntimeError):
    """The environment could not be made; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Set up the group named on the command line; return the exit code."""
    group = arguments[0] if arguments else "demo"
    if group not in GROUPS:
        print(f"usage: setup.py {'|'.join(GROUPS)}", file=sys.stderr)
        return 2
    try:
        fresh = set_up(group)
    except SetupFailed as problem:
        print(f"\nSet-up stopped: {problem}", file=sys.stderr)
        return 1
    compile_catalogs()
    if fresh:
        sys.stdout.flush()
        subprocess.run([sys.executable, str(ROOT / "scripts" / "system_packages.py"), group], check=False)
    return 0


def set_up(group: str) -> bool:
    """Bring the environment to the pinned state of `group`; return whether anything had to be done."""
    if _is_done(group):
        return False
    started = time.monotonic()
    _make_venv()
    print(f"Installing the pinned packages ({group}); the first time this takes a minute ...", flush=True)
    _install(ROOT / "requirements" / f"{group}.txt")
    _link()
    _stamp(group).write_text(_state(group), encoding="ascii")
    print(f"Environment ready in {time.monotonic() - started:.0f} s: {VENV}", flush=True)
    return True


def compile_catalogs() -> None:
    """Compile each translation catalog that is newer than its compiled form."""
    stale = [
        source
        for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
        if not (compiled := source.with_suffix(".mo")).exists()
        or compiled.stat().st_mtime < source.stat().st_mtime
    ]
    for source in stale:
        subprocess.run(
            [
                *(PYTHON, "-m", "babel.messages.frontend", "-q", "compile"),
                *("-l", source.parent.parent.name, "-i", source, "-o", source.with_suffix(".mo")),
            ],
            check=True,
        )


def _is_done(group: str) -> bool:
    wider = GROUPS[GROUPS.index(group) :]
    return (VENV / "bin" / "entente").exists() and any(_is_stamped(name) for name in wider)


def _is_stamped(group: str) -> bool:
    stamp = _stamp(group)
    return stamp.exists() and stamp.read_text(encoding="ascii") == _state(group)


def _stamp(group: str) -> Path:
    return VENV / f".entente-{group}"


def _state(group: str) -> str:
    """Name what the environment is made from: the pins, this file, where it lies."""
    digest = hashlib.sha256(str(VENV).encode())
    for path in (ROOT / "requirements" / f"{group}.txt", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _make_venv() -> None:
    if PYTHON.exists() and _runs(PYTHON):
        return
    interpreter = _interpreter()
    if VENV.exists():
        shutil.rmtree(VENV)
    print(f"Making {VENV} with {interpreter} ...", flush=True)
    made = subprocess.run([interpreter, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupFailed(
            "python3 cannot make a virtual environment. Install it with: apt-get install python3-venv\n"
            + (made.stdout + made.stderr).strip()
        )


def _runs(python: Path) -> bool:
    """Say whether an environment's interpreter still starts and has a version we support."""
    check = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] < {TOO_NEW})"
    with contextlib.suppress(OSError):
        return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0
    return False


def _interpreter() -> str:
    """Return an interpreter we support: this one, or another that is installed beside it."""
    if OLDEST <= sys.version_info[:2] < TOO_NEW and sys.prefix == sys.base_prefix:
        return sys.executable
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        found = shutil.which(name)
        if found and Path(found).resolve().parent != VENV / "bin" and _runs(Path(found)):
            return found
    raise SetupFailed("Python 3.11, 3.12 or 3.13 is needed; none was found.")


def _install(requirements: Path) -> None:
    done = subprocess.run(
        [
            *(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--no-compile"),
            *("--disable-pip-version-check", "--no-input", "-r", requirements),
        ],
        check=False,
        env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
    )
    if done.returncode:
        raise SetupFailed("pip could not install the pinned packages; its message is above.")


def _link() -> None:
    """Put the source tree on the path and the `entente` command beside Python.

    A path file does what an editable install does, without a build backend and without the network.
    """
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([PYTHON, "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    (Path(site) / "entente.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    command = VENV / "bin" / "entente"
    command.write_text(LAUNCHER.format(python=PYTHON), encoding="utf-8")
    command.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
