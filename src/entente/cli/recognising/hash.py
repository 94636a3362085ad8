"""`entente hash`: the signals of files, one on each line."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli.output import FAILED, fail
from entente.cli.surroundings import JsonOption

if TYPE_CHECKING:
    from entente.apps.content.hashing.pool import HashingPool
    from entente.cli.recognising.hashing import FileSignals

FilesArgument = Annotated[list[str], typer.Argument(help="Files; - is standard input.", show_default=False)]
TypesOption = Annotated[
    str,
    typer.Option("--types", help="What to make of them, with commas between.", show_default="what they have"),
]
ProcessesOption = Annotated[
    int, typer.Option("--processes", help="Confined processes that decode at a time.", min=1, max=256)
]


def command(
    files: FilesArgument, types: TypesOption = "", processes: ProcessesOption = 2, as_json: JsonOption = False
) -> None:
    """Compute the signals of files, in confined processes. One line each: TYPE:VALUE, two blanks, the file.

    Exit code 0: all were hashed; 2: some could not be, and standard error says why.
    """
    import sys

    from entente.cli.recognising.hashing import TO_HASH, UnknownTypes, read_types
    from entente.cli.recognising.json_lists import JsonList

    try:
        wanted = read_types(types, TO_HASH)
    except UnknownTypes as error:
        raise fail(str(error), as_json=as_json) from None
    failed = 0
    with JsonList("files", sys.stdout, is_on=as_json) as documents:
        for name, found in hashed(files, wanted, processes=processes):
            bad = found.has_failed or not found.signals
            failed += bad
            if as_json:
                documents.add(as_document(name, found))
            else:
                tell(name, found, bad=bad)
    if failed:
        raise typer.Exit(FAILED)


def hashed(
    names: list[str], wanted: frozenset[str], *, processes: int
) -> Iterator[tuple[str, "FileSignals"]]:
    """Yield each file with its signals, in the order they were named, several being hashed at a time."""
    from entente.apps.content.hashing.pool import HashingPool

    with HashingPool(processes=processes) as pool, ThreadPoolExecutor(processes) as threads:
        yield from zip(names, threads.map(partial(_hash_one, pool, wanted), names), strict=True)


def _hash_one(pool: "HashingPool", wanted: frozenset[str], name: str) -> "FileSignals":
    from entente.apps.content.hashing.limits import DEFAULT_LIMITS
    from entente.cli.recognising.hashing import hash_opened
    from entente.cli.recognising.targets import STANDARD_INPUT, open_named, open_standard_input

    if name == STANDARD_INPUT:
        return hash_opened(pool, partial(open_standard_input, DEFAULT_LIMITS.input_bytes), wanted)
    return hash_opened(pool, partial(open_named, name), wanted, name=Path(name).name)


def tell(name: str, found: "FileSignals", *, bad: bool) -> None:
    """Print the signals of a file; on standard error, what is to be said of it."""
    import sys

    from entente.cli.recognising.shown import shown

    for signal_type, value in found.signals:
        print(f"{signal_type}:{_written(signal_type, value)}  {shown(name)}")
    remarks = "; ".join(filter(None, (found.message, *found.notes)))
    if bad or remarks:
        sys.stdout.flush()
        sys.stderr.write(f"{shown(name)}: {found.outcome}{f' ({remarks})' if remarks else ''}\n")


def as_document(name: str, found: "FileSignals") -> dict[str, Any]:
    """Return what came of a file for a machine; `name_bytes` stands there where `file` cannot say the name."""
    from entente.cli.recognising.shown import as_bytes, shown

    written = shown(name)
    return {
        "file": written,
        **({} if written == name else {"name_bytes": as_bytes(name).hex()}),
        "outcome": found.outcome,
        "media_type": found.media_type,
        "quality": found.quality,
        "notes": found.notes,
        "message": found.message,
        "signals": [{"type": kind, "value": _written(kind, value)} for kind, value in found.signals],
    }


def _written(signal_type: str, value: bytes) -> str:
    from entente.core.signals.registry import signal_types

    return signal_types()[signal_type].write(value)
