"""The command: make the world, start both services, play, wait."""

import shutil
import signal
import socket
import threading
from pathlib import Path
from typing import Annotated

import typer

from entente.cli import kernels
from entente.cli.output import fail, say
from entente.cli.surroundings import start_django, use_data_dir

MARK = "entente-demo"
"""A file that says that a folder belongs to a demo, so that only such a folder is ever emptied."""


def command(
    data: Annotated[Path, typer.Option("--data", help="Where the exercise lives.")] = Path("var/demo"),
    port: Annotated[int, typer.Option(help="Entente's port on this machine.")] = 8700,
    agora_port: Annotated[int, typer.Option(help="The port of agora, the example hosting service.")] = 8701,
    auto: Annotated[
        bool, typer.Option("--auto", help="Play everything without a person, then exit.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Go on with the exercise that is there.")] = False,
) -> None:
    """Play the main job in an exercise: an order from signature to feedback, then more by your own hand."""
    for option, number in (("--port", port), ("--agora-port", agora_port)):
        if _is_taken(number):
            raise fail(
                f"Port {number} is taken, perhaps by another exercise. Stop that one, or choose another with {option}."
            )
    folder = data.absolute()
    if not _make_room(folder, keep=keep):
        raise fail(f"{folder} exists and is no exercise. Choose another folder with --data.")
    fresh = not (folder / "data" / "entente.toml").exists()
    from entente.cli.demo import stage

    plan = stage.Plan(folder=folder, port=port, agora_port=agora_port)
    if fresh:
        stage.write_configuration(plan)
    use_data_dir(plan.data_dir)
    _prepare(plan, fresh=fresh)
    with stage.Stage(plan) as running:
        running.wait_until_ready()
        _play(plan, fresh=fresh, auto=auto)
        if not auto:
            _wait(running)


def _is_taken(port: int) -> bool:
    """Say whether somebody already listens there; asked before anything is emptied or made."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _make_room(folder: Path, *, keep: bool) -> bool:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            return False
        if keep:
            return True
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("This folder belongs to an Entente exercise and is emptied by the next one.\n")
    return True


def _prepare(plan: "stage.Plan", *, fresh: bool) -> None:  # type: ignore[name-defined] # noqa: F821
    from entente.cli.init import initialise

    if fresh:
        say("Making the exercise: keys, database, invented people and content ...")
        initialise(plan.data_dir)
        from entente.cli.demo import world

        world.create(plan)
        kernels.fill_beside(plan.data_dir)
        return
    start_django()


def _play(plan: "stage.Plan", *, fresh: bool, auto: bool) -> None:  # type: ignore[name-defined] # noqa: F821
    from entente.cli.demo import programme

    if fresh:
        programme.first_order(plan)
    if auto:
        programme.everything_else(plan)
        say("\n[bold]The whole exercise was played.[/bold]")
        return
    if fresh:
        programme.leave_one_waiting(plan)
    programme.say_where_to_go(plan)


def _wait(running: "stage.Stage") -> None:  # type: ignore[name-defined] # noqa: F821
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: stopped.set())
    while not stopped.wait(0.5):
        if not running.is_alive():
            raise fail(
                f"A service of the exercise has stopped. What it said: {running.plan.folder / 'services.log'}"
            )
    say("\nStopping.")
