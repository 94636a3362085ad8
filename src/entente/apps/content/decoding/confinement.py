"""Taking away from the decoding subprocess everything it does not need, before it sees a hostile byte.

Limits on memory, time, files and processes (setrlimit), no new privileges and death with the parent (prctl),
and a system-call filter (seccomp, Linux) that leaves reading, writing, memory and time: no file can be opened,
no socket made, no program started. What the kernel does not offer is reported, never silently missing.
"""

import ctypes
import platform
import resource
import signal
import struct
from typing import Final

from entente.apps.content.decoding.limits import Limits

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2

_RET_ALLOW: Final = 0x7FFF0000
_RET_EPERM: Final = 0x00050001
_LOAD_WORD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_AT_NUMBER: Final = 0
_AT_ARCHITECTURE: Final = 4

# What is left: reading and writing what is open, its size, memory, signals to oneself, time, and the end.
_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_ALLOWED: Final = {
    machine: tuple(int(number) for number in numbers.split())
    for machine, numbers in {
        "x86_64": "0 1 3 5 7 8 9 10 11 12 13 14 15 17 19 20 24 25 28 32 35 39 60 72 96 97 98 100 131 186 201 "
        "202 204 228 229 230 231 234 262 318 324 334",
        "aarch64": "63 64 57 80 73 62 222 226 215 214 134 135 139 67 65 66 124 216 233 23 101 172 93 25 169 "
        "163 165 153 132 178 98 123 113 114 115 94 131 79 278 283 293",
    }.items()
}


def limit_resources(limits: Limits) -> None:
    """Set hard limits on address space, processor time, files, processes and core dumps."""
    for what, soft, hard in (
        (resource.RLIMIT_AS, limits.memory_bytes, limits.memory_bytes),
        # One second between the polite signal and the kill.
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, 64, 64),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))


def drop_privileges() -> bool:
    """Die with the parent, leave no core, gain nothing by any program; return whether all was granted."""
    prctl = _prctl()
    asked = ((_PR_SET_PDEATHSIG, signal.SIGKILL), (_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1))
    granted = [
        prctl(option, value, 0, 0, 0) == 0 for option, value in asked
    ]  # asks for each, also after a no
    return all(granted)


def filter_system_calls() -> bool:
    """Install the filter; return False where this machine has none. Everything needed is loaded by now."""
    machine = platform.machine()
    if machine not in _ALLOWED:
        return False
    program = _program(_ARCHITECTURES[machine], _ALLOWED[machine])
    buffer = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    header = ctypes.create_string_buffer(head, len(head))
    refused: int = _prctl()(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header), 0, 0)
    return refused == 0


def _program(architecture: int, allowed: tuple[int, ...]) -> bytes:
    """Return the filter: of this architecture and in the list, or "operation not permitted"."""
    steps = [
        (_LOAD_WORD, 0, 0, _AT_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _RET_EPERM),
        (_LOAD_WORD, 0, 0, _AT_NUMBER),
    ]
    for number in allowed:
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _RET_ALLOW)]
    steps.append((_RETURN, 0, 0, _RET_EPERM))
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _prctl() -> "ctypes._NamedFuncPointer":
    function = ctypes.CDLL(None, use_errno=True).prctl
    function.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    function.restype = ctypes.c_int
    return function
