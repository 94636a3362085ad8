"""Banks, signals and people as the tests of this room need them. Every value is the digest of an invented word."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from entente.apps.banks import queries, services
from entente.apps.banks.models import Bank, Signal, SignalChange
from entente.apps.banks.services import Added, BankOwner, BankSettings, NewSignal, Source
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.ids import new_id
from tests import world
from tests.world import NOW

WORDS = "Somebody looked at it and wrote down why."
LATER = NOW + timedelta(hours=1)


def value(word: str) -> bytes:
    """Return the SHA-256 of an invented word."""
    return hashlib.sha256(word.encode()).digest()


def signal(word: str, **changes: Any) -> NewSignal:
    """Return a SHA-256 signal that is to be added."""
    return NewSignal("sha256", value(word))._replace(**changes)


def settings(name: str = "Copies of what we disabled", **changes: Any) -> BankSettings:
    """Return settings that may restrict."""
    values: dict[str, Any] = {"basis": "Our terms, section 4.", "basis_reference": "terms 4"}
    return BankSettings(name=name, **{**values, **changes})


def reviewer(name: str = "Rae Example") -> Actor:
    """Return a reviewer of this service."""
    return world.actor("reviewer", name=name)


def senior(name: str = "Sam Example") -> Actor:
    """Return a senior reviewer of this service."""
    return world.actor("senior_reviewer", name=name)


def bank(name: str = "", *, owner: str = "own", **changes: Any) -> Bank:
    """Make a bank."""
    extra = {key: changes.pop(key) for key in ("negative_kind", "is_shared") if key in changes}
    owned = BankOwner() if owner == "own" else BankOwner(kind=owner, name=f"Owner of {owner}")
    return services.create_bank(
        settings=settings(name or f"Bank {new_id()}", **changes),
        owner=owned,
        actor=senior(),
        at=NOW,
        **extra,
    )


def add(bank_id: UUID, *words: str, **changes: Any) -> Added:
    """Add the signals of invented words to a bank."""
    return services.add_signals(
        bank_id=bank_id,
        signals=[signal(word, **changes) for word in words],
        source=Source(how="import", words="list.csv"),
        actor=reviewer(),
        at=NOW,
    )


def one(bank_id: UUID, word: str = "one", **changes: Any) -> Signal:
    """Add one signal to a bank and return its row."""
    add(bank_id, word, **changes)
    return Signal.objects.get(bank_id=bank_id, value_key=value(word))


def restricting(**changes: Any) -> Bank:
    """Make a bank that two people let restrict."""
    made = bank(**changes)
    proposal = services.propose_restrict(bank_id=made.id, ground=WORDS, actor=senior("Ada Example"), at=NOW)
    services.confirm_restrict(proposal_id=proposal.id, actor=senior("Bea Example"), at=NOW)
    made.refresh_from_db()
    return made


def changes() -> list[tuple[str, bool]]:
    """Return the whole change sequence: what happened, and whether the signal stands since."""
    rows = SignalChange.objects.order_by("number")
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert queries.last_change() == len(rows)
    return [(row.kind, row.stands) for row in rows]


def facts(signal_id: int) -> queries.SignalFacts:
    """Return the facts of a signal."""
    return queries.signals_facts([signal_id])[signal_id]
