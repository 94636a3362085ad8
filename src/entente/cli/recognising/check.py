"""`entente check`: are these files, addresses, texts or signals known? Looks only: no case, no record."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli.output import FAILED, FOUND, answer_json, fail
from entente.cli.recognising.hash import ProcessesOption
from entente.cli.surroundings import DataOption, JsonOption

if TYPE_CHECKING:
    from entente.cli.recognising.asking import Asked, Question


def command(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files; - is standard input.", show_default=False)
    ] = None,
    *,
    urls: Annotated[list[str] | None, typer.Option("--url", help="An address.", show_default=False)] = None,
    texts: Annotated[list[str] | None, typer.Option("--text", help="A text.", show_default=False)] = None,
    signals: Annotated[
        list[str] | None,
        typer.Option(
            "--signal", help="A ready signal, TYPE:VALUE as `entente hash` says it.", show_default=False
        ),
    ] = None,
    bank: Annotated[
        str,
        typer.Option(
            "--bank", help="A list in a file, or one bank of this instance.", show_default="all here"
        ),
    ] = "",
    processes: ProcessesOption = 2,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask whether files, addresses, texts or signals are known; nothing is written, and no case is opened.

    Exit code 0: none is known; 1: something matched; 2: nothing matched, but something could not be looked at, or
    nobody can tell (unknown).
    """
    from entente.cli.recognising.asking import UnreadableQuestion, answered
    from entente.cli.recognising.bank_sources import NoSuchBankHere, UnknownFormatName
    from entente.cli.recognising.instances import InstanceUnusable
    from entente.core.exchange.errors import ExchangeError

    try:
        with ExitStack() as stack:
            questions = list(_questions(files or [], urls or [], texts or [], signals or [], processes))
            if not questions:
                raise fail("Name a file, or give --url, --text or --signal.", as_json=as_json)
            results = list(answered(_asked(bank, data, stack), questions))
    except (
        UnreadableQuestion,
        NoSuchBankHere,
        UnknownFormatName,
        InstanceUnusable,
        ExchangeError,
        OSError,
    ) as error:
        raise fail(str(error), as_json=as_json) from None
    except KeyboardInterrupt:
        raise fail("Stopped: nobody knows.", as_json=as_json) from None
    if as_json:
        answer_json({"results": [as_document(*result) for result in results]})
    else:
        for result in results:
            tell(*result)
    if any(matches for _question, matches, _unknown in results):
        raise typer.Exit(FOUND)
    if any(unknown or question.problem for question, _matches, unknown in results):
        raise typer.Exit(FAILED)


def _questions(
    files: list[str], urls: list[str], texts: list[str], signals: list[str], processes: int
) -> "Iterator[Question]":
    """Yield what is asked. Raises UnreadableQuestion, before anything slow."""
    from entente.cli.recognising import asking

    ready = [asking.of_signal(written) for written in signals] + [asking.of_address(url) for url in urls]
    yield from _of_files(files, processes)
    if texts:
        from entente.apps.content.hashing.pool import HashingPool

        with HashingPool(processes=1) as pool:
            for text in texts:
                yield asking.of_text(pool, text)
    yield from ready


def _of_files(files: list[str], processes: int) -> "Iterator[Question]":
    from entente.cli.recognising.asking import Question
    from entente.cli.recognising.hash import hashed
    from entente.cli.recognising.hashing import TO_ASK

    if files:
        for name, found in hashed(files, frozenset(TO_ASK.values()), processes=processes):
            remark = ": ".join(filter(None, (found.outcome, found.message)))
            yield Question(name, found.signals, problem=remark if found.has_failed else "")


def _asked(bank: str, data: Path | None, stack: ExitStack) -> "Asked":
    """Return who answers. Raises NoSuchBankHere, InstanceUnusable, UnknownFormatName, ExchangeError, OSError."""
    from entente.cli.recognising import asking
    from entente.cli.recognising.bank_sources import bank_of_instance, source_of_file
    from entente.cli.recognising.instances import open_instance

    if bank and Path(bank).is_file():
        folder = tempfile.TemporaryDirectory(prefix="entente-check-")
        stack.enter_context(folder)
        return asking.ask_folder(asking.made_for_now(source_of_file(Path(bank)), folder))
    data_dir = open_instance(data)
    from entente.apps.matching.hub import IndexHub
    from entente.apps.matching.hub.process import FOLDER

    if bank:
        bank_of_instance(bank)
    index = IndexHub(data_dir / FOLDER, in_background=False)
    stack.callback(index.stop)
    index.wait(asking.WAIT_SECONDS)
    return asking.ask_instance(index, bank_name=bank)


def tell(question: "Question", matches: list[dict[str, Any]], unknown: str) -> None:
    """Print what came of one question."""
    import sys

    from entente.cli.recognising.reports import match_line
    from entente.cli.recognising.shown import shown

    what = shown(question.what)
    for match in matches:
        print(match_line(match, what))
    if not matches:
        print(
            f"unknown  {what}: the index is {unknown.replace('_', ' ')}" if unknown else f"no match  {what}"
        )
    if question.problem:
        sys.stdout.flush()
        sys.stderr.write(f"{what}: {shown(question.problem)}\n")


def as_document(question: "Question", matches: list[dict[str, Any]], unknown: str) -> dict[str, Any]:
    """Return what came of one question for a machine."""
    from entente.cli.recognising.reports import names

    answer = "match" if matches else "unknown" if unknown or question.problem else "no_match"
    return {
        **names(question.what),
        "answer": answer,
        "why": unknown or question.problem,
        "matches": matches,
    }
