"""Commands run in this process, and the small files they look at."""

import os
from pathlib import Path

from typer.testing import CliRunner, Result

from entente.cli.main import app
from tests.apps.content.hashing_samples import picture


def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    """Run `entente` with arguments; what it changed of this process is put back."""
    before = os.umask(0o022)
    try:
        return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)
    finally:
        os.umask(before)


def pdq_of(path: Path) -> str:
    """Return the PDQ hash of a picture, in the library's own way."""
    from entente.core.signals import pdq

    return pdq.hash_image(path.read_bytes()).value.hex()


def pictures(folder: Path, count: int) -> list[Path]:
    """Write so many different pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"{number}.jpg" for number in range(count)]
    for number, path in enumerate(made):
        path.write_bytes(picture(seed=number, size=(320, 200)))
    return made


def listed(path: Path, *lines: str) -> Path:
    """Write a list of signals as CSV."""
    path.write_text("\n".join(("signal_type,value,labels,entity,partner_ref,retracted", *lines)) + "\n")
    return path


def line(signal_type: str, value: str, **cells: str) -> str:
    """Return a line of such a list."""
    names = ("labels", "entity", "partner_ref", "retracted")
    return ",".join((signal_type, value, *(cells.get(name, "") for name in names)))
