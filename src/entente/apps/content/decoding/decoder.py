"""The parent's side of decoding: start, wait, kill, and believe nothing.

The parent never opens a hostile file itself. Whatever the subprocess does - eat memory, spin, crash, write
nonsense - ends as a `Decoded` with a named outcome, within `Limits.wall_seconds`.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from entente.apps.content.decoding.limits import DEFAULT_LIMITS, OUTPUT_BYTES, Limits
from entente.apps.content.decoding.results import BadFrame, Decoded, unpack
from entente.apps.content.decoding.sniffing import is_mislabelled

_SOURCE_ROOT: Final = Path(__file__).resolve().parents[4]
_CHILD: Final = "entente.apps.content.decoding.child"
_READ_BYTES: Final = 64 * 1024
_DEATH_SECONDS: Final = 2.0


def decode(
    source: Path | int, *, limits: Limits = DEFAULT_LIMITS, declared_type: str = "", partial: bool = False
) -> Decoded:
    """Decode a file, given by its path or an open descriptor, in a confined subprocess.

    `partial` says that only the beginning of the item is there. Never raises for what the file holds;
    OSError when the path cannot be opened or no process started.
    """
    if isinstance(source, Path):
        descriptor = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return decode(descriptor, limits=limits, declared_type=declared_type, partial=partial)
        finally:
            os.close(descriptor)
    if not partial and os.fstat(source).st_size > limits.input_bytes:
        return Decoded("too_large")
    decoded = _run(source, limits, partial=partial)
    if is_mislabelled(declared_type, decoded.sniffed_type):
        return replace(decoded, notes=("mislabelled", *decoded.notes))
    return decoded


def _run(descriptor: int, limits: Limits, *, partial: bool) -> Decoded:
    os.lseek(descriptor, 0, os.SEEK_SET)
    numbers = (descriptor, int(partial), limits.memory_bytes, limits.cpu_seconds)
    process = subprocess.Popen(
        # -P and -s: nothing is imported from the working directory or a home; -B: nothing is written.
        [sys.executable, "-P", "-s", "-B", "-m", _CHILD, *map(str, numbers)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        cwd="/",
        env={"PYTHONPATH": str(_SOURCE_ROOT), "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        frame = _read_answer(process, limits.wall_seconds)
    finally:
        _kill(process)
    if frame is None:
        return Decoded("timeout")
    if frame:
        try:
            return unpack(frame)
        except BadFrame:
            return Decoded("crashed")
    return Decoded("timeout" if -process.returncode in {signal.SIGXCPU, signal.SIGKILL} else "crashed")


def _read_answer(process: "subprocess.Popen[bytes]", seconds: float) -> bytes | None:
    """Return what the subprocess wrote until it closed its end; None when its time was over."""
    pipe = process.stdout
    if pipe is None:
        raise AssertionError("the pipe was asked for")
    end = time.monotonic() + seconds
    pieces = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while (left := end - time.monotonic()) > 0:
            if not selector.select(left):
                continue
            piece = os.read(pipe.fileno(), _READ_BYTES)
            pieces += piece
            if not piece or len(pieces) > OUTPUT_BYTES:
                _wait_briefly(process)
                return bytes(pieces[: OUTPUT_BYTES + 1])
    return None


def _wait_briefly(process: "subprocess.Popen[bytes]") -> None:
    """Let a process that closed its pipe die its own death, so that its cause can be read."""
    end = time.monotonic() + _DEATH_SECONDS
    # WNOWAIT leaves the body there: while it is, its number cannot become another process's.
    while time.monotonic() < end:
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return
        time.sleep(0.001)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the whole group and collect it; nothing of a decoding outlives its call."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
