"""Database triggers that refuse UPDATE and DELETE on tables of history.

Used by migrations of every append-only table. The triggers hold against our own code, the ORM's bulk
operations and a careless shell alike.
"""

from collections.abc import Callable
from typing import Any

from django.db import migrations


def protect(table: str) -> migrations.RunPython:
    """Return the migration operation that makes `table` append-only on SQLite and PostgreSQL."""
    return migrations.RunPython(_install(table), _remove(table), elidable=False)


def protect_again(table: str) -> migrations.RunPython:
    """Return the operation that follows a change of such a table: SQLite rebuilds it and forgets its triggers."""
    return migrations.RunPython(_install_again(table), migrations.RunPython.noop, elidable=False)


def _install_again(table: str) -> Callable[[Any, Any], None]:
    def install(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
            _install(table)(apps, schema_editor)

    return install


def _install(table: str) -> Callable[[Any, Any], None]:
    def install(_apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger AS $$ "
                f"BEGIN RAISE EXCEPTION '{table} is append-only'; END $$ LANGUAGE plpgsql"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
            )
            return
        for verb in ("UPDATE", "DELETE"):
            schema_editor.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )

    return install


def _remove(table: str) -> Callable[[Any, Any], None]:
    def remove(_apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_append_only()")
            return
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")

    return remove
