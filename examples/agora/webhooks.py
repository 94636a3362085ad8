"""What Entente tells us: POST /entente/webhook.

Signed as Standard Webhooks describes (https://www.standardwebhooks.com). Each message is checked, done in
one transaction together with the answer it got, and only then answered: a repeated message gets the first
answer again, and what we acknowledged survives a power cut.
"""

import base64
import binascii
import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from examples.agora.answers import Answer, applied, problem, refused, respond
from flask import Blueprint, Response, current_app, request
from werkzeug.datastructures import Headers

from examples.agora import config, exercise, store, visibility

TOLERANCE_S = 300
MAX_BODY_BYTES = 1024 * 1024
MEASURES = frozenset({"disable", "restrict_by_country", "warning_label", "restore"})

blueprint = Blueprint("webhooks", __name__)


class BadSignatureError(Exception):
    """The message did not come from Entente, or not now."""


class MalformedError(Exception):
    """The message is genuine but we cannot do what it says."""


def verify(headers: Headers, body: bytes, secrets: str, now_s: float) -> str:
    """Check the signature and give the message's id; BadSignatureError says what is wrong.

    `secrets` holds one whsec_ secret, or two with a space between while a secret is being changed.
    """
    message_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not sent_at.isascii() or not sent_at.isdigit():
        raise BadSignatureError("webhook-id or webhook-timestamp is missing")
    if abs(now_s - int(sent_at)) > TOLERANCE_S:
        raise BadSignatureError("webhook-timestamp is more than five minutes away")
    given = [part[3:] for part in headers.get("webhook-signature", "").split(" ") if part.startswith("v1,")]
    for secret in secrets.split():
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error as wrong:
            raise BadSignatureError("our own secret is not whsec_<base64>") from wrong
        digest = hmac.new(key, f"{message_id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
        expected = base64.b64encode(digest)
        if any(hmac.compare_digest(expected, signature.encode()) for signature in given):
            return message_id
    raise BadSignatureError("no signature in webhook-signature fits")


@blueprint.post("/entente/webhook")
def receive() -> Response:
    """Answer one message from Entente."""
    settings: config.Settings = current_app.config["agora"]
    request.max_content_length = MAX_BODY_BYTES
    body = request.get_data()
    try:
        message_id = verify(request.headers, body, settings.webhook_secret, time.time())
    except BadSignatureError as wrong:
        return respond(problem(401, "Not signed by Entente", str(wrong)))

    def done() -> Answer:
        with store.opened(settings.data) as db:
            answer = handle(db, settings, message_id, body)
        current_app.extensions["courier"].wake()
        return answer

    return respond(exercise.spoiled(settings, message_id, body, done))


def handle(db: sqlite3.Connection, settings: config.Settings, message_id: str, body: bytes) -> Answer:
    """Do what a verified message says, once; repeat the stored answer when it comes again."""
    with store.transaction(db):
        known = db.execute("SELECT status, body FROM webhooks WHERE id = ?", (message_id,)).fetchone()
        if known is not None:
            return Answer(known["status"], json.loads(known["body"]))
        at = store.now_text()
        try:
            message = json.loads(body)
            answer = HANDLERS[message["type"]](Message(db, settings, message["data"], at))
        except (MalformedError, KeyError, TypeError, ValueError, AttributeError) as wrong:
            answer = refused(422, "malformed", f"{type(wrong).__name__}: {wrong}")
        db.execute(
            "INSERT INTO webhooks VALUES (?, ?, ?, ?)",
            (message_id, at, answer.status, json.dumps(answer.document)),
        )
    return answer


@dataclass(frozen=True, slots=True)
class Message:
    """A verified message, the moment we got it, and the transaction it is handled in."""

    db: sqlite3.Connection
    settings: config.Settings
    data: dict[str, Any]
    at: str

    def post_id(self, *, even_deleted: bool = False) -> str | None:
        """Find the post that the message is about; None when there is no such address here."""
        content = self.data.get("content") or self.data
        wanted = (
            store.post_id_of(content["url"], self.settings.public_base) or content.get("platform_ref") or ""
        )
        hidden = "" if even_deleted else " AND deleted_at IS NULL"
        row = self.db.execute(f"SELECT id FROM posts WHERE id = ?{hidden}", (wanted,)).fetchone()  # noqa: S608 - our own text
        return str(row["id"]) if row else None

    def text(self, name: str) -> str:
        """Give a text that the message must have."""
        value = self.data[name]
        if not isinstance(value, str) or not value:
            raise MalformedError(f"{name} is not a text")
        return value

    def link(self, name: str) -> str:
        """Give a link that is safe to show; MalformedError for javascript: and the like."""
        url = self.data.get(name) or ""
        if url and not str(url).startswith(("https://", "http://")):
            raise MalformedError(f"{name} is not a web address")
        return str(url)


def apply_action(message: Message) -> Answer:
    """`action.apply`: hold a post back, label it, or restore it. Sent again, it replaces what we knew."""
    data = message.data
    post_id = message.post_id()
    if post_id is None:
        return refused(404, "not_found", "No such address here.")
    if data["measure"] not in MEASURES:
        raise MalformedError(f"unknown measure {data['measure']!r}")
    if data.get("exercise") and not message.settings.exercise:
        return refused(422, "exercise", "This is not an exercise instance.")
    visibility.expand(data.get("countries"))  # an unclear territory is refused, never guessed
    if data["measure"] == "restrict_by_country" and data.get("countries") is None:
        raise MalformedError("restrict_by_country names no country")
    if data["measure"] == "restore":
        lift(message, "post_id", post_id)
        return applied(message.at)
    message.db.execute(
        "INSERT INTO measures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (action_id) DO UPDATE SET "
        "measure = excluded.measure, countries = excluded.countries, label = excluded.label, basis = excluded.basis, "
        "explanation_url = excluded.explanation_url, silent = excluded.silent",
        (
            message.text("action_id"),
            post_id,
            data["measure"],
            json.dumps(data["countries"]) if data.get("countries") else None,
            data.get("label"),
            json.dumps(data.get("basis") or {}),
            message.link("explanation_url"),
            bool(data.get("silent")),
            message.at,
        ),
    )
    row = message.db.execute("SELECT * FROM measures WHERE action_id = ?", (data["action_id"],)).fetchone()
    if row["undone_at"]:  # the undo overtook a delayed apply: it stays undone
        return Answer(200, {"effect": {"applied": False, "reason": "already_undone", "at": row["undone_at"]}})
    return applied(row["applied_at"])


def undo_action(message: Message) -> Answer:
    """`action.undo`: the named action no longer holds; others on the same post still do."""
    post_id = message.post_id(even_deleted=True)
    if post_id is None:
        return refused(404, "not_found", "No such address here.")
    # An undo that overtook its apply leaves a mark, so that the late apply changes nothing.
    message.db.execute(
        "INSERT INTO measures VALUES (?, ?, 'restore', NULL, NULL, '{}', '', 1, ?, NULL) ON CONFLICT DO NOTHING",
        (message.text("action_id"), post_id, message.at),
    )
    return applied(lift(message, "action_id", message.data["action_id"]))


def lift(message: Message, column: str, value: str) -> str:
    """End the measures found by action_id or post_id; give the moment the last of them ended."""
    update = f"UPDATE measures SET undone_at = ? WHERE {column} = ? AND undone_at IS NULL"  # noqa: S608 - our own names
    message.db.execute(update, (message.at, value))
    ended = f"SELECT max(undone_at) FROM measures WHERE {column} = ?"  # noqa: S608 - our own names
    return str(message.db.execute(ended, (value,)).fetchone()[0] or message.at)


def request_snapshot(message: Message) -> Answer:
    """`snapshot.requested`: note it durably and say 202; couriers.py pushes the copy."""
    post_id = message.post_id()
    if post_id is None:
        return refused(404, "not_found", "No such address here.")
    # Only the path is used: our token goes to the Entente we were configured with, nowhere else.
    path = message.link("upload_url").split("://", 1)[-1].partition("/")[2]
    message.db.execute(
        "INSERT INTO pushes (id, post_id, upload_path, created_at, next_attempt_at) VALUES (?, ?, ?, ?, 0) "
        "ON CONFLICT DO UPDATE SET state = 'pending', created_at = excluded.created_at, next_attempt_at = 0 "
        "WHERE state <> 'pending'",  # asked again: what we sent or gave up is wanted once more
        (message.text("snapshot_id"), post_id, f"/{path}", message.at),
    )
    return Answer(202, {"accepted": True, "at": message.at})


def inform_person(message: Message) -> Answer:
    """`person.inform`: put a letter into the inbox of whoever published the post."""
    post_id = message.post_id(even_deleted=True)
    if post_id is None:
        return refused(404, "not_found", "No such address here.")
    message.db.execute(
        "INSERT INTO messages (user_id, post_id, subject, body, letter_url, language, received_at) "
        "SELECT user_id, id, ?, ?, ?, ?, ? FROM posts WHERE id = ?",
        (
            message.text("subject"),
            message.text("text"),
            message.link("letter_url"),
            message.text("language"),
            message.at,
            post_id,
        ),
    )
    return applied(message.at)


HANDLERS: dict[str, Callable[[Message], Answer]] = {
    "action.apply": apply_action,
    "action.undo": undo_action,
    "snapshot.requested": request_snapshot,
    "person.inform": inform_person,
}
