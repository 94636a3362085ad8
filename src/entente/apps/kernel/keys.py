"""The instance's own keys: files under `<data>/keys`, readable by the service user only.

`instance.key` signs receipts and letters (Ed25519); `vault.key` wraps the key of every evidence item;
`secret.key` is Django's. They are made by `entente init` and never by a server that merely starts: a
server that cannot find its keys must stop rather than begin a second identity.
"""

import hashlib
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_INSTANCE, _VAULT, _SECRET = "instance.key", "vault.key", "secret.key"
KEY_BYTES = 32
_UNSAFE_BITS = 0o077


class KeysMissing(RuntimeError):
    """The data directory holds no keys; `entente init` makes them."""


class KeyUnsafe(RuntimeError):
    """Others than the service user can read a key file."""


def create(data_dir: Path) -> list[Path]:
    """Make the keys that are not there yet, mode 0600, durable before return; return those made."""
    folder = data_dir / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = []
    for name in (_INSTANCE, _VAULT, _SECRET):
        path = folder / name
        if path.exists():
            continue
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, secrets.token_bytes(KEY_BYTES))
            os.fsync(handle)
        finally:
            os.close(handle)
        made.append(path)
    folder_handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(folder_handle)
    finally:
        os.close(folder_handle)
    return made


@lru_cache(maxsize=8)
def read(data_dir: Path, name: str) -> bytes:
    """Return the 32 bytes of one key file. Raises KeysMissing, KeyUnsafe."""
    path = data_dir / "keys" / name
    try:
        mode = path.stat().st_mode
        value = path.read_bytes()
    except FileNotFoundError:
        raise KeysMissing(f"{path} is missing. Run 'entente init' first.") from None
    if mode & _UNSAFE_BITS:
        raise KeyUnsafe(f"{path} can be read by others. Run: chmod 600 {path}")
    if len(value) != KEY_BYTES:
        raise KeysMissing(f"{path} does not hold {KEY_BYTES} bytes; restore it from your backup.")
    return value


def _data_dir() -> Path:
    from entente.apps.kernel.config import config

    return config().data_dir


def instance_signing_key() -> Ed25519PrivateKey:
    """Return the key that signs what this instance states."""
    return Ed25519PrivateKey.from_private_bytes(read(_data_dir(), _INSTANCE))


def instance_public_key() -> Ed25519PublicKey:
    """Return the public half, as published under /.well-known/entente."""
    return instance_signing_key().public_key()


def public_key_id(key: Ed25519PublicKey) -> str:
    """Return the short name of a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def instance_key_id() -> str:
    """Return the name of this instance's signing key; an exercise key says so in its name."""
    key_id = public_key_id(instance_public_key())
    return f"exercise-{key_id}" if is_exercise() else key_id


def sign(data: bytes) -> bytes:
    """Return the 64-byte Ed25519 signature (RFC 8032) of `data` by this instance."""
    return instance_signing_key().sign(data)


def vault_key() -> bytes:
    """Return the 32-byte key that wraps the keys of evidence items and sealed copies."""
    return read(_data_dir(), _VAULT)


def secret_key() -> str:
    """Return Django's SECRET_KEY."""
    return read(_data_dir(), _SECRET).hex()


def is_exercise() -> bool:
    """Say whether this instance is an exercise: every key, form and letter of it carries the word."""
    from entente.apps.kernel.config import config

    return config().demo
