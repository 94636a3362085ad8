"""What we ask Entente about a post before anybody has reported it: whether it is known.

A post is there at once; nobody waits for a machine to be allowed to speak. It is asked about in the same request,
and what Entente then wants done comes as every measure comes, by webhook. Whoever could not be asked, or was answered
`unknown`, waits in the outbox: not knowing is never taken for a match, nor for the absence of one.
"""

import json
import secrets
import sqlite3
import time
from contextlib import ExitStack
from typing import Any

import httpx

from examples.agora import config, describing, store


def note(db: sqlite3.Connection, post_id: str, *, due_s: float) -> str:
    """Write down that a post is to be asked about; give the key of the row."""
    key = secrets.token_urlsafe(16)
    db.execute(
        "INSERT INTO checks (id, post_id, created_at, next_attempt_at) VALUES (?, ?, ?, ?)",
        (key, post_id, store.now_text(), due_s),
    )
    return key


def ask(
    settings: config.Settings, db: sqlite3.Connection, row: sqlite3.Row, http: httpx.Client
) -> httpx.Response:
    """POST /api/v1/check: the post's text and files, and under which address it can be found."""
    post = db.execute("SELECT * FROM posts WHERE id = ?", (row["post_id"],)).fetchone()
    media = db.execute("SELECT * FROM media WHERE post_id = ? ORDER BY position", (post["id"],)).fetchall()
    item = {
        "content": {
            "id": post["id"],
            "url": store.post_address(settings.public_base, post["id"]),
            **describing.of_post(settings, db, post, media),
        },
        "text": f"{post['title']}\n\n{post['body']}",
    }
    if not media:
        return _settled(http.post("/api/v1/check", json=item))
    with ExitStack() as files:
        parts: list[Any] = describing.opened(settings, post, media, files, field="file")
        return _settled(http.post("/api/v1/check", data={"item": json.dumps(item)}, files=parts))


def _settled(answer: httpx.Response) -> httpx.Response:
    """Give the answer; `unknown` counts as no answer yet, so that the outbox asks again."""
    if answer.is_success and answer.json().get("answer") == "unknown":
        return httpx.Response(503, text=answer.text)
    return answer


def due_now() -> float:
    """Give a moment that keeps the outbox away while this request asks by itself."""
    return time.time() + 60
