"""`entente banks`: the banks of this instance, listed, made, filled from a file and written to one."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli.output import FAILED, FOUND, answer_json, fail
from entente.cli.surroundings import DataOption, JsonOption

if TYPE_CHECKING:
    from entente.apps.banks.queries import BankLine
    from entente.cli.recognising.exporting import Exported
    from entente.cli.recognising.importing import Sums

app = typer.Typer(
    help="List, make, fill and write out banks of signals.", no_args_is_help=True, add_completion=False
)

NameArgument = Annotated[str, typer.Argument(help="The bank's name.", show_default=False)]
FormatOption = Annotated[
    str, typer.Option("--format", help="csv, json, stix or misp.", show_default="as the file's name says")
]
AsOption = Annotated[
    str,
    typer.Option("--as", help="The address of the person of this service who does it.", show_default=False),
]


def _open(data: Path | None, *, as_json: bool) -> None:
    from entente.cli.recognising.instances import InstanceUnusable, open_instance

    try:
        open_instance(data)
    except InstanceUnusable as error:
        raise fail(str(error), as_json=as_json) from None


def _bank(name: str, *, as_json: bool) -> "BankLine":
    from entente.cli.recognising.bank_sources import NoSuchBankHere, bank_of_instance

    try:
        return bank_of_instance(name)
    except NoSuchBankHere as error:
        raise fail(str(error), as_json=as_json) from None


@app.command("list")
def list_banks(
    all_banks: Annotated[bool, typer.Option("--all", help="Retired ones too.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the banks in use with what a match may lead to and how many signals stand in each."""
    _open(data, as_json=as_json)
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from entente.apps.banks import queries

    found = queries.banks(include_retired=all_banks)
    if as_json:
        answer_json({"banks": [as_document(line) for line in found]})
        return
    table = Table("bank", "of", "a match may", "signals", "right", box=None, header_style="bold")
    for line in found:
        right = "" if line.precision is None else f"{line.precision:.0%}"
        cells = (line.policy.name, line.policy.owner or line.policy.owner_kind, _policy(line))
        table.add_row(*map(escape, cells), f"{line.standing_count:,}", right)
    Console(highlight=False).print(table)


@app.command("show")
def show_bank(name: NameArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show one bank: whose it is, on what it rests, how it matches."""
    _open(data, as_json=as_json)
    line = _bank(name, as_json=as_json)
    if as_json:
        answer_json(as_document(line))
        return
    policy = line.policy
    radii = ", ".join(f"{kind} {radius}" for kind, radius in policy.radii.items()) or "those of the types"
    told = {
        "bank": policy.name,
        "owner": policy.owner or policy.owner_kind,
        "basis": " ".join(filter(None, (line.basis, line.basis_reference))),
        "policy": _policy(line),
        "radii": radii,
        "share": f"{policy.share_of_traffic:.0%} of traffic",
        "state": " ".join(filter(None, (policy.state, line.retired_reason))),
        "signals": f"{line.standing_count:,} stand",
        "judged": f"{line.judged_right} right, {line.judged_wrong} wrong",
        "made": f"{line.created_at:%Y-%m-%d} by {line.created_by_name}",
    }
    for key, words in told.items():
        print(f"{key:8} {words}")


@app.command("create")
def create(
    name: NameArgument,
    *,
    basis: Annotated[str, typer.Option(help="On what it rests, in words.", show_default=False)],
    as_person: AsOption,
    reference: Annotated[str, typer.Option(help="The law or the term it rests on.")] = "",
    policy: Annotated[
        str, typer.Option(help="observe or open_case; to restrict takes two people.")
    ] = "observe",
    owner: Annotated[str, typer.Option(help="own, partner or authority.")] = "own",
    owner_name: Annotated[str, typer.Option(help="Whose it is, where it is not this service's.")] = "",
    protects: Annotated[str, typer.Option(help="journalism, evidence or counter_speech: it overrules.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a bank, in the name of a person of this service who may."""
    _open(data, as_json=as_json)
    from entente.apps.banks import services
    from entente.apps.kernel import clock
    from entente.apps.kernel.errors import DomainError
    from entente.cli.recognising.operators import NotThisPerson, person_at_the_machine

    try:
        services.create_bank(
            settings=services.BankSettings(name=name, basis=basis, basis_reference=reference, policy=policy),
            owner=services.BankOwner(kind=owner, name=owner_name),
            negative_kind=protects,
            actor=person_at_the_machine(as_person, "banks.edit"),
            at=clock.now(),
        )
    except (DomainError, NotThisPerson) as error:
        raise fail(str(error), as_json=as_json) from None
    line = _bank(" ".join(name.split()), as_json=as_json)
    if as_json:
        answer_json(as_document(line))
    else:
        print(f"The bank {line.policy.name!r} is there. Fill it: entente banks import {name!r} FILE")


@app.command("import")
def import_signals(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="The list.", show_default=False)],
    *,
    named_format: FormatOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add the signals of a file to a bank. Lines that are wrong are told in FILE.bad.csv, all others are loaded.

    Exit code 0: all was taken; 1: some was not; 2: the bank or the file cannot be used.
    """
    _open(data, as_json=as_json)
    from entente.apps.kernel.errors import DomainError
    from entente.cli.recognising.bank_sources import UnknownFormatName, format_of
    from entente.cli.recognising.importing import BAD_SUFFIX, BadFile, import_file
    from entente.cli.recognising.operators import operator
    from entente.cli.recognising.progress import Progress

    line = _bank(name, as_json=as_json)
    bad_file = BadFile(file.with_name(file.name + BAD_SUFFIX))
    with Progress("loaded", "signals", quiet=as_json) as progress:

        def told(sums: "Sums", share: float) -> None:
            progress.total = max(round(sums.read / share), sums.read) if share else 0
            progress.advance(sums.read - progress.done)

        try:
            with bad_file:
                sums = import_file(
                    file,
                    format_of(file, named_format),
                    bank_id=line.id,
                    actor=operator(),
                    bad=bad_file,
                    told=told,
                )
        except (DomainError, UnknownFormatName, OSError) as error:
            raise fail(str(error), as_json=as_json) from None
        except KeyboardInterrupt:
            raise fail("Stopped. The same command again loads the rest.", as_json=as_json) from None
    _say_import(sums, bad_file.path, as_json=as_json)
    if sums.problem:
        raise typer.Exit(FAILED)
    if sums.bad:
        raise typer.Exit(FOUND)


@app.command("export")
def export(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="The file to make.", show_default=False)],
    *,
    named_format: FormatOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what stands in a bank to a new file. What was born of an order stays out until it may be shared."""
    _open(data, as_json=as_json)
    from entente.apps.kernel import clock
    from entente.apps.kernel.errors import DomainError
    from entente.cli.recognising.bank_sources import UnknownFormatName, format_to_write
    from entente.cli.recognising.exporting import export_bank
    from entente.cli.recognising.operators import operator

    line = _bank(name, as_json=as_json)
    try:
        done = export_bank(line, file, format_to_write(file, named_format), actor=operator(), at=clock.now())
    except (DomainError, UnknownFormatName, OSError) as error:
        raise fail(str(error), as_json=as_json) from None
    if as_json:
        answer_json({"written": done.count, "not_yet": done.not_yet, "unknown_type": done.unknown})
    else:
        print(_export_words(done, file))


def as_document(line: "BankLine") -> dict[str, Any]:
    """Return a bank for a machine."""
    policy = {key: value for key, value in asdict(line.policy).items() if key != "authority_id"}
    return {
        **policy,
        "basis": line.basis,
        "basis_reference": line.basis_reference,
        "signals": line.standing_count,
        "judged_right": line.judged_right,
        "judged_wrong": line.judged_wrong,
        "created_at": line.created_at.isoformat(),
        "created_by": line.created_by_name,
    }


def _policy(line: "BankLine") -> str:
    from entente.cli.recognising.bank_sources import said_policy

    return said_policy(line.policy).replace("_", " ")


def _say_import(sums: "Sums", bad_file: Path, *, as_json: bool) -> None:
    if as_json:
        answer_json({**asdict(sums), "bad_lines": str(bad_file) if sums.bad else ""})
        return
    print(f"{sums.read:,} read: {sums.added:,} added, {sums.known:,} there already, {sums.bad:,} not taken.")
    if sums.bad:
        print(f"What was not taken, and why: {bad_file}")
    if sums.problem:
        print(f"The file was loaded up to where it can be followed; {sums.problem}")
    if sums.added:
        print(
            f"In force in every process that has read change {sums.last_change:,}: within a second where one runs."
        )


def _export_words(done: "Exported", file: Path) -> str:
    words = f"{done.count:,} signals in {file}."
    if done.not_yet:
        words += f" {done.not_yet:,} were left out: born of an order, and not to be shared yet."
    if done.unknown:
        words += f" {done.unknown:,} were left out: no installed package knows their type."
    return words
