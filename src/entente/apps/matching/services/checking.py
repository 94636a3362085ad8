"""Checking: does a thing meet a known signal. What meets nothing leaves no row behind."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from entente.apps.banks import queries as banks
from entente.apps.matching import check_ids, counts, rules
from entente.apps.matching.errors import CheckUnreadable
from entente.apps.matching.hub import Found, HubAnswer, IndexHub, Query, hub
from entente.apps.matching.rules import Met
from entente.apps.matching.services.recording import record_matches
from entente.apps.matching.types import Asker, CheckAnswer, CheckedContent

MOST_SIGNALS: Final = 1000
"""What one check may ask about."""


def check(
    *,
    queries: Sequence[Query],
    content: CheckedContent,
    asker: Asker,
    at: datetime,
    notes: tuple[str, ...] = (),
    index: IndexHub | None = None,
) -> CheckAnswer:
    """Say whether any of these signals of one thing meets a known one, and do what the banks' policies ask for.

    A match is kept under the asker, the thing and the signal, so that asking again finds the same match and case.
    Raises CheckUnreadable for no signal and for more than `MOST_SIGNALS`.
    """
    if not 0 < len(queries) <= MOST_SIGNALS:
        raise CheckUnreadable(f"A check asks about 1 to {MOST_SIGNALS} signals.", field="signals")
    known = index or hub()
    found = known.search(queries)
    key = content_key(content, queries)
    met = met_signals(found, known, queries, key, at) if found.found else []
    answer = "unknown" if found.unknown else "match" if met else "no_match"
    counts.note(asker.id, answer, queries, at)
    if not met:
        seal = check_ids.seal(asker_id=asker.id, reached=found.reached, at=at)
        return CheckAnswer(
            answer=answer, check_id=seal, reached=found.reached, why=found.unknown, notes=notes
        )
    recorded = record_matches(met=met, content=content, key=key, asker=asker, reached=found.reached, at=at)
    return CheckAnswer(
        answer=answer,
        check_id=f"match_{recorded.recognition_id}",
        reached=found.reached,
        policy=recorded.policy,
        met=recorded.met,
        recognition_id=recorded.recognition_id,
        case=recorded.case,
        notes=(*notes, *recorded.notes),
    )


def unknown_of(*, asker: Asker, why: str, at: datetime, notes: tuple[str, ...] = ()) -> CheckAnswer:
    """Answer about a thing of which no signal could be made: nobody can tell, or there is nothing to compare."""
    answer = "unknown" if why else "no_match"
    seal = check_ids.seal(asker_id=asker.id, reached=0, at=at)
    return CheckAnswer(answer=answer, check_id=seal, reached=0, why=why, notes=notes)


def content_key(content: CheckedContent, queries: Sequence[Query]) -> str:
    """Return what a thing is known by: how its asker names it; else its bytes; else the signals themselves."""
    if content.id or content.url:
        name = f"named\n{content.id}\n{content.url}".encode()
    elif content.digest:
        name = b"bytes\n" + content.digest
    else:
        signals = sorted((query.signal_type.encode(), query.value) for query in queries)
        name = b"signals\n" + b"\n".join(
            kind + b":" + hashlib.sha256(value).digest() for kind, value in signals
        )
    return hashlib.sha256(name).hexdigest()


def met_signals(
    found: HubAnswer, known: IndexHub, queries: Sequence[Query], key: str | None, at: datetime
) -> list[Met]:
    """Return what counts of what the index found, each signal once, at its smallest distance (`rules.counted`)."""
    nearest: dict[int, Found] = {}
    for one in found.found:
        before = nearest.get(one.signal_id)
        if before is None or one.distance < before.distance:
            nearest[one.signal_id] = one
    facts = banks.signals_facts(nearest)
    policies = known.policies()
    met = []
    for signal_id, one in nearest.items():
        signal = facts.get(signal_id)
        bank = policies.get(signal.bank_id) if signal else None
        if signal is not None and bank is not None:
            radius = bank.radius(one.signal_type)
            met.append(Met(signal, bank, one.distance, radius, queries[one.query].value))
    return rules.counted(met, content_key=key, at=at)
