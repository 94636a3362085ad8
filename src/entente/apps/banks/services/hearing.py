"""What partners say of signals through an exchange: kept as their opinions, and only what is new of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from entente.apps.banks.models import AuthorKind, Exchange, OpinionKind, Signal, SignalOpinion
from entente.apps.banks.values import key_of
from entente.apps.kernel.rows import insert_rows
from entente.core.exchange.opinions import Opinion, View

_AT_ONCE: Final = 300
_SAYS: Final = {View.CONFIRMS: OpinionKind.CONFIRM, View.CONTESTS: OpinionKind.CONTEST}
_COUNTED: Final = {OpinionKind.CONFIRM: "confirms", OpinionKind.CONTEST: "contests"}
_LONGEST_AUTHOR: Final = 80
_LONGEST_NAME: Final = 200


def hear_opinions(*, bank_id: UUID, exchange: Exchange, opinions: Sequence[Opinion], at: datetime) -> int:
    """Keep the opinions of partners about signals of a bank; return how many were new.

    An author who says again what is in force says nothing new. Opinions about signals that the bank does not hold are
    passed over. They change no standing.
    """
    new = 0
    for start in range(0, len(opinions), _AT_ONCE):
        with transaction.atomic():
            new += _hear(opinions[start : start + _AT_ONCE], bank_id, exchange, at)
    return new


def _hear(opinions: Sequence[Opinion], bank_id: UUID, exchange: Exchange, at: datetime) -> int:
    signals = {
        (signal.signal_type, bytes(signal.value_key)): signal
        for signal in Signal.objects.filter(
            bank_id=bank_id,
            signal_type__in={opinion.signal_type for opinion in opinions},
            value_key__in=[key_of(opinion.value) for opinion in opinions],
        )
        .only("pk", "signal_type", "value_key")
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    in_force = _in_force([signal.pk for signal in signals.values()])
    rows: list[SignalOpinion] = []
    for opinion in opinions:
        signal = signals.get((opinion.signal_type, key_of(opinion.value)))
        author = f"{exchange.kind}:{opinion.author}"[:_LONGEST_AUTHOR]
        before = in_force.get((signal.pk, author)) if signal else None
        says = _SAYS[opinion.view]
        if signal is None or (before is not None and before.says == says):
            continue
        told = SignalOpinion(
            signal=signal,
            author_kind=AuthorKind.PARTNER,
            author_id_text=author,
            author_name=opinion.author[:_LONGEST_NAME],
            number=before.number + 1 if before else 1,
            says=says,
            reason=f"{exchange.name}: {', '.join(opinion.labels)}".rstrip(": "),
            at=at,
        )
        in_force[signal.pk, author] = told
        rows.append(told)
        _count(signal.pk, before, says)
    insert_rows(rows)
    return len(rows)


def _in_force(signal_ids: Sequence[int]) -> dict[tuple[int, str], SignalOpinion]:
    """Return what partners said last of signals."""
    rows = SignalOpinion.objects.filter(signal_id__in=signal_ids, author_kind=AuthorKind.PARTNER)
    return {(row.signal_id, row.author_id_text): row for row in rows.order_by("number")}


def _count(signal_id: int, before: SignalOpinion | None, says: OpinionKind) -> None:
    changes = {_COUNTED[says]: F(_COUNTED[says]) + 1}
    if before is not None and before.says in _COUNTED:
        column = _COUNTED[OpinionKind(before.says)]
        changes[column] = F(column) - 1
    Signal.objects.filter(pk=signal_id).update(**changes)
