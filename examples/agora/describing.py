"""How a post is described to Entente: what it is, in which language its author is written to, and its files."""

import hashlib
import hmac
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from examples.agora import config, store


def of_post(
    settings: config.Settings, db: sqlite3.Connection, post: sqlite3.Row, media: Sequence[sqlite3.Row]
) -> dict[str, str]:
    """Give what Entente may know of a post: never who wrote it, only whether two were written by the same."""
    author = db.execute("SELECT * FROM users WHERE id = ?", (post["user_id"],)).fetchone()
    kinds = {part["media_type"].partition("/")[0] for part in media}
    return {
        "uploader_ref": opaque_ref(settings, author["id"]),
        "uploader_language": author["language"],
        "title": post["title"],
        "kind": next((kind for kind in ("video", "image") if kind in kinds), "text"),
    }


def opened(
    settings: config.Settings,
    post: sqlite3.Row,
    media: Sequence[sqlite3.Row],
    files: ExitStack,
    *,
    field: str,
) -> list[Any]:
    """Open the files of a post as parts of a form; `files` closes them."""
    return [
        (
            field,
            (
                part["name"],
                files.enter_context(store.media_path(settings.data, post["id"], part["position"]).open("rb")),
                part["media_type"],
            ),
        )
        for part in media
    ]


def opaque_ref(settings: config.Settings, user_id: int) -> str:
    """Name an author so that Entente can tell two of them apart and nothing more."""
    secret = (settings.data / "session-secret").read_bytes()
    return "u-" + hmac.new(secret, f"uploader {user_id}".encode(), hashlib.sha256).hexdigest()[:20]
