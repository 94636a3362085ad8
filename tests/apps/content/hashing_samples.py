"""Pictures that show enough to be compared, and what a test can see of a pool's processes."""

import io
import os
import random
import time
from pathlib import Path

from PIL import Image


def scene(seed: int = 1, size: tuple[int, int] = (640, 400)) -> Image.Image:
    """Return a picture of many soft coloured patches, another one for each seed."""
    patches = random.Random(seed).randbytes(3 * 24 * 16)  # noqa: S311 - a picture, not a secret
    return Image.frombytes("RGB", (24, 16), patches).resize(size, Image.Resampling.BICUBIC)


def picture(
    kind: str = "JPEG", seed: int = 1, size: tuple[int, int] = (640, 400), mode: str = "RGB"
) -> bytes:
    """Return such a picture as a file."""
    buffer = io.BytesIO()
    scene(seed, size).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def family() -> tuple[int, ...]:
    """Return the process numbers of the nurseries of this process and of all that descends from them, parents first.

    Other tests of the same run may keep a browser or a server alive beside them.
    """
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [child for child in parents.get(os.getpid(), ()) if _is_nursery(child)]
    for process in found:
        found += parents.get(process, ())
    return tuple(found)


def wait_until_gone(process: int) -> None:
    """Wait until a process has ended; one whose parent was killed is nobody's family before it dies itself."""
    while _is_alive(process):
        time.sleep(0.001)


def _is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


def _is_nursery(process: int) -> bool:
    try:
        return b"nursery" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False


def memory_kib(process: int, name: str) -> int:
    """Return a figure of a process: `Pss`, `Rss`, or its highest `VmHWM`."""
    file = "status" if name.startswith("Vm") else "smaps_rollup"
    for line in Path(f"/proc/{process}/{file}").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise AssertionError(name)
