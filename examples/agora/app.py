"""The web application: puts the parts together."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, render_template, request, session
from werkzeug.exceptions import HTTPException

from examples.agora import accounts, config, couriers, exercise, pages, reports, store, webhooks

POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# The same on every answer, so that headers never tell one unavailable page from another.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie, Accept-Language, X-Agora-Country",
}


def create_app(settings: config.Settings | None = None, *, courier: bool = True) -> Flask:
    """Make the application; `courier=False` leaves the outbox thread off (tests drive it by hand)."""
    settings = settings or config.Settings.from_environment()
    store.prepare(settings.data)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=(settings.data / "session-secret").read_text(),
        SESSION_COOKIE_NAME="agora",
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=4 * 64 * 1024 * 1024,
        agora=settings,
        fault=settings.fault,
    )
    for part in (webhooks, accounts, pages, reports, exercise):
        app.register_blueprint(part.blueprint)
    app.before_request(open_request)
    app.after_request(finish)
    app.teardown_appcontext(close)
    app.context_processor(surroundings)
    app.register_error_handler(HTTPException, explain)
    app.add_url_rule("/healthz", view_func=lambda: Response("ok\n", content_type="text/plain"))
    app.extensions["courier"] = couriers.Courier(settings)
    if courier:
        app.extensions["courier"].start()
    return app


def open_request() -> None:
    """Refuse forms sent by other sites; find out who is asking, from where and in which language.

    Browsers say where a form came from in Sec-Fetch-Site or Origin; programs send neither, and carry no cookie.
    """
    settings: config.Settings = current_app.config["agora"]
    g.settings = settings
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        origin = request.headers.get("Origin")
        site = request.headers.get("Sec-Fetch-Site", "none")
        if site not in {"same-origin", "none"} or (origin and urlsplit(origin).netloc != request.host):
            abort(403)
    g.db = store.connect(settings.data)
    g.user = g.db.execute("SELECT * FROM users WHERE id = ?", (session.get("user"),)).fetchone()
    g.language = (
        (g.user and g.user["language"])
        or session.get("language")
        or request.accept_languages.best_match(config.LANGUAGES)
        or "en"
    )
    # A real service gets the country from its edge. In an exercise the visitor may choose one.
    chosen = session.get("country") if settings.exercise else None
    g.country = request.headers.get("X-Agora-Country") or chosen or settings.country


def finish(response: Response) -> Response:
    """Put the same headers on everything."""
    response.headers.update(HEADERS)
    return response


def close(_error: BaseException | None) -> None:
    """Close the database of the request."""
    if "db" in g:
        g.pop("db").close()


def explain(error: HTTPException) -> tuple[str, int]:
    """Show an error as a page. Everything that is not there looks exactly the same."""
    status = error.code or 500
    return render_template("unavailable.html" if status == 404 else "error.html", status=status), status  # noqa: PLR2004


def surroundings() -> dict[str, Any]:
    """Give every template what the frame around a page needs."""
    unread = 0
    if g.get("user"):
        count = "SELECT count(*) FROM messages WHERE user_id = ? AND read_at IS NULL"
        unread = g.db.execute(count, (g.user["id"],)).fetchone()[0]
    return {
        "t": translate,
        "me": g.get("user"),
        "language": g.get("language", "en"),
        "languages": config.LANGUAGES,
        "country": g.get("country", ""),
        "countries": pages.COUNTRIES,
        "is_exercise": current_app.config["agora"].exercise,
        "unread": unread,
        "direction": lambda language: "rtl" if language == "ar" else "ltr",
    }


def translate(text: str, language: str | None = None) -> str:
    """Give a text in the visitor's language, or as it is when words.json has none."""
    return _words().get(language or g.get("language", "en"), {}).get(text, text)


@cache
def _words() -> dict[str, dict[str, str]]:
    """Read words.json once: {language: {English text: translation}}."""
    read: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))
    return read
