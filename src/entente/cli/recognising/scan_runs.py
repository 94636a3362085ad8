"""One run of a scan, from the wish to the report: banks made or found again, files looked at, what was found told."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entente.cli.recognising import reports
from entente.cli.recognising.bank_folders import BankFolder, BankFolderUnusable
from entente.cli.recognising.bank_sources import (
    BankSource,
    NoSuchBankHere,
    source_of_file,
    source_of_instance,
)
from entente.cli.recognising.cluster import cluster_crew
from entente.cli.recognising.hashing import TO_ASK, TYPE_OF, read_types
from entente.cli.recognising.instances import InstanceUnusable, open_instance
from entente.cli.recognising.journal import Journal, JournalProblem
from entente.cli.recognising.json_lists import JsonList
from entente.cli.recognising.parts import Setup
from entente.cli.recognising.progress import Progress
from entente.cli.recognising.scanning import Crew, Tally, drive, is_bad, local_crew
from entente.cli.recognising.shown import counted, shown
from entente.cli.recognising.targets import Tree

JOURNAL_SUFFIX, BANKS_SUFFIX = ".journal", ".banks"
WITHOUT_REPORT = "entente-scan"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for."""

    folder: Path
    banks: tuple[str, ...]
    types: str = ""
    report: Path | None = None
    resume: bool = False
    dask: str = ""
    processes: int = 2
    data: Path | None = None
    as_json: bool = False

    @property
    def journal(self) -> Path:
        """Where it is remembered what is done: beside the report, or in the working directory."""
        beside = self.report or Path.cwd() / WITHOUT_REPORT
        return beside.absolute().with_name(beside.name + JOURNAL_SUFFIX)

    @property
    def bank_folders(self) -> Path:
        """Where the banks lie as long as the scan is not finished."""
        return self.journal.with_name(self.journal.name.removesuffix(JOURNAL_SUFFIX) + BANKS_SUFFIX)


class NothingToLookFor(Exception):
    """The banks hold no signal that a file could match."""


def run(wish: Wish) -> Tally:
    """Scan, and say what was found. Raises what `Journal`, `BankFolder`, `Tree` and reports raise, NothingToLookFor."""
    if wish.report is not None:
        reports.writer_for(wish.report)
        if wish.report.exists() and not wish.resume:
            raise reports.ReportProblem(f"{wish.report} is there already.")
    leave_out = [wish.journal, wish.bank_folders, *([wish.report.absolute()] if wish.report else ())]
    sources = [source_of(name, wish.data) for name in wish.banks]
    with ExitStack() as stack:
        tree = Tree(wish.folder, leave_out=leave_out)
        stack.callback(tree.close)
        header = {
            "root": str(tree.root),
            "banks": [source.facts.origin for source in sources],
            "types": wish.types,
        }
        journal = (Journal.resume if wish.resume else Journal.begin)(wish.journal, header)
        stack.callback(journal.close)
        tally = Tally()
        try:
            setup = _set_up(wish, tree, sources)
            for record in journal.records():
                tally.count(record)
            with Progress("scanned", "files", quiet=wish.as_json) as progress:
                _scan(wish, tree, journal, setup, Listener(tally, progress, quiet=wish.as_json))
        except BaseException:
            _forget_if_empty(journal, wish)
            raise
        _finish(wish, tree, journal, tally)
    return tally


def source_of(name: str, data: Path | None) -> BankSource:
    """Return the list somebody named: a file, or else a bank of this instance.

    Raises NoSuchBankHere, BankNotForScans, UnknownFormatName, OSError.
    """
    path = Path(name)
    if path.is_file():
        return source_of_file(path)
    try:
        open_instance(data)
    except InstanceUnusable as error:
        raise NoSuchBankHere(
            f"There is no file {name!r}, and no instance that could have such a bank.\n{error}"
        ) from None
    return source_of_instance(name)


class Listener:
    """Hears what came home, counts it, and tells a person what needs a look."""

    def __init__(self, tally: Tally, progress: Progress, *, quiet: bool) -> None:
        self.tally = tally
        self.progress = progress
        self._is_quiet = quiet

    def __call__(self, records: list[dict[str, Any]]) -> None:
        """Take in the records of a part."""
        for record in records:
            self.tally.count(record)
            if not self._is_quiet:
                self._tell(record)
        self.progress.advance(len(records))

    def _tell(self, record: dict[str, Any]) -> None:
        path = shown(record["path"])
        for match in record.get("matches", ()):
            self.progress.above(reports.match_line(match, path))
        if is_bad(record):
            why = f" ({record['message']})" if record.get("message") else ""
            self.progress.above(f"{path}: {record['outcome']}{why}", stream=sys.stderr)


def _set_up(wish: Wish, tree: Tree, sources: list[BankSource]) -> Setup:
    """Make the banks, or find them again. Raises BankFolderUnusable, NothingToLookFor, JournalProblem, OSError."""
    asked = read_types(wish.types, TO_ASK.values())
    folders = [wish.bank_folders / str(number) for number in range(len(sources))]
    banks = [_bank(wish, *pair) for pair in zip(folders, sources, strict=True)]
    held = {name for bank in banks for name, count in bank.counts.items() if count}
    wanted = sorted(name for name in asked if TYPE_OF[name] in held)
    if not wanted:
        raise NothingToLookFor(
            f"The banks hold {', '.join(sorted(held)) or 'nothing'}: no file is looked for by that."
        )
    return Setup(str(tree.root), tuple(map(str, folders)), tuple(wanted))


def _bank(wish: Wish, folder: Path, source: BankSource) -> BankFolder:
    try:
        found = BankFolder(folder)
        if found.facts.origin == source.facts.origin:
            return found
    except BankFolderUnusable:
        pass
    if wish.resume and not source.is_repeatable and wish.journal.stat().st_size > _header_size(wish.journal):
        raise JournalProblem(
            f"The copy of the bank {source.facts.name!r} is gone, and the bank may have changed. "
            f"Remove {wish.journal} to start anew."
        )
    with Progress(f"reading {source.facts.name}:", "signals", quiet=wish.as_json) as progress:
        made = BankFolder.make(folder, source.facts, _counted(source, progress))
    if not wish.as_json:
        sys.stderr.write(_about(made, source) + "\n")
    return made


def _header_size(journal: Path) -> int:
    with journal.open("rb") as file:
        return len(file.readline())


def _counted(source: BankSource, progress: Progress) -> Iterator[Any]:
    for one in source.listed():
        progress.advance()
        yield one


def _about(bank: BankFolder, source: BankSource) -> str:
    by_type = ", ".join(f"{name} {count:,}" for name, count in bank.counts.items()) or "none"
    words = f"bank {source.facts.name}: {counted(len(bank), 'signal')} ({by_type})"
    if source.bad.count:
        first = "; ".join(f"line {bad.line}: {bad.reason}" for bad in source.bad.first)
        words += f"; {counted(source.bad.count, 'line')} could not be read, the first: {first}"
    return words


def _scan(wish: Wish, tree: Tree, journal: Journal, setup: Setup, listener: Listener) -> None:
    done = journal.done()
    listener.progress.total = sum(1 for _ in tree.files())
    listener.progress.skip(len(done))
    with _crew(wish, setup) as crew:
        drive(crew, (path for path in tree.files() if path not in done), journal, listener)
    lost = [
        {"path": f"{folder}/", "outcome": "unreadable", "media_type": "", "message": reason}
        for folder, reason in tree.unreadable
    ]
    fresh = [record for record in lost if record["path"] not in done]
    if fresh:
        journal.append(b"".join(json.dumps(record).encode("ascii") + b"\n" for record in fresh))
        listener(fresh)


def _crew(wish: Wish, setup: Setup) -> AbstractContextManager[Crew]:
    if wish.dask:
        return cluster_crew(wish.dask, setup)
    return local_crew(setup, processes=wish.processes)


def _finish(wish: Wish, tree: Tree, journal: Journal, tally: Tally) -> None:
    """Write the report, say the sums, and end the scan: with the report there, nothing else is needed."""
    if wish.report is not None:
        reports.write_report(wish.report, reports.rows(journal.records()))
    if wish.as_json:
        with JsonList("found", sys.stdout, is_on=True) as found:
            for row in reports.rows(journal.records()):
                found.add(row)
            found.finish(
                {
                    "files": tally.files,
                    "matched": tally.matched,
                    "failed": tally.failed,
                    "vanished": tally.vanished,
                    "passed_over": tree.passed_over,
                    "outcomes": tally.outcomes,
                    "report": str(wish.report or ""),
                }
            )
    else:
        print(_sums(tally, tree.passed_over))
        if wish.report is not None:
            print(f"Report: {wish.report}")
    journal.remove()
    shutil.rmtree(wish.bank_folders, ignore_errors=True)


def _sums(tally: Tally, passed_over: int) -> str:
    said = [f"{tally.matched:,} matched", f"{tally.failed:,} could not be looked at"]
    if tally.vanished:
        said.append(f"{tally.vanished:,} vanished meanwhile")
    words = f"{counted(tally.files, 'file')}: {', '.join(said)}."
    if passed_over:
        words += f" {counted(passed_over, 'link or other thing that is no file', 'links and other things that are no files')} passed over."
    return words


def _forget_if_empty(journal: Journal, wish: Wish) -> None:
    """Leave nothing behind of a scan that could not begin."""
    if next(journal.records(), None) is None:
        journal.remove()
        shutil.rmtree(wish.bank_folders, ignore_errors=True)
