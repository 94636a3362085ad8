"""Reading matches: why a case is here, which matches there were, how many checks were answered how."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from entente.apps.banks import queries as banks
from entente.apps.banks.queries import BankPolicy, SignalFacts
from entente.apps.matching.errors import NoSuchRecognition
from entente.apps.matching.models import CheckCount, Match, Recognition

if TYPE_CHECKING:
    from django.db.models import QuerySet

PAGE = 50


@dataclass(frozen=True, slots=True)
class MatchView:
    """One match with all that explains it. `policy` and `not_restricted` are those of the moment it was found."""

    signal: SignalFacts
    bank: BankPolicy
    distance: int
    radius: int
    policy: str
    is_negative: bool
    not_restricted: str
    reached: int
    matched_at: datetime


@dataclass(frozen=True, slots=True)
class RecognitionView:
    """One thing that was recognised, with its matches, the nearest first."""

    id: UUID
    asker_name: str
    through: str
    through_label: str
    content_ref: str
    content_digest: str
    url: str
    case_id: UUID | None
    case_reference: str
    first_seen_at: datetime
    last_seen_at: datetime
    times_seen: int
    matches: tuple[MatchView, ...]


@dataclass(frozen=True, slots=True)
class RecognitionPage:
    """Some of what was recognised, newest first, and behind which moment the next page begins; None on the last."""

    rows: tuple[RecognitionView, ...]
    next_before: datetime | None


def of_case(case_id: UUID) -> list[RecognitionView]:
    """Return what was recognised in a case, the first first."""
    rows = _rows().filter(case_id=case_id).order_by("first_seen_at", "pk")
    return _views(list(rows))


def authority_behind(case_id: UUID) -> str:
    """Return the authority whose signals brought a case here, where they are an authority's alone; else nothing."""
    met = [match for row in of_case(case_id) for match in row.matches if not match.is_negative]
    owners = {match.bank.owner if match.bank.is_referral else "" for match in met}
    return owners.pop() if len(owners) == 1 else ""


def recognition(recognition_id: UUID) -> RecognitionView:
    """Return one thing that was recognised. Raises NoSuchRecognition."""
    found = _views(list(_rows().filter(pk=recognition_id)))
    if not found:
        raise NoSuchRecognition(_("There is no such match."))
    return found[0]


def recognised(
    *,
    bank_id: UUID | None = None,
    signal_id: int | None = None,
    before: datetime | None = None,
    limit: int = PAGE,
) -> RecognitionPage:
    """Return a page of what was recognised, of one bank or one signal where they are named."""
    rows = _rows()
    if bank_id is not None:
        rows = rows.filter(pk__in=Match.objects.filter(bank_id=bank_id).values("recognition_id"))
    if signal_id is not None:
        rows = rows.filter(pk__in=Match.objects.filter(signal_id=signal_id).values("recognition_id"))
    if before is not None:
        rows = rows.filter(first_seen_at__lt=before)
    found = list(rows.order_by("-first_seen_at", "-pk")[: limit + 1])
    following = found[limit - 1].first_seen_at if len(found) > limit else None
    return RecognitionPage(tuple(_views(found[:limit])), following)


def checks_answered(*, since: datetime) -> dict[str, int]:
    """Return how many checks were answered how, by the sums that are written; each counts once per signal type."""
    sums = CheckCount.objects.filter(hour__gte=since).values("answer").annotate(total=Sum("count"))
    return {row["answer"]: row["total"] for row in sums.order_by("answer")}


def _rows() -> "QuerySet[Recognition]":
    return Recognition.objects.select_related("case", "content_item")


def _views(rows: list[Recognition]) -> list[RecognitionView]:
    by_row: dict[UUID, list[Match]] = {}
    for match in Match.objects.filter(recognition__in=[row.pk for row in rows]).order_by("distance", "pk"):
        by_row.setdefault(match.recognition_id, []).append(match)
    signals = banks.signals_facts({match.signal_id for found in by_row.values() for match in found})
    policies = banks.bank_policies()
    return [
        RecognitionView(
            id=row.pk,
            asker_name=row.asker_name,
            through=row.through,
            through_label=str(row.get_through_display()),
            content_ref=row.content_ref,
            content_digest=row.content_digest,
            url=row.content_item.url if row.content_item else "",
            case_id=row.case_id,
            case_reference=row.case.reference if row.case else "",
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
            times_seen=row.times_seen,
            matches=tuple(
                MatchView(
                    signal=signals[match.signal_id],
                    bank=policies[match.bank_id],
                    distance=match.distance,
                    radius=match.radius,
                    policy=match.policy,
                    is_negative=match.is_negative,
                    not_restricted=match.not_restricted,
                    reached=match.reached,
                    matched_at=match.matched_at,
                )
                for match in by_row.get(row.pk, [])
            ),
        )
        for row in rows
    ]
