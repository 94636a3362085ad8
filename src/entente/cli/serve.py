"""`entente serve`: check, listen, start the tree, say the address when the first answer is possible."""

import socket
import sys
from pathlib import Path

import typer

from entente.cli.output import FAILED, answer_json, fail, say
from entente.cli.processes import REFUSED, log_to_stderr
from entente.cli.readiness import before_django
from entente.cli.supervisor import AddressTaken, Supervisor, listen
from entente.cli.surroundings import DataOption, JsonOption, use_data_dir


def command(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Start the web workers and the worker as one process tree; SIGTERM or Ctrl-C drains it.

    The parent waits and nothing else. A child that dies is started again, with growing patience.
    """
    folder = use_data_dir(data)
    config, problems = before_django(folder)
    if config is None or problems:
        listed = "".join(f"  - {line}\n" for line in problems)
        raise fail(f"Entente cannot serve yet:\n{listed}", as_json=as_json)
    log_to_stderr(config.log_level)
    try:
        listener = listen(config.server.host, config.server.port)
    except AddressTaken as error:
        raise fail(str(error), as_json=as_json) from None
    sweep_temporary(folder)
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def ready() -> None:
        if as_json:
            answer_json({"event": "ready", "address": address, "base_url": config.base_url})
        else:
            say(f"Entente serves [bold]{config.base_url}[/bold] on {address}. Stop with Ctrl-C.")

    code = Supervisor(listener, _nursery, ready).run()
    sys.stdout.flush()
    raise typer.Exit(FAILED if code == REFUSED else code)


def sweep_temporary(folder: Path) -> int:
    """Remove what a process that died left in the data directory's `tmp`; return how many files.

    What is written there has no name while it is in use, so whatever has one belongs to nobody.
    """
    left = [path for path in (folder / "tmp").glob("*") if path.is_file() or path.is_symlink()]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _nursery(listener: socket.socket, ready_fd: int) -> int:
    from entente.cli.nursery import run

    return run(listener, ready_fd)
