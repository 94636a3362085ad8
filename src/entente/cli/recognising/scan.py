"""`entente scan`: every file of a folder, against whole banks, to be gone on with whenever it is stopped."""

from pathlib import Path
from typing import Annotated

import typer

from entente.cli.output import FAILED, FOUND, fail
from entente.cli.recognising.hash import ProcessesOption, TypesOption
from entente.cli.surroundings import DataOption, JsonOption


def command(
    folder: Annotated[
        Path, typer.Argument(help="The folder; links in it are not followed.", show_default=False)
    ],
    *,
    banks: Annotated[
        list[str],
        typer.Option("--bank", help="A list in a file, or the name of a bank here. Several are several."),
    ],
    types: TypesOption = "",
    report: Annotated[
        Path | None, typer.Option("--report", help="A .csv or .parquet file to write.", show_default="none")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a scan that was stopped.")] = False,
    dask: Annotated[
        str,
        typer.Option(
            "--dask", help="The scheduler of a Dask cluster, tcp://... or tls://...", show_default="none"
        ),
    ] = "",
    processes: ProcessesOption = 2,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for the signals of banks in all files of a folder.

    Exit code 0: nothing found in any file; 1: something matched; 2: nothing matched, but some files could not be
    looked at, or the scan could not be made. A scan that was stopped goes on with --resume.
    """
    from entente.cli.recognising.bank_folders import BankFolderUnusable
    from entente.cli.recognising.bank_sources import BankNotForScans, NoSuchBankHere, UnknownFormatName
    from entente.cli.recognising.cluster import ClusterProblem
    from entente.cli.recognising.hashing import UnknownTypes
    from entente.cli.recognising.journal import JournalProblem
    from entente.cli.recognising.reports import ReportProblem
    from entente.cli.recognising.scan_runs import NothingToLookFor, Wish, run
    from entente.core.exchange.errors import ExchangeError

    wish = Wish(folder, tuple(banks), types, report, resume, dask, processes, data, as_json)
    try:
        tally = run(wish)
    except (
        *(BankFolderUnusable, BankNotForScans, NoSuchBankHere, UnknownFormatName, ClusterProblem),
        *(UnknownTypes, NothingToLookFor, JournalProblem, ReportProblem, ExchangeError, OSError),
    ) as error:
        raise fail(str(error), as_json=as_json) from None
    except KeyboardInterrupt:
        raise fail("Stopped. The same command with --resume goes on from here.", as_json=as_json) from None
    if tally.matched:
        raise typer.Exit(FOUND)
    if tally.failed:
        raise typer.Exit(FAILED)
