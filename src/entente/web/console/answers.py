"""The five answers of an execution check, as forms carry them from one page to the next."""

from collections.abc import Mapping
from typing import Final

from entente.apps.orders.services.checking import FiveAnswers

QUESTIONS: Final = {
    "authentic": "is_authentic",
    "addressed": "is_addressed_to_us",
    "elements": "is_complete",
    "address": "is_ours",
    "nothing_wrong": "is_free_of_manifest_error",
}
"""Id of the question in the law data -> the fact it answers."""

NOTE: Final = "note"
_PREFIX: Final = "q_"


def box(question: str) -> str:
    """Return the name of a question's box in a form."""
    return f"{_PREFIX}{question}"


def is_answered(name: str) -> bool:
    """Say whether a box belongs to the check."""
    return name == NOTE or name.removeprefix(_PREFIX) in QUESTIONS


def answers_from(given: Mapping[str, str]) -> FiveAnswers | None:
    """Return the five answers, or None while one of them is missing."""
    said = {fact: given.get(box(question), "") for question, fact in QUESTIONS.items()}
    if not all(value in {"yes", "no"} for value in said.values()):
        return None
    return FiveAnswers(
        **{fact: value == "yes" for fact, value in said.items()}, note=given.get(NOTE, "").strip()
    )
