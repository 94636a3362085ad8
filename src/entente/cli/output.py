"""How commands speak: rich text for a person, one JSON document for a machine."""

import json
import sys
from typing import Any

import typer

OK, FOUND, FAILED = 0, 1, 2


def answer_json(document: Any) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Print a line for a person; markup as rich understands it."""
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(text)


def fail(message: str, *, as_json: bool = False) -> typer.Exit:
    """Report why something could not be done; raise what is returned."""
    if as_json:
        answer_json({"error": message})
    else:
        sys.stderr.write(message.rstrip() + "\n")
    return typer.Exit(FAILED)
