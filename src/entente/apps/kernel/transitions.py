"""State changes that hold on every database.

`select_for_update` does nothing on SQLite, so every transition is also a compare-and-set: the row is
changed only if it still is in the state the caller saw.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import Model

from entente.apps.kernel.errors import ChangedMeanwhile


def compare_and_set(
    instance: Model, *, expected: str | Collection[str], to: str, field: str = "state", **changes: Any
) -> None:
    """Move `instance.field` from one of `expected` to `to`, with `changes`, or raise ChangedMeanwhile.

    The instance in memory is updated to match. Call inside the transaction of the act.
    """
    allowed = [expected] if isinstance(expected, str) else list(expected)
    values = {field: to, **changes}
    manager = type(instance)._default_manager  # noqa: SLF001 - Django's documented generic way to a model's rows
    changed = manager.filter(pk=instance.pk, **{f"{field}__in": allowed}).update(**values)
    if changed != 1:
        raise ChangedMeanwhile(
            "This was changed by somebody else in the meantime. Look at it again, then decide.",
            subject=type(instance).__name__,
            expected=sorted(allowed),
        )
    for name, value in values.items():
        setattr(instance, name, value)
