"""Signals: the facts a match is judged by, the lists of a bank, the whole history of one."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from entente.apps.audit import queries as audit
from entente.apps.banks.errors import NoSuchSignal
from entente.apps.banks.fields import one_label, split_labels
from entente.apps.banks.models import Bank, Signal, SignalChange, SignalJudgement, SignalOpinion, SignalState
from entente.apps.banks.queries.banks import precision_of
from entente.apps.banks.services.recording import signal_subject
from entente.apps.banks.types import NewSignal
from entente.apps.banks.values import UnusableValue, key_of, value_of, written

if TYPE_CHECKING:
    from django.db.models import QuerySet

PAGE = 50


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """What a matcher, the page of a match and a list of a bank say of a signal."""

    id: int
    bank_id: UUID
    signal_type: str
    value: bytes = field(repr=False)
    state: str
    added_at: datetime
    how: str
    source: str
    partner_ref: str
    note: str
    entity_id: UUID | None
    entity: str
    labels: tuple[str, ...]
    confirmed_at: datetime | None
    confirmed_by_name: str
    born_of_order: UUID | None
    not_shared_before: datetime | None
    case_id: UUID | None
    decision_id: UUID | None
    copied_from: int | None
    use_at_most: str
    disabled_until: datetime | None
    expires_at: datetime | None
    quarantined_at: datetime | None
    quarantine_reason: str
    retracted_at: datetime | None
    retract_reason: str
    confirms: int
    contests: int
    judged_right: int
    judged_wrong: int

    @property
    def stands(self) -> bool:
        """Whether it matches, as far as the worker has swept."""
        return self.state == SignalState.STANDING

    def stands_at(self, at: datetime) -> bool:
        """Tell whether it matches at this moment, although the worker may not have ended it yet."""
        return self.stands and (self.expires_at is None or self.expires_at > at)

    @property
    def is_confirmed(self) -> bool:
        """Whether a person of this service confirmed it."""
        return self.confirmed_at is not None

    @property
    def written(self) -> str:
        """The value as people read it."""
        return written(self.signal_type, self.value)

    @property
    def precision(self) -> float | None:
        """The share of its judged matches that were right; None before the first."""
        return precision_of(self.judged_right, self.judged_wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFilter:
    """What a person asked the list of a bank to show; nothing is everything.

    `written` is one signal as it is written: it is found whatever its type.
    """

    signal_type: str = ""
    state: str = ""
    is_confirmed: bool | None = None
    is_contested: bool = False
    is_of_order: bool = False
    entity_id: UUID | None = None
    label: str = ""
    partner_ref: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class SignalPage:
    """Some signals of a bank, newest first, and behind which number the next page begins; None on the last."""

    signals: tuple[SignalFacts, ...]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change of standing."""

    number: int
    stands: bool
    kind: str
    kind_label: str
    reason: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """One opinion; `is_in_force` unless its author gave another one since."""

    author_kind: str
    author_name: str
    says: str
    reason: str
    at: datetime
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class JudgementLine:
    """What people decided about one thing that it met."""

    item_id: UUID
    case_id: UUID | None
    decision_id: UUID
    is_right: bool
    judged_by_name: str
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class ProvenanceLine:
    """On which occasion a signal came into its bank, and how many came with it."""

    added_by_name: str
    reason: str
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class SignalHistory:
    """All that happened to a signal, each list oldest first."""

    facts: SignalFacts
    provenance: ProvenanceLine
    changes: tuple[ChangeLine, ...]
    opinions: tuple[OpinionLine, ...]
    judgements: tuple[JudgementLine, ...]
    copies: tuple[int, ...]
    trail: tuple[audit.AuditLine, ...]


def signals_facts(signal_ids: Collection[int]) -> dict[int, SignalFacts]:
    """Return the facts of these signals; numbers that no signal has are left out."""
    return {row.pk: _facts(row) for row in _rows().filter(pk__in=signal_ids)}


def find_signals(signal_type: str, value: bytes, *, limit: int = 50) -> list[SignalFacts]:
    """Return the signals of one exact value, in every bank that holds it."""
    everywhere = list(Bank.objects.values_list("pk", flat=True))  # the index begins with the bank
    rows = _rows().filter(bank_id__in=everywhere, signal_type=signal_type, value_key=key_of(value))
    return [_facts(row) for row in rows.order_by("pk")[:limit]]


def signals_of_bank(
    bank_id: UUID, wanted: SignalFilter, *, before: int | None = None, limit: int = PAGE
) -> SignalPage:
    """Return a page of a bank's signals, newest first, behind the signal `before`."""
    rows = _rows().filter(_asked(wanted), bank_id=bank_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = [_facts(row) for row in rows.order_by("-pk")[: limit + 1]]
    following = found[limit - 1].id if len(found) > limit else None
    return SignalPage(tuple(found[:limit]), following)


def history(signal_id: int) -> SignalHistory:
    """Return the whole history of a signal. Raises NoSuchSignal."""
    row = _rows().filter(pk=signal_id).first()
    if row is None:
        raise NoSuchSignal(_("There is no such signal."))
    return SignalHistory(
        facts=_facts(row),
        provenance=ProvenanceLine(
            row.provenance.added_by_name, row.provenance.reason, row.provenance.at, row.provenance.count
        ),
        changes=tuple(_change(change) for change in row.changes.order_by("number")),
        opinions=tuple(_opinions(row.opinions.order_by("at", "number"))),
        judgements=tuple(_judgement(one) for one in row.judgements.order_by("judged_at", "id")),
        copies=tuple(row.copies.order_by("pk").values_list("pk", flat=True)),
        trail=tuple(audit.trail_of("signal", signal_subject(signal_id))),
    )


def _asked(wanted: SignalFilter) -> Q:
    """Return the condition of a filter."""
    exact: dict[str, Any] = {
        "signal_type": wanted.signal_type,
        "state": wanted.state,
        "entity_id": wanted.entity_id,
    }
    condition = Q(**{name: value for name, value in exact.items() if value})
    if wanted.is_confirmed is not None:
        condition &= Q(confirmed_at__isnull=not wanted.is_confirmed)
    if wanted.is_contested:
        condition &= Q(contests__gt=0)
    if wanted.is_of_order:
        condition &= Q(born_of_order__isnull=False)
    if wanted.label:
        condition &= Q(labels__contains=one_label(wanted.label))
    if wanted.partner_ref:
        condition &= Q(partner_ref=wanted.partner_ref) & ~Q(partner_ref="")  # the index holds no empty ones
    if wanted.written:
        condition &= _written_as(wanted.written, wanted.signal_type)
    return condition


def _written_as(text: str, signal_type: str) -> Q:
    """Return the condition that a signal's value is this one, of whichever type reads it."""
    from entente.core.signals.registry import signal_types

    found = Q(pk__in=[])
    for name in [signal_type] if signal_type else signal_types():
        try:
            found |= Q(signal_type=name, value_key=key_of(value_of(NewSignal(name, written=text.strip()))))
        except UnusableValue:
            continue
    return found


def _rows() -> "QuerySet[Signal]":
    return Signal.objects.select_related("provenance", "entity")


def _facts(row: Signal) -> SignalFacts:
    return SignalFacts(
        id=row.pk,
        bank_id=row.bank_id,
        signal_type=row.signal_type,
        value=bytes(row.value),
        state=row.state,
        added_at=row.added_at,
        how=row.provenance.how,
        source=row.provenance.source,
        partner_ref=row.partner_ref,
        note=row.note,
        entity_id=row.entity_id,
        entity=row.entity.name if row.entity else "",
        labels=split_labels(row.labels),
        confirmed_at=row.confirmed_at,
        confirmed_by_name=row.confirmed_by_name,
        born_of_order=row.born_of_order,
        not_shared_before=row.not_shared_before,
        case_id=row.provenance.case_id,
        decision_id=row.provenance.decision_id,
        copied_from=row.copied_from_id,
        use_at_most=row.use_at_most,
        disabled_until=row.disabled_until,
        expires_at=row.expires_at,
        quarantined_at=row.quarantined_at,
        quarantine_reason=row.quarantine_reason,
        retracted_at=row.retracted_at,
        retract_reason=row.retract_reason,
        confirms=row.confirms,
        contests=row.contests,
        judged_right=row.judged_right,
        judged_wrong=row.judged_wrong,
    )


def _change(row: SignalChange) -> ChangeLine:
    return ChangeLine(
        row.number, row.stands, row.kind, str(row.get_kind_display()), row.reason, row.by_name, row.at
    )


def _opinions(rows: "QuerySet[SignalOpinion]") -> list[OpinionLine]:
    found = list(rows)
    latest = {(row.author_kind, row.author_id_text): row.pk for row in sorted(found, key=lambda r: r.number)}
    in_force = set(latest.values())
    return [
        OpinionLine(row.author_kind, row.author_name, row.says, row.reason, row.at, row.pk in in_force)
        for row in found
    ]


def _judgement(row: SignalJudgement) -> JudgementLine:
    return JudgementLine(
        row.item_id, row.case_id, row.decision_id, row.is_right, row.judged_by_name, row.judged_at
    )
