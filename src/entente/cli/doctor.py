"""`entente doctor`: look at everything and say what to do. Changes nothing."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from entente.cli.output import FOUND, answer_json, fail
from entente.cli.surroundings import DataOption, JsonOption, read_config, start_django, use_data_dir

if TYPE_CHECKING:
    from entente.cli.findings import Finding

_MARKS = {"well": "[green]well[/green]", "warning": "[yellow]look[/yellow]", "ill": "[red]ill[/red]"}


def command(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Look at everything this instance needs and say what to do.

    Exit code 0: all well; 1: something needs a look; 2: it could not even be looked at.
    """
    from entente.apps.kernel.config import ConfigError
    from entente.apps.kernel.keys import KeysMissing, KeyUnsafe
    from entente.cli.findings import look

    folder = use_data_dir(data)
    if not folder.is_dir():
        raise fail(
            f"The data directory {folder} does not exist. Run: entente init --data {folder}", as_json=as_json
        )
    try:
        config = read_config(folder)
        start_django()
    except (ConfigError, KeysMissing, KeyUnsafe) as error:
        raise fail(str(error), as_json=as_json) from None
    found = list(look(config))
    if as_json:
        answer_json(
            {"well": all(one.state == "well" for one in found), "findings": [asdict(one) for one in found]}
        )
    else:
        show(found)
    if any(one.state != "well" for one in found):
        raise typer.Exit(FOUND)


def show(found: "list[Finding]") -> None:
    """Print the findings as a table, advice under what needs it."""
    from rich.console import Console
    from rich.table import Table

    table = Table("", "organ", "how it is", "what to do", box=None, header_style="bold", pad_edge=False)
    for one in found:
        table.add_row(_MARKS[one.state], one.organ, one.detail, one.advice)
    Console(highlight=False).print(table)
