"""The one SQLite file of Agora, and the address of a post.

`synchronous = FULL`: what was answered with 200 survives a power cut.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    password TEXT NOT NULL, language TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS posts (id TEXT PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users, title TEXT NOT NULL,
    body TEXT NOT NULL, language TEXT NOT NULL, published_at TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 0,
    deleted_at TEXT, erased_at TEXT);
CREATE TABLE IF NOT EXISTS media (post_id TEXT NOT NULL REFERENCES posts, position INTEGER NOT NULL, name TEXT NOT NULL,
    media_type TEXT NOT NULL, size_bytes INTEGER NOT NULL, PRIMARY KEY (post_id, position));
-- What Entente told us to do. A row is never deleted: undone_at says that it no longer holds.
CREATE TABLE IF NOT EXISTS measures (action_id TEXT PRIMARY KEY, post_id TEXT NOT NULL REFERENCES posts, measure TEXT NOT NULL,
    countries TEXT, label TEXT, basis TEXT NOT NULL, explanation_url TEXT NOT NULL, silent INTEGER NOT NULL,
    applied_at TEXT NOT NULL, undone_at TEXT);
CREATE INDEX IF NOT EXISTS measures_in_force ON measures (post_id) WHERE undone_at IS NULL;
-- Every webhook answered, so that a repeated one gets the same answer and is not done twice.
CREATE TABLE IF NOT EXISTS webhooks (id TEXT PRIMARY KEY, received_at TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users, post_id TEXT NOT NULL,
    subject TEXT NOT NULL, body TEXT NOT NULL, letter_url TEXT NOT NULL, language TEXT NOT NULL, received_at TEXT NOT NULL,
    read_at TEXT);
-- Outboxes: reports on their way to Entente, and snapshots that Entente asked for. state: pending, sent, refused.
CREATE TABLE IF NOT EXISTS reports (id TEXT PRIMARY KEY, payload TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
    answer TEXT, created_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pushes (id TEXT PRIMARY KEY, post_id TEXT NOT NULL REFERENCES posts, upload_path TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending', answer TEXT, created_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at REAL NOT NULL);
-- New posts that Entente is asked about: is this known?
CREATE TABLE IF NOT EXISTS checks (id TEXT PRIMARY KEY, post_id TEXT NOT NULL REFERENCES posts,
    state TEXT NOT NULL DEFAULT 'pending', answer TEXT, created_at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at REAL NOT NULL);
"""


def connect(data: Path) -> sqlite3.Connection:
    """Open the database of a data directory; a write waits up to ten seconds for another one."""
    db = sqlite3.connect(data / "agora.sqlite3", timeout=10, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
    return db


def prepare(data: Path) -> None:
    """Make the data directory, its tables and the secret that signs the sessions."""
    (data / "media").mkdir(parents=True, exist_ok=True, mode=0o700)
    with opened(data) as db:
        db.executescript(SCHEMA)
    secret = data / "session-secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(32))


@contextmanager
def opened(data: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection and close it afterwards."""
    db = connect(data)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Do everything inside or nothing; the write lock is taken at once."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def now_text(at: datetime | None = None) -> str:
    """Give a moment (now by default) as RFC 3339 text in UTC."""
    return (at or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post_address(public_base: str, post_id: str) -> str:
    """Give the public address of a post, the one that orders and notices name."""
    return f"{public_base.rstrip('/')}/p/{post_id}"


def find_post(db: sqlite3.Connection, post_id: str) -> sqlite3.Row | None:
    """Find a post that its author has not deleted."""
    row: sqlite3.Row | None = db.execute(
        "SELECT posts.*, users.name AS author FROM posts JOIN users ON users.id = user_id "
        "WHERE posts.id = ? AND deleted_at IS NULL",
        (post_id,),
    ).fetchone()
    return row


def post_id_of(url: str, public_base: str) -> str | None:
    """Read which post an address names: /p/<id> or one of its files, /media/<id>/<n>."""
    asked, ours = urlsplit(url), urlsplit(public_base)
    parts = asked.path.strip("/").split("/")
    if asked.hostname != ours.hostname or len(parts) not in {2, 3}:
        return None
    return parts[1] if parts[0] in {"p", "media"} else None


def media_path(data: Path, post_id: str, position: int) -> Path:
    """Say where the bytes of one file of a post lie."""
    return data / "media" / post_id / str(position)
