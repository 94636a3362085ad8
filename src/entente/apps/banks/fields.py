"""The columns of this room that Django does not offer as they are needed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from typing_extensions import override

if TYPE_CHECKING:
    _BigInteger = models.BigIntegerField[int, int]
else:
    _BigInteger = models.BigIntegerField  # generic for the type checker only

_DIVIDER = "\n"


class RowNumber(_BigInteger):
    """A key of 64 bits that this room numbers itself, because the numbers are the rows of an index.

    On SQLite it is the number of the table's own row: no second index, and new rows always at the end.
    """

    @override
    def db_type(self, connection: BaseDatabaseWrapper) -> Any:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


def join_labels(labels: Iterable[str]) -> str:
    """Return labels as one text in which each can be searched for whole: a divider before and behind each."""
    written = _DIVIDER.join(labels)
    return f"{_DIVIDER}{written}{_DIVIDER}" if written else ""


def split_labels(written: str) -> tuple[str, ...]:
    """Return the labels of a joined text."""
    return tuple(filter(None, written.split(_DIVIDER)))


def one_label(label: str) -> str:
    """Return what to look for in joined labels to find one of them."""
    return join_labels([label])
