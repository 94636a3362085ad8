"""Database triggers that keep a leaf what it was: used by the first migration of this app.

A leaf's words never change and no leaf is deleted; only its state moves, and only forward. A salt is either there or
destroyed: it cannot be replaced, restored or moved to another leaf, and its row cannot be deleted.
"""

from typing import Any

from django.db import migrations

_FROZEN_LEAF = "NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.leaf_hash <> OLD.leaf_hash OR NEW.data <> OLD.data OR NEW.created_at <> OLD.created_at OR (OLD.state = 'integrated' AND NEW.state <> 'integrated')"
_FROZEN_SALT = "NEW.id <> OLD.id OR NEW.leaf_id <> OLD.leaf_id OR NEW.field <> OLD.field OR NEW.salt IS NOT NULL OR OLD.salt IS NULL"
_RULES = {"tlog_leaf": _FROZEN_LEAF, "tlog_leafsalt": _FROZEN_SALT}


def keep() -> migrations.RunPython:
    """Return the migration operation that installs the triggers on SQLite and PostgreSQL."""
    return migrations.RunPython(_install, _remove, elidable=False)


def _install(_apps: Any, schema_editor: Any) -> None:
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table, frozen in _RULES.items():
        if postgresql:
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {table}_keep() RETURNS trigger AS $$ BEGIN "
                f"IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '{table} is append-only'; END IF; "
                f"IF {frozen} THEN RAISE EXCEPTION '{table} is append-only'; END IF; "
                "RETURN NEW; END $$ LANGUAGE plpgsql"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_keep()"
            )
            continue
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} WHEN {frozen} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _remove(_apps: Any, schema_editor: Any) -> None:
    for table in _RULES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_keep ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_keep()")
            continue
        for verb in ("delete", "update"):
            schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")
