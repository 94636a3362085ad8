"""`entente upgrade`: bring database and static files to this version. Safe to repeat, and to be interrupted."""

from dataclasses import dataclass

from entente.cli import kernels
from entente.cli.output import answer_json, fail, say
from entente.cli.readiness import before_django, unapplied_migrations
from entente.cli.surroundings import DataOption, JsonOption, start_django, use_data_dir


@dataclass(frozen=True)
class Brought:
    """What was done: the migrations applied."""

    migrations: list[str]


def command(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Apply the migrations that are missing and collect the static files."""
    folder = use_data_dir(data)
    config, problems = before_django(folder)
    if config is None or problems:
        raise fail("Nothing was changed:\n" + "".join(f"  - {line}\n" for line in problems), as_json=as_json)
    start_django()
    done = bring_up_to_date()
    kernels.fill(folder, anew=True)
    if as_json:
        answer_json({"data_dir": folder, "migrations": done.migrations})
    else:
        say(f"{len(done.migrations)} migrations applied. {folder} is at this version.")


def bring_up_to_date() -> Brought:
    """Apply migrations and collect static files; Django must be set up."""
    from django.core.management import call_command

    pending = unapplied_migrations()
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    return Brought(pending)
