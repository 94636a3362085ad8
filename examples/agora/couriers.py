"""What we tell Entente: reports from our users, the snapshots it asks for, and what we ask about new posts.

All wait as rows until Entente has them, so a report made while Entente is away is late, never lost. A
thread carries them; the Idempotency-Key makes a repeated one harmless.
"""

import json
import logging
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import httpx

from examples.agora import checks, config, describing, store

HTTP_TIMEOUT_S = 10.0
LEASE_S = 60  # how long one attempt may take before another thread tries
FIRST_WAIT_S, LONGEST_WAIT_S = 2, 300
GIVE_UP_PUSH_S = 7 * 24 * 3600
KEEP_WEBHOOKS_DAYS = 90
# Entente understood and will never take it: sending it again cannot help.
FINAL = {
    "reports": frozenset({400, 413, 422}),
    "pushes": frozenset({400, 404, 409, 410, 413, 422}),
    "checks": frozenset({400, 403, 413, 422}),
}

Sender = Callable[[config.Settings, sqlite3.Connection, sqlite3.Row, httpx.Client], httpx.Response]

log = logging.getLogger("agora.couriers")


class Courier:
    """A thread that carries what is due, at once when woken and otherwise every second."""

    def __init__(self, settings: config.Settings) -> None:
        self.settings = settings
        self._due, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="agora-courier", daemon=True)

    def start(self) -> None:
        """Begin; whatever an earlier process left in the outboxes is carried first."""
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was just written."""
        self._due.set()

    def stop(self) -> None:
        """End after the delivery under way; what is left waits for the next start."""
        self._stopped.set()
        self.wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                carry_due(self.settings)
            except sqlite3.Error:
                log.exception("the outbox cannot be read; trying again")
            self._due.wait(1.0)
            self._due.clear()


def carry_due(settings: config.Settings, now_s: float | None = None) -> int:
    """Send every report and snapshot that is due; give how many were tried."""
    now_s = time.time() if now_s is None else now_s
    tried = 0
    with store.opened(settings.data) as db:
        for table in SENDERS:
            due = f"SELECT id FROM {table} WHERE state = 'pending' AND next_attempt_at <= ?"  # noqa: S608 - our own names
            tried += sum(
                carry(settings, db, table, row["id"], now_s) for row in db.execute(due, (now_s,)).fetchall()
            )
        erase_deleted(settings, db)
        db.execute("UPDATE reports SET payload = '{}' WHERE state = 'sent'")  # names and addresses end here
        db.execute("DELETE FROM checks WHERE state = 'sent'")  # what was asked and answered is not kept
        old = "DELETE FROM webhooks WHERE julianday(received_at) < julianday('now') - ?"
        db.execute(old, (KEEP_WEBHOOKS_DAYS,))
    return tried


def carry(settings: config.Settings, db: sqlite3.Connection, table: str, key: str, now_s: float) -> bool:
    """Try one row of an outbox now, unless another thread has taken it."""
    row = db.execute(f"SELECT * FROM {table} WHERE id = ?", (key,)).fetchone()  # noqa: S608 - our own names
    taken = f"UPDATE {table} SET next_attempt_at = ?, attempts = attempts + 1 WHERE id = ? AND attempts = ? AND state = 'pending'"  # noqa: S608
    if not db.execute(taken, (now_s + LEASE_S, key, row["attempts"])).rowcount:
        return False
    record(db, table, row, attempt(settings, db, row, SENDERS[table]), now_s)
    return True


def attempt(
    settings: config.Settings, db: sqlite3.Connection, row: sqlite3.Row, send: Sender
) -> tuple[int, str]:
    """Try once; give the HTTP status (0: nobody there) and the answer's text."""
    headers = {"Authorization": f"Bearer {settings.entente_token}", "Idempotency-Key": row["id"]}
    try:
        with httpx.Client(
            base_url=settings.entente, headers=headers, timeout=HTTP_TIMEOUT_S, trust_env=False
        ) as http:
            answer = send(settings, db, row, http)
            return answer.status_code, answer.text
    except (httpx.HTTPError, OSError) as away:
        return 0, str(away)


def record(
    db: sqlite3.Connection, table: str, row: sqlite3.Row, outcome: tuple[int, str], now_s: float
) -> None:
    """Write down how an attempt went and when to try again (doubling, with a little chance in it)."""
    status, text = outcome
    wait_s = (
        min(FIRST_WAIT_S * 2 ** min(row["attempts"], 10), LONGEST_WAIT_S) + secrets.randbelow(1000) / 1000
    )
    state = "sent" if httpx.codes.is_success(status) else "refused" if status in FINAL[table] else "pending"
    age_s = now_s - datetime.fromisoformat(row["created_at"]).timestamp()
    if table == "pushes" and state == "pending" and age_s > GIVE_UP_PUSH_S:
        state = "refused"
    if state != "sent":
        log.warning("%s %s: %s, status %s", table, row["id"], state, status)
    db.execute(
        f"UPDATE {table} SET state = ?, answer = ?, next_attempt_at = ? WHERE id = ?",  # noqa: S608 - our own names
        (state, text, now_s + wait_s, row["id"]),
    )


def send_report(
    _settings: config.Settings, _db: sqlite3.Connection, row: sqlite3.Row, http: httpx.Client
) -> httpx.Response:
    """POST /api/v1/notices: the report as the reporter made it, with the time they made it."""
    return http.post("/api/v1/notices", json=json.loads(row["payload"]))


def push_snapshot(
    settings: config.Settings, db: sqlite3.Connection, row: sqlite3.Row, http: httpx.Client
) -> httpx.Response:
    """POST the post to the snapshot's upload address: its text, its files, and what removal would destroy."""
    post = db.execute("SELECT * FROM posts WHERE id = ?", (row["post_id"],)).fetchone()
    media = db.execute("SELECT * FROM media WHERE post_id = ? ORDER BY position", (post["id"],)).fetchall()
    meta = {
        "platform_ref": post["id"],
        **describing.of_post(settings, db, post, media),
        "published_at": post["published_at"],
        "public": True,
    }
    related = {"published_at": post["published_at"], "views": views_bucket(post["views"])}
    text = f"{post['title']}\n\n{post['body']}\n".encode()
    with ExitStack() as files:
        parts: list[Any] = [("part", ("text.txt", text, "text/plain; charset=utf-8"))]
        parts += describing.opened(settings, post, media, files, field="part")
        fields = {"meta": json.dumps(meta), "related": json.dumps(related)}
        return http.post(row["upload_path"], data=fields, files=parts)


SENDERS: dict[str, Sender] = {"reports": send_report, "pushes": push_snapshot, "checks": checks.ask}


def views_bucket(views: int) -> str:
    """Give the order of magnitude of a count: 0, 1-9, 10-99, ..."""
    return "0" if views == 0 else f"{10 ** (len(str(views)) - 1)}-{10 ** len(str(views)) - 1}"


def erase_deleted(settings: config.Settings, db: sqlite3.Connection) -> None:
    """Destroy what authors deleted, once no measure and no snapshot under way still needs it."""
    rows = db.execute(
        "SELECT id FROM posts WHERE deleted_at IS NOT NULL AND erased_at IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM measures WHERE post_id = posts.id AND undone_at IS NULL) "
        "AND NOT EXISTS (SELECT 1 FROM pushes WHERE post_id = posts.id AND state = 'pending') "
        "AND NOT EXISTS (SELECT 1 FROM checks WHERE post_id = posts.id AND state = 'pending')"
    ).fetchall()
    for row in rows:
        shutil.rmtree(settings.data / "media" / row["id"], ignore_errors=True)
        db.execute(
            "UPDATE posts SET title = '', body = '', erased_at = ? WHERE id = ?",
            (store.now_text(), row["id"]),
        )


def report_effect_again(settings: config.Settings, action_id: str, effect: dict[str, Any]) -> int:
    """POST /api/v1/actions/{id}/effect: the other way to say that an action took effect.

    A platform that cannot act while Entente waits answers 202 and calls this later. Agora acts at once, so
    only the exercise fault "twice" uses it. Gives the status, 0 when nobody is there.
    """
    headers = {"Authorization": f"Bearer {settings.entente_token}", "Idempotency-Key": f"effect-{action_id}"}
    url = f"{settings.entente}/api/v1/actions/{action_id}/effect"
    try:
        return httpx.post(
            url, json=effect, headers=headers, timeout=HTTP_TIMEOUT_S, trust_env=False
        ).status_code
    except httpx.HTTPError:
        return 0
