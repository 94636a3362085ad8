"""Reporting a post: the four elements of a notice (DSA Article 16(2)), kept first and sent at once."""

import json
import secrets
import time
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request
from werkzeug.wrappers import Response

from examples.agora import couriers, pages, store

# What the reporter thinks it is, by Entente's ids (TCO Article 2(7)); one needs no name (DSA Article 16(2)(c)).
GROUNDS = {
    "tco.a_incites": "It calls for terrorist acts or glorifies them",
    "tco.c_solicits_group": "It recruits for a terrorist group",
    "tco.d_instructs": "It teaches how to carry out an attack",
    "tco.e_threatens": "It threatens with an attack",
    "child_sexual_abuse": "Sexual abuse of a child",
    "other": "Something else that is illegal",
}
NAMELESS = "child_sexual_abuse"
MIN_EXPLANATION = 20

blueprint = Blueprint("reports", __name__)


@blueprint.route("/p/<post_id>/report", methods=["GET", "POST"])
def report(post_id: str) -> str | Response | tuple[str, int]:
    """Show the form; keep a report and send it while the reporter waits a moment."""
    post, view, _ = pages.look(post_id)
    if view.state == "blocked":
        return redirect(f"/p/{post_id}")
    shown: dict[str, Any] = {"post": post, "grounds": GROUNDS, "nameless": NAMELESS}
    if request.method == "GET":
        return render_template("report.html", form={}, **shown)
    payload = notice_of(post_id)
    wrong = missing_element(payload)
    if wrong:
        return render_template("report.html", form=request.form, wrong=wrong, **shown), 422
    key, now_s = secrets.token_urlsafe(16), time.time()
    row = (key, json.dumps(payload), payload["submitted_at"], now_s + couriers.LEASE_S)
    g.db.execute("INSERT INTO reports (id, payload, created_at, next_attempt_at) VALUES (?, ?, ?, ?)", row)
    couriers.carry(g.settings, g.db, "reports", key, now_s)
    return redirect(f"/r/{key}")


def notice_of(post_id: str) -> dict[str, Any]:
    """Read the form as the body of POST /api/v1/notices."""
    given = {name: request.form.get(name, "").strip() for name in ("explanation", "ground", "name", "email")}
    return {
        "urls": [store.post_address(g.settings.public_base, post_id)],
        "explanation": given["explanation"],
        "ground_claimed": given["ground"],
        "notifier_name": given["name"],
        "notifier_mail": given["email"],
        "good_faith": request.form.get("good_faith") == "yes",
        "language": g.language,
        "submitted_at": store.now_text(),
    }


def missing_element(notice: dict[str, Any]) -> str:
    """Name the first element that a notice lacks, in words for the reporter; empty when it is whole."""
    named = bool(notice["notifier_name"]) and "@" in notice["notifier_mail"]
    if notice["ground_claimed"] not in GROUNDS:
        return "Choose what it is."
    if len(notice["explanation"]) < MIN_EXPLANATION:
        return "Explain in a sentence or two why you think it is illegal."
    if not named and notice["ground_claimed"] != NAMELESS:
        return "Give your name and an e-mail address for the answer."
    return "" if notice["good_faith"] else "Confirm that your report is accurate and complete, in good faith."


@blueprint.get("/r/<key>")
def receipt(key: str) -> str:
    """Show what became of a report to whoever holds its secret address."""
    row = g.db.execute("SELECT * FROM reports WHERE id = ?", (key,)).fetchone()
    if row is None:
        abort(404)
    try:
        answer = json.loads(row["answer"] or "{}")
    except ValueError:
        answer = {}
    status_url = str(answer.get("status_url", ""))
    if not status_url.startswith(("https://", "http://")):
        status_url = ""
    whole = json.dumps(answer.get("receipt", answer), indent=2, ensure_ascii=False)
    return render_template("receipt.html", report=row, answer=answer, status_url=status_url, whole=whole)
