"""Short words for what is recognised. The index here compares every standing signal by its type's own distance."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from typing_extensions import override

from entente.apps.banks import queries as banks
from entente.apps.banks import services as bank_services
from entente.apps.banks.models import Bank, Signal
from entente.apps.banks.rules import BankPolicy
from entente.apps.cases import queries as cases
from entente.apps.cases.models import Decision
from entente.apps.matching import services
from entente.apps.matching.hub import Found, HubAnswer, IndexHub, Query
from entente.apps.matching.models import Recognition
from entente.apps.matching.types import Asker, CheckAnswer, CheckedContent
from entente.apps.parties.types import PersonFacts
from entente.core.signals.registry import signal_types
from tests.apps.banks import acts
from tests.apps.cases.filled import assess
from tests.apps.notices.acts import apply_all, ruling
from tests.world import NOW

AGORA = Asker(id="client:agora", name="Agora")
URL = "https://agora.example/p/1"


class ComparedHub(IndexHub):
    """Every standing signal, compared one by one: what an index must answer, without an index."""

    def __init__(self, unknown: str = "") -> None:
        self.unknown = unknown

    @override
    def search(self, queries: Sequence[Query], radii: Callable[[str], int] | None = None) -> HubAnswer:
        """Return everything near, or that nobody knows."""
        del radii
        reached = banks.last_change()
        if self.unknown:
            return HubAnswer((), reached, self.unknown)
        found = []
        for position, query in enumerate(queries):
            kind = signal_types()[query.signal_type]
            for facts in banks.standing(query.signal_type):
                distance = kind.distance(query.value, facts.value)
                if distance <= kind.widest_radius:
                    found.append(Found(facts.signal_id, query.signal_type, distance, position))
        return HubAnswer(tuple(found), reached)

    @override
    def policies(self) -> Mapping[UUID, BankPolicy]:
        """Return what the banks say now."""
        return banks.bank_policies()


def asked(word: str = "one") -> Query:
    """Return the query of an invented word's SHA-256."""
    return Query("sha256", acts.value(word))


def check(
    *words: str,
    at: datetime = NOW,
    asker: Asker = AGORA,
    unknown: str = "",
    queries: Sequence[Query] | None = None,
    **content: Any,
) -> CheckAnswer:
    """Check a post of agora."""
    named = {"id": "1", "url": URL, "uploader_language": "fr"} | content
    return services.check(
        queries=queries or [asked(word) for word in words or ("one",)],
        content=CheckedContent(**named),
        asker=asker,
        at=at,
        index=ComparedHub(unknown),
    )


def confirmed(bank: Bank, word: str = "one", **changes: Any) -> Signal:
    """Add a signal that a person of this service confirmed."""
    signal = acts.one(bank.id, word, **changes)
    bank_services.confirm_signal(signal_id=signal.pk, actor=acts.reviewer(), at=NOW)
    signal.refresh_from_db()
    return signal


def recognition() -> Recognition:
    """Return the only thing that was recognised."""
    return Recognition.objects.select_related("case").get()


def in_force(case_id: UUID) -> Decision:
    """Return the decision in force about the only address of a case."""
    (item,) = cases.items_of(case_id)
    assert item.decision is not None
    return item.decision


def decide(
    case_id: UUID, person: PersonFacts, *, outcome: str = "disable", at: datetime = NOW, **changes: Any
) -> Decision:
    """Assess the address of a match in full and decide."""
    assessment = assess(case_id, person, road="notice", outcome=outcome, at=at)
    (item,) = cases.items_of(case_id)
    return services.decide_match(
        case_id=case_id,
        item_id=item.id,
        ruling=ruling(outcome, **changes),
        assessment=assessment,
        actor=person.actor,
        at=at,
        supersedes=item.decision.pk if item.decision else None,
    )


__all__ = ["AGORA", "URL", "apply_all", "asked", "check", "confirmed", "decide", "in_force", "recognition"]
