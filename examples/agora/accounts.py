"""Accounts: sign up, log in, log out, language and country of the visitor, and the inbox."""

import re
import sqlite3
from urllib.parse import urlsplit

from flask import Blueprint, abort, g, redirect, render_template, request, session
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response

from examples.agora import config, store, visibility

MIN_PASSWORD = 10
NAME = re.compile(r"[\w.-]{2,30}")
# Compared with when there is no such name, so that both failures take the same time.
NOBODY = generate_password_hash("nobody has this password")

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/signup", methods=["GET", "POST"])
def signup() -> str | Response | tuple[str, int]:
    """Make an account."""
    if request.method == "GET":
        return render_template("account.html", new=True)
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    if not NAME.fullmatch(name) or len(password) < MIN_PASSWORD:
        return render_template(
            "account.html",
            new=True,
            name=name,
            wrong="This name or password does not follow the rules below.",
        ), 422
    row = (name, generate_password_hash(password), g.language, store.now_text())
    try:
        made = g.db.execute(
            "INSERT INTO users (name, password, language, created_at) VALUES (?, ?, ?, ?)", row
        )
    except sqlite3.IntegrityError:
        return render_template("account.html", new=True, name=name, wrong="This name is taken."), 409
    return enter(int(made.lastrowid))


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> str | Response | tuple[str, int]:
    """Log in."""
    if request.method == "GET":
        return render_template("account.html", new=False)
    name, password = request.form.get("name", ""), request.form.get("password", "")
    row = g.db.execute("SELECT id, password FROM users WHERE name = ?", (name,)).fetchone()
    if not check_password_hash(row["password"] if row else NOBODY, password):
        return render_template(
            "account.html", new=False, name=name, wrong="This name and password do not go together."
        ), 422
    return enter(row["id"])


@blueprint.post("/logout")
def logout() -> Response:
    """Log out."""
    session.clear()
    return redirect("/")


def enter(user_id: int) -> Response:
    """Start a fresh session for a user."""
    session.clear()
    session["user"] = user_id
    return redirect("/")


@blueprint.post("/here")
def here() -> Response:
    """Change the language, or in an exercise the country, and go back to the page one came from."""
    language, country = request.form.get("language"), request.form.get("country")
    if language in config.LANGUAGES:
        session["language"] = language
        if g.user:
            g.db.execute("UPDATE users SET language = ? WHERE id = ?", (language, g.user["id"]))
    if country and visibility.COUNTRY.fullmatch(country) and g.settings.exercise:
        session["country"] = country
    back = urlsplit(request.referrer or "/")
    return redirect(back.path if back.netloc == request.host and not back.path.startswith("//") else "/")


@blueprint.get("/inbox")
def inbox() -> str | Response:
    """List the letters to a user."""
    if not g.user:
        return redirect("/login")
    rows = g.db.execute(
        "SELECT * FROM messages WHERE user_id = ? ORDER BY id DESC", (g.user["id"],)
    ).fetchall()
    return render_template("inbox.html", messages=rows)


@blueprint.get("/inbox/<int:number>")
def letter(number: int) -> str:
    """Show one letter and remember that it was opened."""
    asked = (number, g.user["id"] if g.user else 0)
    row = g.db.execute("SELECT * FROM messages WHERE id = ? AND user_id = ?", asked).fetchone()
    if row is None:
        abort(404)
    g.db.execute(
        "UPDATE messages SET read_at = coalesce(read_at, ?) WHERE id = ?", (store.now_text(), number)
    )
    return render_template("letter.html", message=row)
