"""Reading what the other side says it did. Nothing in it is trusted further than its own words."""

import json
from collections.abc import Mapping
from datetime import datetime

from entente.apps.deliveries.errors import MalformedAnswer
from entente.apps.deliveries.types import LONGEST_REASON, Answer
from entente.apps.kernel.jsontypes import JSONValue


def read_answer(facts: Mapping[str, JSONValue]) -> Answer:
    """Return the answer in `{"applied": bool, "at": time, "reason": text}`; anything else in it is dropped.

    Raises MalformedAnswer unless `applied` is plainly true or false; a time that cannot be read or has no offset
    counts as not given, a reason is cut at LONGEST_REASON characters.
    """
    applied = facts.get("applied")
    if not isinstance(applied, bool):
        raise MalformedAnswer("Say plainly whether it was applied: true or false.")
    reason = facts.get("reason")
    text = " ".join(reason.split()) if isinstance(reason, str) else ""
    printable = "".join(letter for letter in text if letter.isprintable())
    return Answer(applied=applied, at=_moment(facts.get("at")), reason=printable[:LONGEST_REASON])


def answer_in_body(body: bytes) -> Answer | None:
    """Return the answer in a response body `{"effect": {...}}`, or None when there is none to be understood."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    effect = parsed.get("effect") if isinstance(parsed, dict) else None
    if not isinstance(effect, dict):
        return None
    try:
        return read_answer(effect)
    except MalformedAnswer:
        return None


def _moment(value: JSONValue) -> datetime | None:
    """Return an aware time, or None."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
