"""The `entente` command: a table of commands, each imported when it is asked for.

Every command speaks to a person by default and to a machine with `--json`. Exit codes: 0 done, 1 something
was found that needs a look, 2 it could not be done.
"""

import importlib
import importlib.metadata
import platform
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

from entente import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "init": (
        "entente.cli.init",
        "Make a data directory: keys, configuration, database, first administrator.",
    ),
    "serve": ("entente.cli.serve", "Start the web workers and the worker as one process tree."),
    "worker": ("entente.cli.worker", "Run the worker alone: clocks, deliveries, snapshots."),
    "doctor": ("entente.cli.doctor", "Look at everything this instance needs and say what to do."),
    "upgrade": ("entente.cli.upgrade", "Bring the database and the static files to this version."),
    "demo": ("entente.cli.demo", "Play the main job in an exercise with invented content."),
    "hash": ("entente.cli.recognising.hash", "Compute the signals of files, in confined processes."),
    "check": ("entente.cli.recognising.check", "Ask whether files, addresses, texts or signals are known."),
    "scan": ("entente.cli.recognising.scan", "Look for the signals of banks in all files of a folder."),
    "banks": ("entente.cli.recognising.banks", "List, make, fill and write out banks of signals."),
    "law": ("entente.cli.law", "Read the law data this instance works from."),
}
"""Command name -> (module, one line of help). A module offers `command`, or `app` for a group."""


class Commands(TyperGroup):
    """The group that lists commands without importing them."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        """Return the command names in the order a newcomer needs them."""
        return list(COMMANDS)

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a placeholder that knows its line of help, for the listing."""
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name][1])

    @override
    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Import the command that was asked for."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name else command, rest


def load(name: str) -> Any:
    """Import one command's module and return its Click command."""
    module: Any = importlib.import_module(COMMANDS[name][0])
    group: typer.Typer | None = getattr(module, "app", None)
    if group is None:
        group = typer.Typer(add_completion=False)
        group.command(name, help=module.command.__doc__)(module.command)
    return typer.main.get_command(group)


app = typer.Typer(
    cls=Commands,
    name="entente",
    help="Entente: act together against terrorist content, fast, lawfully, in the open.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        print(
            f"entente {__version__} (Python {platform.python_version()}, Django {importlib.metadata.version('django')})"
        )
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", help="Say which version this is.", is_eager=True, callback=_show_version
    ),
) -> None:
    """Entente: act together against terrorist content, fast, lawfully, in the open."""


def main() -> int:
    """Run the command line; return its exit code."""
    try:
        app(prog_name="entente")
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 2
    except Exception:  # noqa: BLE001 - whatever broke: exit code 1 would say that something was found
        traceback.print_exc()
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
