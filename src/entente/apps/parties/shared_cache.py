"""A small cache in the database, shared by all web workers.

Signing in counts attempts and remembers used one-time codes; with one memory per worker the limits would
multiply and a code could be used twice. Django's own database cache unpickles what it reads, which nothing
in this program may do, so values here are JSON. Keys are kept as keyed hashes: they may name an address.

Expiry follows the machine's clock, not the exercise clock, because it protects real doors.
"""

import json
import time
from typing import TYPE_CHECKING, Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection, models
from django.utils.crypto import salted_hmac
from typing_extensions import override

if TYPE_CHECKING:
    from entente.apps.parties.models import SharedValue

_SWEEP_EVERY_WRITES = 200
_SALT = "entente.parties.shared_cache"
_ADD = (
    "INSERT INTO parties_sharedvalue (key, value, expires_at) VALUES (%s, %s, %s) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at "
    "WHERE parties_sharedvalue.expires_at <= %s"
)


class SharedCache(BaseCache):
    """Django's cache interface over `parties.SharedValue`."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        """Keep Django's parameters; the location is not used, there is one table."""
        super().__init__(params)
        self._writes = 0

    @override
    def add(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store only if nothing living is stored; True for exactly one of several callers."""
        row = [self._row(key, version), json.dumps(value), self.get_backend_timeout(timeout), time.time()]
        with connection.cursor() as cursor:
            cursor.execute(_ADD, row)
            stored = bool(cursor.rowcount == 1)
        self._sweep_sometimes()
        return stored

    @override
    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the living value or `default`."""
        found = self._living(key, version).values_list("value", flat=True).first()
        return default if found is None else json.loads(found)

    @override
    def set(
        self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Store, replacing what was there."""
        values = {"value": json.dumps(value), "expires_at": self.get_backend_timeout(timeout)}
        _rows().update_or_create(key=self._row(key, version), defaults=values)
        self._sweep_sometimes()

    @override
    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give a living value a new end."""
        return bool(self._living(key, version).update(expires_at=self.get_backend_timeout(timeout)))

    @override
    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget one value."""
        return bool(_rows().filter(key=self._row(key, version)).delete()[0])

    @override
    def clear(self) -> None:
        """Forget everything."""
        _rows().all().delete()

    def _row(self, key: str, version: int | None) -> str:
        full = self.make_key(key, version=version)
        return salted_hmac(_SALT, full, algorithm="sha256").hexdigest()

    def _living(self, key: str, version: int | None) -> "models.QuerySet[SharedValue]":
        alive = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=time.time())
        return _rows().filter(alive, key=self._row(key, version))

    def _sweep_sometimes(self) -> None:
        self._writes += 1
        if self._writes % _SWEEP_EVERY_WRITES == 0:
            _rows().filter(expires_at__lte=time.time()).delete()


def _rows() -> "models.Manager[SharedValue]":
    from entente.apps.parties.models import SharedValue

    return SharedValue.objects
