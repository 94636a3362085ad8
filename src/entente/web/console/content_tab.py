"""The content tab: what there is to see of each address, shown with care, or why it is closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from entente.apps.cases.services import care
from entente.apps.content import queries as content
from entente.apps.evidence import queries as evidence
from entente.apps.parties.permissions import is_allowed
from entente.web.console import case_page, keeping_acts, player_views

if TYPE_CHECKING:
    from entente.apps.cases.models import Case, ViewingPreference
    from entente.apps.content.queries import OriginalLine, PreviewData
    from entente.apps.parties.models import Person

SECONDS = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """One file of a copy as it may be shown to this person."""

    kind: str
    line: "OriginalLine"
    poster_url: str
    full_url: str
    text_url: str
    declined: bool
    is_playable: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """One address with its copy; `closed` says why nothing can be opened, or is empty."""

    row: case_page.ItemRow
    closed: str
    files: list[Shown]
    related_url: str
    kept: list[keeping_acts.Kept]


def preferences_of(preference: "ViewingPreference") -> dict[str, str]:
    """Return a person's settings in the words of the preview component."""
    return {
        "blur": "strong" if preference.is_blurred else "off",
        "colour": "grey" if preference.is_grey else "full",
        "size": "small" if preference.is_small else "full",
        "sound": "off" if preference.is_silent else "on",
    }


def content_tab(case: "Case", person: "Person", at: datetime, page: int) -> dict[str, Any]:
    """Read the content tab of a case for one person."""
    preference = care.preference_of(person)
    seconds = care.seconds_today(person, at)
    limit = care.limit_minutes(preference, at)
    why = _closed_for(person, seconds >= limit * SECONDS)
    rows = case_page.item_rows(case, page)
    keeping = evidence.preservations_of_case(case.pk, [row.item.content_item_id for row in rows])
    declined = frozenset(preference.declined_kinds)
    return {
        "looks": [
            _looked(case, row, why, declined, keeping.get(row.item.content_item_id, [])) for row in rows
        ],
        "given_up": content.given_up_copies(case.pk),
        "preferences": preferences_of(preference),
        "text_behind_click": preference.text_behind_click,
        "minutes_today": seconds // SECONDS,
        "limit_minutes": limit,
        "pages": {
            "page": page,
            "before": page - 1,
            "after": page + 1 if case.item_count > page * case_page.ITEMS else 0,
        },
    }


def _closed_for(person: "Person", is_over_limit: bool) -> str:  # noqa: FBT001 - read on one line
    if not is_allowed(person, "content.open"):
        return _("Your role reads the file and does not open the content.")
    if is_over_limit:
        return _("You have reached the limit you set for today. Nobody can overrule it. Hand the case back.")
    return ""


def _looked(
    case: "Case",
    row: case_page.ItemRow,
    why: str,
    declined: frozenset[str],
    lines: "list[evidence.PreservationLine]",
) -> Looked:
    copy = row.copy
    kept = [keeping_acts.kept_of(row.item.content_item_id, line) for line in lines]
    if copy is None or copy.is_closed or why:
        return Looked(row=row, closed=why, files=[], related_url="", kept=kept)
    return Looked(
        row=row,
        closed="",
        files=[_shown(case.pk, copy, line, declined) for line in copy.originals],
        related_url=_part(case.pk, copy.related_id),
        kept=kept,
    )


def _shown(case_id: UUID, _copy: "PreviewData", line: "OriginalLine", declined: frozenset[str]) -> Shown:
    kind = line.media_type.split("/", 1)[0] or "file"
    return Shown(
        kind=kind,
        line=line,
        poster_url=_part(case_id, line.still_id or line.still_grey_id),
        full_url=_part(case_id, line.still_colour_id or line.still_grey_id or line.still_id),
        text_url=_part(case_id, line.text_id),
        declined=kind in declined,
        is_playable=player_views.is_playable(line),
    )


def _part(case_id: UUID, part_id: UUID | None) -> str:
    return reverse("console:preview_part", args=[case_id, part_id]) if part_id else ""
