# ruff: noqa: SLF001 - `_meta` is documented by Django, `_state` is what its own inserts set
"""New rows, and rows found by one column, where somebody at a door waits for them.

Django composes the statement of every `save` and of every query anew, which takes longer than SQLite takes to run it.
Here it is composed once for each model. Only for models without signals, parents, generated columns or keys made by the
database, which are all of ours: see ADR 0004 for the signals and ADR 0017 for the keys.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model

Row = TypeVar("Row", bound=Model)


def insert_row(row: Row) -> Row:
    """Insert one new row, as `row.save(force_insert=True)` does, and return it. Raises IntegrityError."""
    insert_rows([row])
    return row


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model, inside the caller's transaction. Raises IntegrityError."""
    if not rows:
        return
    statement, fields = _insertion(type(rows[0]))
    values = [
        [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
        for row in rows
    ]
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(statement, values[0])
        else:
            cursor.executemany(statement, values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def find_row(model: type[Row], column: str, value: object) -> Row | None:
    """Return the row whose unique `column` is `value`, as `model.objects.filter(column=value).first()` does."""
    statement, field = _selection(model, column)
    found = model._default_manager.raw(statement, [field.get_db_prep_value(value, connection)])
    return next(iter(found), None)


@cache
def _insertion(model: type[Model]) -> tuple[str, list["Field[Any, Any]"]]:
    fields = list(model._meta.concrete_fields)
    places = ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({_columns(model)}) VALUES ({places})", fields  # noqa: S608 - our models' names


@cache
def _selection(model: type[Model], column: str) -> tuple[str, "Field[Any, Any]"]:
    field = next(one for one in model._meta.concrete_fields if one.name == column)
    quote = connection.ops.quote_name
    table, name = quote(model._meta.db_table), quote(str(field.column))
    return f"SELECT {_columns(model)} FROM {table} WHERE {name} = %s", field  # noqa: S608 - our models' names


def _columns(model: type[Model]) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields)
