"""Posts: the list, one post with its files, writing and deleting; and how a post that is held back looks."""

import secrets
import shutil
import sqlite3
import time

from flask import Blueprint, Response, abort, g, redirect, render_template, request, send_file
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from examples.agora import checks, config, couriers, store, uploads, visibility

PAGE_SIZE = 24
MAX_TITLE, MAX_BODY = 120, 20_000
COUNTRIES = visibility.INVENTED | {
    code: code for code in ("FR", "DE", "ES", "IE", "CH", "GB", "US", "MA", "JP")
}

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> str:
    """List the newest posts."""
    return listing("", ())


@blueprint.get("/u/<name>")
def profile(name: str) -> str:
    """List what one person published."""
    who = g.db.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()
    if who is None:
        abort(404)
    return listing("AND user_id = ?", (who["id"],), author=who["name"])


def listing(condition: str, values: tuple[int, ...], author: str = "") -> str:
    """Show the posts this visitor may see; authors also see theirs that are held back and say so."""
    rows = g.db.execute(
        "SELECT posts.*, users.name AS author, (SELECT min(position) FROM media WHERE post_id = posts.id "  # noqa: S608
        "AND media_type LIKE 'image/%') AS picture, (SELECT count(*) FROM media WHERE post_id = posts.id "
        "AND media_type LIKE 'video/%') AS videos FROM posts JOIN users ON users.id = user_id "
        f"WHERE deleted_at IS NULL {condition} ORDER BY published_at DESC, posts.id",
        values,
    ).fetchall()
    seen = [(post, visibility.view_for(visibility.measures_on(g.db, post["id"]), g.country)) for post in rows]
    shown = [
        (post, view)
        for post, view in seen
        if view.state == "open" or (view.state == "blocked" and is_mine(post))
    ]
    page = max(request.args.get("page", 1, int), 1)
    part = shown[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return render_template(
        "list.html", posts=part, author=author, page=page, more=len(shown) > page * PAGE_SIZE
    )


def is_mine(post: sqlite3.Row) -> bool:
    """Say whether the visitor wrote a post."""
    return bool(g.user) and g.user["id"] == post["user_id"]


def look(post_id: str) -> tuple[sqlite3.Row, visibility.View, list[visibility.Measure]]:
    """Find a post and what this visitor may see of it; 404 when it is, or must seem, not there.

    The last value is what its author is told, here or in other countries: never a silent measure.
    """
    post = store.find_post(g.db, post_id)
    measures = visibility.measures_on(g.db, post_id)
    view = visibility.view_for(measures, g.country)
    if post is None or view.state == "gone":
        raise NotFound
    return post, view, [measure for measure in measures if not measure.silent]


def blocked(post: sqlite3.Row, view: visibility.View, told: list[visibility.Measure]) -> Response:
    """Answer 451: who demanded it, under which law, and where it is explained (RFC 7725).

    `blocked-by` names who carries the blocking out, which is this service, not who demanded it.
    """
    letters = []
    if is_mine(post):
        query = "SELECT * FROM messages WHERE post_id = ? AND user_id = ? ORDER BY id DESC"
        letters = g.db.execute(query, (post["id"], g.user["id"])).fetchall()
    page = render_template(
        "blocked.html", post=post, view=view, told=told, letters=letters, mine=is_mine(post)
    )
    response = Response(page, 451)
    response.headers["Link"] = f'<{g.settings.public_base}>; rel="blocked-by"'
    return response


@blueprint.get("/p/<post_id>")
def post_page(post_id: str) -> str | Response:
    """Show a post, the label in front of it, or why it is held back."""
    post, view, told = look(post_id)
    if view.state == "blocked":
        return blocked(post, view, told)
    if view.labels and "shown" not in request.args:
        return render_template("labelled.html", post=post, labels=view.labels, mine=is_mine(post))
    g.db.execute("UPDATE posts SET views = views + 1 WHERE id = ?", (post_id,))
    media = g.db.execute("SELECT * FROM media WHERE post_id = ? ORDER BY position", (post_id,)).fetchall()
    return render_template(
        "post.html", post=post, media=media, told=told, labels=view.labels, mine=is_mine(post)
    )


@blueprint.get("/media/<post_id>/<int:position>")
def media_file(post_id: str, position: int) -> Response:
    """Serve one file of a post, under exactly the conditions of its page."""
    post, view, told = look(post_id)
    part = g.db.execute(
        "SELECT * FROM media WHERE post_id = ? AND position = ?", (post_id, position)
    ).fetchone()
    if view.state == "blocked":
        return blocked(post, view, told)
    if part is None:
        raise NotFound
    return send_file(
        store.media_path(g.settings.data, post_id, position).resolve(),
        mimetype=part["media_type"],
        as_attachment=part["media_type"] not in uploads.PLAYABLE,
        download_name=part["name"],
    )


@blueprint.route("/new", methods=["GET", "POST"])
def write() -> str | AnyResponse | tuple[str, int]:
    """Publish a post with its files, or nothing at all."""
    if not g.user:
        return redirect("/login")
    if request.method == "GET":
        return render_template("write.html", form={"language": g.language})
    title, body = request.form.get("title", "").strip(), request.form.get("body", "").strip()
    if not 0 < len(title) <= MAX_TITLE or len(body) > MAX_BODY:
        return render_template("write.html", form=request.form, wrong="A post needs a title."), 422
    files = [upload for upload in request.files.getlist("files") if upload.filename]
    language = request.form.get("language")
    row = (
        g.user["id"],
        title,
        body,
        language if language in config.LANGUAGES else g.language,
        store.now_text(),
    )
    post_id = secrets.token_urlsafe(9)
    try:
        with store.transaction(g.db):
            store_post(g.db, post_id, row)
            uploads.keep(g.db, g.settings.data, post_id, files)
            check = checks.note(g.db, post_id, due_s=checks.due_now())
    except uploads.BadUploadError as wrong:
        shutil.rmtree(g.settings.data / "media" / post_id, ignore_errors=True)
        return render_template("write.html", form=request.form, wrong=str(wrong)), 422
    couriers.carry(g.settings, g.db, "checks", check, time.time())
    return redirect(f"/p/{post_id}")


def store_post(db: sqlite3.Connection, post_id: str, row: tuple[object, ...]) -> None:
    """Write the row of a post: author, title, text, language, time."""
    db.execute(
        "INSERT INTO posts (id, user_id, title, body, language, published_at) VALUES (?, ?, ?, ?, ?, ?)",
        (post_id, *row),
    )


@blueprint.post("/p/<post_id>/delete")
def delete(post_id: str) -> AnyResponse:
    """Delete one's own post: gone from every page at once, its bytes as soon as nothing needs them."""
    post, _, _ = look(post_id)
    if not is_mine(post):
        raise NotFound
    g.db.execute("UPDATE posts SET deleted_at = ? WHERE id = ?", (store.now_text(), post_id))
    return redirect(f"/u/{g.user['name']}")
