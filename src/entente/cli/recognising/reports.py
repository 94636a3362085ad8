"""What a scan found, as a table: a row for each match, and for each file that could not be looked at.

The names of files are hostile: they are written in printable characters, and in CSV nothing that a spreadsheet would
run stands at the beginning of a cell. `path_bytes` has the true name in hexadecimal where `path` cannot say it.
"""

import csv
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from entente.cli.recognising.cluster import INSTALL_LINE
from entente.cli.recognising.scanning import is_bad
from entente.cli.recognising.shown import as_bytes, shown

COLUMNS: Final = (
    *("path", "path_bytes", "outcome", "bank", "policy", "signal_type", "signal", "distance"),
    *("labels", "entity", "reference", "signal_id", "media_type", "message"),
)
_NUMBERS: Final = frozenset({"distance", "signal_id"})
_LISTS: Final = frozenset({"labels"})
_RUNS_IN_SPREADSHEETS: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_ROWS_AT_ONCE: Final = 10_000

Row = dict[str, Any]


class ReportProblem(Exception):
    """The report cannot be written like that; the message says what to do."""


def writer_for(path: Path) -> Callable[[Path, Iterable[Row]], None]:
    """Return what writes a report of this name. Raises ReportProblem."""
    if path.suffix.lower() == ".csv":
        return write_csv
    if path.suffix.lower() != ".parquet":
        raise ReportProblem("A report is a file that ends with .csv or .parquet.")
    try:
        import pyarrow.parquet  # noqa: F401 - is it there?
    except ImportError:
        raise ReportProblem(f"Parquet needs pyarrow. Install it with: {INSTALL_LINE}") from None
    return write_parquet


def rows(records: Iterable[dict[str, Any]]) -> Iterator[Row]:
    """Yield the rows of what a scan found."""
    for record in records:
        matches = record.get("matches", ())
        for match in matches:
            yield _row(record, match)
        if not matches and is_bad(record):
            yield _row(record, {})


def names(path: str) -> dict[str, str]:
    """Return a path as people read it, and its bytes where that does not say them."""
    written = shown(path)
    return {"path": written, "path_bytes": "" if written == path else as_bytes(path).hex()}


def match_line(match: dict[str, Any], what: str) -> str:
    """Return a match in one line."""
    said = [f"{match['type']}:{match['signal']}", f"distance {match['distance']}", match["policy"]]
    said += [match["entity"], *match["labels"]]
    return f"match  {what}  in {match['bank']!r}: {', '.join(filter(None, map(shown, said)))}"


def _row(record: dict[str, Any], match: dict[str, Any]) -> Row:
    return {
        **names(record["path"]),
        "outcome": record["outcome"],
        "bank": match.get("bank", ""),
        "policy": match.get("policy", ""),
        "signal_type": match.get("type", ""),
        "signal": match.get("signal", ""),
        "distance": match.get("distance"),
        "labels": list(match.get("labels", ())),
        "entity": match.get("entity", ""),
        "reference": match.get("reference", ""),
        "signal_id": match.get("signal_id"),
        "media_type": record["media_type"],
        "message": record.get("message", ""),
    }


def write_report(path: Path, found: Iterable[Row]) -> None:
    """Write a report; it appears whole, or not at all. Raises ReportProblem, OSError."""
    writing = path.with_name(f".{path.name}.writing")
    try:
        writer_for(path)(writing, found)
        with writing.open("rb") as file:
            os.fsync(file.fileno())
        writing.replace(path)
    finally:
        writing.unlink(missing_ok=True)


def write_csv(path: Path, found: Iterable[Row]) -> None:
    """Write rows as CSV (RFC 4180), UTF-8; labels have semicolons between them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in found:
            writer.writerow([_cell(row[column]) for column in COLUMNS])


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    text = "; ".join(map(shown, value)) if isinstance(value, list) else value
    return f"'{text}" if text.startswith(_RUNS_IN_SPREADSHEETS) else text


def write_parquet(path: Path, found: Iterable[Row]) -> None:
    """Write rows as Parquet: numbers as 64 bits, labels as a list of texts, everything else as text."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.int64() for name in _NUMBERS} | {name: pa.list_(pa.string()) for name in _LISTS}
    schema = pa.schema([(column, kinds.get(column, pa.string())) for column in COLUMNS])
    waiting = iter(found)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        while some := list(itertools.islice(waiting, _ROWS_AT_ONCE)):
            writer.write_table(pa.Table.from_pylist(some, schema=schema))
