"""From questions to the JSON of the answers, for both doors."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from entente.api.checking.reading import Question
from entente.apps.matching import services
from entente.apps.matching.rules import Met
from entente.apps.matching.types import Asker, CheckAnswer
from entente.apps.parties.types import ClientFacts


def asker_of(client: ClientFacts) -> Asker:
    """Return a token's client as the one who asks."""
    return Asker(id=f"client:{client.id}", name=client.name)


def answers(
    questions: Sequence[Question], *, many: bool, client: ClientFacts, at: datetime
) -> dict[str, Any]:
    """Answer every question, each on its own: one that opens a case does so whatever becomes of the next."""
    asker = asker_of(client)
    results = [_body(_answer(question, asker, at)) for question in questions]
    return {"results": results} if many else results[0]


def _answer(question: Question, asker: Asker, at: datetime) -> CheckAnswer:
    if not question.queries:
        return services.unknown_of(asker=asker, why=question.unknown, at=at, notes=question.notes)
    found = services.check(
        queries=question.queries, content=question.content, asker=asker, at=at, notes=question.notes
    )
    if question.unknown and found.answer == "no_match":
        return replace(found, answer="unknown", why=question.unknown)
    return found


def _body(answer: CheckAnswer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "answer": answer.answer,
        "check_id": answer.check_id,
        "reached": answer.reached,
    }
    if answer.why:
        body["why"] = answer.why
    if answer.notes:
        body["notes"] = list(answer.notes)
    if answer.met:
        body["policy"] = answer.policy
        body["matches"] = [_match(one) for one in answer.met]
        body["case"] = _case(answer)
    return body


def _match(one: Met) -> dict[str, Any]:
    signal, bank = one.signal, one.bank
    return {
        "bank": {
            "id": str(bank.id),
            "name": bank.name,
            "owner": bank.owner_kind,
            "negative": bank.negative_kind or None,
        },
        "signal": {
            "id": signal.id,
            "type": signal.signal_type,
            "entity": signal.entity or None,
            "labels": list(signal.labels),
            "confirmed": signal.is_confirmed,
        },
        "distance": one.distance,
        "radius": one.radius,
        "policy": one.policy,
        "not_restricted": one.not_restricted or None,
    }


def _case(answer: CheckAnswer) -> dict[str, Any] | None:
    case = answer.case
    if not case.reference:
        return None
    until = case.restricted_until
    return {
        "reference": case.reference,
        "decided": case.decided or None,
        "restricted_until": until.isoformat() if until else None,
    }
