"""A SQLite database in a file, so that several threads can be several workers on it, as in production."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections

from entente.settings.databases import sqlite


@contextmanager
def _pointed_at(path: Path) -> Iterator[None]:
    """Point every thread's default connection at a SQLite file."""
    own, settings = connections["default"], connections.databases["default"]
    connections.databases["default"] = {**settings, **sqlite(str(path))}
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.databases["default"] = settings
        connections["default"] = own


@pytest.fixture(scope="session")
def empty_database_file(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Make a migrated, empty database file once.

    The suite's own database is copied where it is one of SQLite and was made: pytest-django makes none when only tests
    on files were chosen.
    """
    path = tmp_path_factory.mktemp("database") / "empty.sqlite3"
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite" and connection.introspection.table_names():
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(path)])
        else:
            with _pointed_at(path):
                call_command("migrate", verbosity=0)
    return path


@pytest.fixture
def database_file(empty_database_file: Path, django_db_blocker: Any, tmp_path: Path) -> Iterator[Path]:
    """Give the test a database file of its own; nothing is rolled back, the file is thrown away."""
    path = tmp_path / "entente.sqlite3"
    shutil.copy(empty_database_file, path)
    with django_db_blocker.unblock(), _pointed_at(path):
        yield path


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads of their own, all together, and return what each returned, or its exception."""
    results: list[Any] = [None] * len(jobs)

    def run(position: int, job: Callable[[], Any]) -> None:
        try:
            results[position] = job()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[position] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(position, job)) for position, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results
