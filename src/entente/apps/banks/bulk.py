"""Thousands of new rows in one statement of the kind that each database takes fastest.

SQLite runs one prepared statement for each row; PostgreSQL would parse it anew for each, and takes one statement with
an array for each column instead. Values come as the fields hand them to the database.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Model

_LENGTH = re.compile(r"\(\d+\)")


@dataclass(frozen=True, slots=True)
class Insertion:
    """How rows come into a table: `columns` are bound for each row, `constants` are SQL that is the same for all.

    `unless` names the columns of a unique constraint: a row that meets one under the same key is left out.
    """

    model: type[Model]
    columns: tuple[str, ...]
    constants: dict[str, str] = field(default_factory=dict)
    unless: tuple[str, ...] = ()

    def run(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows, inside the caller's transaction. Raises IntegrityError."""
        if not rows:
            return
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(self._whole(), [list(column) for column in zip(*rows, strict=True)])
            else:
                cursor.executemany(self._each(), rows)

    def _each(self) -> str:
        """Return the statement for one row."""
        values = ", ".join([*["%s"] * len(self.columns), *self.constants.values()])
        return f"{self._into()} VALUES ({values}){self._conflict()}"

    def _whole(self) -> str:
        """Return the statement for all rows: an array for each column."""
        types = {one.column: one.db_type(connection) or "" for one in self.model._meta.concrete_fields}  # noqa: SLF001 - documented by Django
        arrays = ", ".join(f"%s::{_LENGTH.sub('', types[column])}[]" for column in self.columns)
        constants = "".join(f", {value}" for value in self.constants.values())
        source = f"SELECT given.*{constants} FROM unnest({arrays}) AS given"  # noqa: S608 - our own columns
        return f"{self._into()} {source}{self._conflict()}"

    def _into(self) -> str:
        names = ", ".join((*self.columns, *self.constants))
        return f"INSERT INTO {self.model._meta.db_table} ({names})"  # noqa: SLF001 - documented by Django

    def _conflict(self) -> str:
        return f" ON CONFLICT ({', '.join(self.unless)}) DO NOTHING" if self.unless else ""
