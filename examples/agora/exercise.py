"""Exercise only: one-click log-in, invented content, and webhook answers that go wrong on purpose."""

import json
import threading
import time
from collections.abc import Callable

import flask
from examples.agora.answers import Answer, problem
from flask import Blueprint, abort, current_app, g, redirect, render_template, request, session
from werkzeug.wrappers import Response

from examples.agora import config, couriers, seed, store

SLOW_S, NEVER_S = 8.0, 120.0

blueprint = Blueprint("exercise", __name__, url_prefix="/exercise")
_seen_by_flaky: set[str] = set()


@blueprint.before_request
def only_in_exercise() -> None:
    """Be nowhere outside an exercise."""
    if not current_app.config["agora"].exercise:
        abort(404)


@blueprint.get("/")
def index() -> str:
    """Show the invented users and the fault switch."""
    names = g.db.execute("SELECT name, language FROM users WHERE password = '!' ORDER BY name").fetchall()
    return render_template(
        "exercise.html", people=names, faults=config.FAULTS, fault=current_app.config["fault"]
    )


@blueprint.get("/login/<name>")
def login(name: str) -> Response:
    """Become one of the invented users; a link elsewhere in the demo may point here."""
    row = g.db.execute("SELECT id FROM users WHERE name = ? AND password = '!'", (name,)).fetchone()
    if row is None:
        abort(404)
    session.clear()
    session["user"] = row["id"]
    target = request.args.get("next", "/")
    return redirect(target if target.startswith("/") and target[1:2] not in {"/", "\\"} else "/")


@blueprint.post("/fault")
def switch_fault() -> Response:
    """Choose how webhooks are answered from now on; an empty fault answers them well."""
    fault = request.form.get("fault", "")
    if fault not in config.FAULTS:
        abort(400)
    current_app.config["fault"] = fault
    return redirect("/exercise/")


@blueprint.post("/seed")
def seed_content() -> Response:
    """Fill this Agora with the invented posts; what is there already stays as it is."""
    seed.plant(current_app.config["agora"].data)
    return redirect("/")


@blueprint.get("/posts.json")
def posts() -> flask.Response:
    """List the invented posts with their keys, for the demo that plays a story with them."""
    base = current_app.config["agora"].public_base
    rows = g.db.execute(
        "SELECT posts.id, title, posts.language, users.name AS author FROM posts "
        "JOIN users ON users.id = user_id ORDER BY posts.id"
    )
    return flask.jsonify([{**dict(row), "url": store.post_address(base, row["id"])} for row in rows])


def spoiled(settings: config.Settings, message_id: str, body: bytes, done: Callable[[], Answer]) -> Answer:
    """Answer a webhook as the chosen fault wants it; without a fault, simply do it."""
    fault = current_app.config["fault"]
    if fault == "500":
        return problem(500, "Fault 500", "Nothing was done.")
    if fault == "never":
        time.sleep(current_app.config.get("never_s", NEVER_S))
        return problem(504, "Fault never", "Nothing was done.")
    answer = done()
    if fault == "wrong":
        answer.document.clear()
        answer.document["thanks"] = "done, but this is not the answer you are waiting for"
    elif fault == "slow":
        time.sleep(current_app.config.get("slow_s", SLOW_S))
    elif fault == "flaky" and message_id not in _seen_by_flaky:
        _seen_by_flaky.add(message_id)
        return problem(500, "Fault flaky", "It was done, but the answer got lost. Ask again.")
    elif fault == "twice" and "effect" in answer.document and "action_id" in json.loads(body)["data"]:
        again = (settings, json.loads(body)["data"]["action_id"], answer.document["effect"])
        threading.Thread(target=couriers.report_effect_again, args=again, daemon=True).start()
    return answer
