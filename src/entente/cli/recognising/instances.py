"""The instance a command works on: opened, or said in words why it cannot be."""

from pathlib import Path

from entente.cli.readiness import before_django, unapplied_migrations
from entente.cli.surroundings import start_django, use_data_dir


class InstanceUnusable(Exception):
    """The data directory holds no instance that can be used; the message says what to do."""


def open_instance(data: Path | None) -> Path:
    """Set up Django for a data directory, and return it. Raises InstanceUnusable."""
    folder = use_data_dir(data)
    config, problems = before_django(folder)
    if config is None or problems:
        raise InstanceUnusable("\n".join(problems))
    start_django()
    from django.db import DatabaseError

    try:
        pending = unapplied_migrations()
    except DatabaseError as error:
        raise InstanceUnusable(f"The database does not answer: {str(error).strip()}") from None
    if pending:
        raise InstanceUnusable(f"{len(pending)} migrations are not applied. Run: entente upgrade")
    return folder
