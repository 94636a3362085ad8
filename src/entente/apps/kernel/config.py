"""Typed configuration: read once, checked whole, all errors at once.

Sources, strongest first: environment variables `ENTENTE_*` (nested with `__`), `<data>/entente.toml`,
the defaults below. Every default is safe; nothing here can switch off a rule of the domain.
"""

import os
import tomllib
import zoneinfo
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

Hat = Literal["platform", "authority", "overseer", "access_provider", "partner"]

_APART = {"authority": {"platform", "partner", "access_provider", "overseer"}}


class ConfigError(RuntimeError):
    """The configuration is wrong; the message lists every error with its setting."""


def _parts_of(text: str) -> SplitResult:
    """Split an address. Raises ValueError where host or port cannot be read."""
    parts = urlsplit(text)
    _ = parts.port  # looked at here, so that a port nobody can listen on is an error of this setting
    return parts


def _web_address(text: str) -> str:
    parts = _parts_of(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write a whole address: https://entente.agora.example")
    return text


def _own_address(text: str) -> str:
    parts = _parts_of(_web_address(text))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("Entente lives at the top of its address; write nothing behind the host and port")
    return text


def _web_address_or_nothing(text: str) -> str:
    return _web_address(text) if text else text


def _database(text: str) -> str:
    parts = _parts_of(text)
    if text and parts.scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ValueError("use sqlite:///path or postgresql://user:password@host:5432/name, or leave it empty")
    if text and not parts.path.strip("/"):
        raise ValueError("name the database behind the last slash")
    return text


def _mail_address(text: str) -> str:
    local, at, host = text.rpartition("@")
    if not (local and at and host) or any(character.isspace() for character in text):
        raise ValueError("write a mail address: entente@agora.example")
    return text


def _mail_address_or_nothing(text: str) -> str:
    return _mail_address(text) if text else text


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone; write one like Europe/Brussels") from None
    return name


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlatformAdapter(_Part):
    """How measures reach the platform: signed webhooks, or e-mail to a person who confirms."""

    kind: Literal["webhook", "manual"] = "manual"
    webhook_url: Annotated[str, AfterValidator(_web_address_or_nothing)] = ""
    webhook_secret: SecretStr = SecretStr("")
    manual_mail: Annotated[str, AfterValidator(_mail_address_or_nothing)] = ""
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "webhook" and not (self.webhook_url and self.webhook_secret.get_secret_value()):
            raise ValueError("the webhook adapter needs webhook_url and webhook_secret")
        return self


class Mail(_Part):
    """Outgoing mail by SMTP. Without a host, mail stays in the mailbox page (exercise only)."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    user: str = ""
    password: SecretStr = SecretStr("")
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Annotated[str, AfterValidator(_mail_address)] = "entente@localhost"
    timeout_seconds: float = Field(default=15.0, gt=0, le=60)


class Limits(_Part):
    """Upper bounds that protect the instance."""

    order_addresses: int = Field(default=1000, ge=1, le=1000)
    order_bytes: int = Field(default=2_000_000, ge=10_000)
    snapshot_bytes: int = Field(default=512 * 1024 * 1024, ge=1_000_000)
    upload_bytes: int = Field(default=20_000_000, ge=100_000)


class Matching(_Part):
    """How known content is looked for. `hma` answers its clients as Hasher-Matcher-Actioner does, where it is on.

    `hma_file_bytes` is how large a file may be that such a client sends, or that is fetched for it.
    A signal that meets `flood_matches` different things within ten minutes stops until a person has looked.
    """

    flood_matches: int = Field(default=100, ge=2)
    hashing_processes: int = Field(default=1, ge=1, le=32)
    hma: bool = False
    hma_file_bytes: int = Field(default=100 * 1024 * 1024, ge=1_000_000)


HeaderName = Annotated[str, Field(pattern=r"^([A-Za-z0-9]+(-[A-Za-z0-9]+)*)?$")]
"""A header of a proxy we trust, or nothing: then no header says anything about a visitor."""


class Server(_Part):
    """Where `entente serve` listens, and what the proxy in front may tell it.

    `forwarded_proto_header` says `https`; `client_address_header` ends with the address the proxy itself saw.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8700, ge=0, le=65535)
    web_workers: int = Field(default=2, ge=1, le=64)
    threads: int = Field(default=4, ge=1, le=64)
    forwarded_proto_header: HeaderName = ""
    client_address_header: HeaderName = ""

    @model_validator(mode="before")
    @classmethod
    def _old_name(cls, values: Any) -> Any:
        if isinstance(values, dict) and "trusted_proxy_header" in values:
            raise ValueError(
                "trusted_proxy_header meant two things; set forwarded_proto_header (X-Forwarded-Proto)"
                " and client_address_header (X-Forwarded-For) instead"
            )
        return values


class Config(_Part):
    """Everything an operator can set."""

    data_dir: Path
    hats: Annotated[frozenset[Hat], Field(min_length=1)] = frozenset({"platform"})
    instance_name: str = "Entente"
    base_url: Annotated[str, AfterValidator(_own_address)] = "http://127.0.0.1:8700"
    demo: bool = False
    database_url: Annotated[str, AfterValidator(_database)] = ""
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/Brussels"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    platform: PlatformAdapter = PlatformAdapter()
    mail: Mail = Mail()
    limits: Limits = Limits()
    matching: Matching = Matching()
    server: Server = Server()
    resolve: dict[str, str] = Field(default_factory=dict)
    oidc_name: str = ""
    oidc_server: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _hats_may_meet(self) -> Self:
        problems = []
        if not self.demo:
            if "authority" in self.hats and self.hats & _APART["authority"]:
                problems.append(
                    "hats: an authority shares an instance with nobody it addresses or is watched by"
                )
            if "overseer" in self.hats and len(self.hats) > 1:
                problems.append("hats: an overseer shares an instance with nobody")
            if self.resolve:
                problems.append("resolve: addresses may be overridden in an exercise only")
        problems.extend(self._sign_on_problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _sign_on_problems(self) -> list[str]:
        given = {"oidc_client_id": self.oidc_client_id, "oidc_client_secret": self.oidc_client_secret}
        if not self.oidc_server:
            return [f"{name}: means nothing without oidc_server" for name, value in given.items() if value]
        problems = [f"{name}: is needed beside oidc_server" for name, value in given.items() if not value]
        if not self.demo and not self.oidc_server.startswith("https://"):
            problems.append("oidc_server: must begin with https://")
        return problems


def load(data_dir: Path, environ: dict[str, str] | None = None) -> Config:
    """Read the configuration of one data directory. Raises ConfigError with all errors at once."""
    environ = dict(os.environ) if environ is None else environ
    values: dict[str, Any] = {}
    errors: list[str] = []
    path = data_dir / "entente.toml"
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            errors.append(f"{path}: {error}")
    _merge(values, _from_environment(environ))
    values["data_dir"] = data_dir
    loaded, found = _validated(values)
    errors.extend(found)
    if loaded is None or errors:
        raise ConfigError("The configuration has errors:\n" + "\n".join(f"  - {line}" for line in errors))
    return loaded


def _validated(values: dict[str, Any]) -> tuple[Config | None, list[str]]:
    """Return the configuration, or every error in it.

    A rule between settings is only looked at where each of them is sound; so what is wrong is set aside and the rest
    looked at again, until nothing new is found.
    """
    lines: list[str] = []
    while True:
        try:
            loaded = Config.model_validate(values)
        except ValidationError as error:
            found = [(e["loc"], f"{_name(e['loc'])}: {e['msg']}") for e in error.errors()]
        else:
            return (None, lines) if lines else (loaded, [])
        lines.extend(line for _loc, line in found)
        aside = [_set_aside(values, loc) for loc, _line in found]
        if not any(aside):
            return None, lines


def _name(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc) or "entente.toml"


def _set_aside(values: dict[str, Any], loc: tuple[int | str, ...]) -> bool:
    """Take the setting an error is about out of `values`; tell whether there was one."""
    for table, name in reversed(list(_tables_along(values, loc))):
        if name in table:
            del table[name]
            return True
    return False


def _tables_along(values: dict[str, Any], loc: tuple[int | str, ...]) -> Iterator[tuple[dict[str, Any], str]]:
    table: Any = values
    for name in loc:
        if not isinstance(table, dict):
            return
        yield table, str(name)
        table = table.get(str(name))


def _from_environment(environ: dict[str, str]) -> dict[str, Any]:
    skipped = {"ENTENTE_DATA_DIR", "ENTENTE_TEST_DATABASE_URL"}
    values: dict[str, Any] = {}
    for name, text in sorted(environ.items()):
        if not name.startswith("ENTENTE_") or name in skipped:
            continue
        target = values
        *parents, last = name.removeprefix("ENTENTE_").lower().split("__")
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = text.split(",") if last == "hats" else text
    return values


def _merge(base: dict[str, Any], over: dict[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value


@lru_cache(maxsize=4)
def _load_cached(data_dir: str) -> Config:
    return load(Path(data_dir))


def config() -> Config:
    """Return this process's configuration; the data directory comes from ENTENTE_DATA_DIR."""
    return _load_cached(os.environ.get("ENTENTE_DATA_DIR") or str(Path.cwd() / "var" / "data"))


def reset_cache() -> None:
    """Forget what was read, for tests that change the environment."""
    _load_cached.cache_clear()
