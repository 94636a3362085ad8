"""The two databases: SQLite (default, needs nothing) and PostgreSQL (one setting)."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from entente.apps.kernel.config import Config

# WAL lets readers go on while one writer commits; FULL makes an acknowledged commit survive power loss;
# secure_delete overwrites what is destroyed. The busy timeout is how long a writer queues for its turn.
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-8000;"
)


class UnknownDatabase(ValueError):
    """The database URL names something else than SQLite or PostgreSQL."""


def database_of(config: Config) -> dict[str, Any]:
    """Return Django's settings for the configured database. Raises UnknownDatabase."""
    if not config.database_url:
        return sqlite(str(config.data_dir / "entente.sqlite3"))
    return from_url(config.database_url)


def sqlite(path: str) -> dict[str, Any]:
    """Return the settings of one SQLite file."""
    return {
        "ENGINE": "entente.apps.kernel.sqlite",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _SQLITE_PRAGMAS},
    }


def from_url(url: str) -> dict[str, Any]:
    """Return the settings of `sqlite:///path` or `postgresql://user:password@host:port/name?option=value`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(parts.path)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise UnknownDatabase("database_url: use sqlite:///path or postgresql://user@host/name")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
