"""Banks with something to show: signals in every state, what waits for two people, an exchange that failed once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from entente.apps.banks import services
from entente.apps.banks.models import Bank, Exchange, ExchangeRun, Signal
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.ids import new_id
from tests.apps.banks.acts import WORDS, add, bank, one, senior
from tests.world import NOW

FEED = {"url": "https://lists.example/all.csv", "format": "csv", "username": "agora"}


@dataclass(frozen=True, slots=True)
class Filled:
    """What there is."""

    own: Bank
    partners: Bank
    shared: Bank
    signal: Signal
    restrict_id: UUID
    sharing_id: UUID
    exchange: Exchange


def exchange(*, bank_id: UUID | None = None, name: str = "List of a partner", **settings: str) -> Exchange:
    """Set up an exchange that reads a file."""
    return services.create_exchange(
        bank_id=bank_id or bank("From the partner's list", owner="partner").pk,
        name=name,
        kind="http_file",
        settings={**FEED, **settings},
        every_minutes=15,
        actor=senior(),
        at=NOW,
    )


def run(made: Exchange, *, at: datetime = NOW, **changes: Any) -> ExchangeRun:
    """Keep a fetch of an exchange."""
    values: dict[str, Any] = {"outcome": "done", "ended_at": at, "pages": 1, "added": 1200, "known": 3}
    return ExchangeRun.objects.create(exchange=made, started_at=at, **{**values, **changes})


def confirmed(bank_id: UUID, word: str, *, by: Actor | None = None) -> Signal:
    """Add a signal that a person of this service confirmed."""
    found = one(bank_id, word)
    return services.confirm_signal(signal_id=found.pk, actor=by or senior(), at=NOW)


def everything() -> Filled:
    """Fill three banks, propose what takes two people, and let an exchange fail once."""
    own, shared = bank("Copies of what we disabled"), bank("For our partners", is_shared=True)
    partners = bank("A partner's films and pictures", owner="partner")
    bank("Press pictures", negative_kind="journalism")
    add(partners.pk, "theirs", "theirs too")
    signal = confirmed(own.pk, "ours")
    _told(signal)
    _in_other_states(own)
    proposal = services.propose_restrict(bank_id=own.pk, ground=WORDS, actor=senior("Ada Example"), at=NOW)
    sharing = services.propose_sharing(
        bank_id=shared.pk,
        signal_ids=[signal.pk],
        use_at_most="open_case",
        ground_id="tco.d_instructs",
        statement="It teaches how to make a weapon, step by step.",
        is_unlawful_in_any_setting=False,
        actor=senior("Ada Example"),
        at=NOW,
    )
    made = exchange()
    run(made, at=NOW - timedelta(minutes=15), bad=2, bad_samples=["line 4: PDQ is 64 hexadecimal digits"])
    run(made, outcome="failed", added=0, error="700 of 1,200 known signals are missing from the new list")
    Exchange.objects.filter(pk=made.pk).update(
        failures=1, last_error="700 of 1,200 known signals are missing from the new list"
    )
    return Filled(own, partners, shared, signal, proposal.pk, sharing.pk, made)


def _told(signal: Signal) -> None:
    """Let people speak of a signal, label it, judge one of its matches."""
    services.set_labels(
        signal_id=signal.pk,
        entity="Movement of Examples",
        labels=["instructions", "video"],
        note="Seen first in an invented forum.",
        actor=senior(),
        at=NOW,
    )
    services.record_designation(
        entity="Movement of Examples",
        designated_by="FR",
        since=NOW.date() - timedelta(days=400),
        until=None,
        reference="List of examples, no. 7",
        actor=senior(),
        at=NOW,
    )
    for name, says in (("Ben Example", "confirm"), ("Cleo Example", "contest")):
        services.add_opinion(signal_id=signal.pk, says=says, reason=WORDS, actor=senior(name), at=NOW)
    services.record_judgement(
        signal_id=signal.pk,
        item_id=new_id(),
        is_right=True,
        decision_id=new_id(),
        actor=senior(),
        at=NOW,
    )


def _in_other_states(own: Bank) -> None:
    """Disable one signal, quarantine one, retract one."""
    disabled, quarantined, gone = (one(own.pk, word) for word in ("disabled", "flooding", "gone"))
    services.disable_signal(
        signal_id=disabled.pk, until=NOW + timedelta(days=9), reason=WORDS, actor=senior(), at=NOW
    )
    services.quarantine_signal(signal_id=quarantined.pk, reason=WORDS, actor=senior(), at=NOW)
    services.retract_signals(signal_ids=[gone.pk], reason=WORDS, actor=senior(), at=NOW)
