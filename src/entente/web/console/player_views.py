"""Playing a film or a sound from the vault: after a written reason, muted and veiled as its reader wants, in pieces.

A piece is at most one sealed chunk, so that a film that stands still holds no thread of the server; each piece is a line
in the chain of custody. The bytes go out under the type they were recognised as, only where a browser plays that type and
the confined decoder found nothing wrong, and always as an attachment: opened by itself an address plays nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from entente.apps.cases import queries as cases
from entente.apps.cases.errors import PreviewClosed
from entente.apps.cases.services import care
from entente.apps.content import queries as content
from entente.apps.content.services import showing
from entente.apps.kernel import clock
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import Missing
from entente.web.accounts.answering import signed_in
from entente.web.console.pages import case_url, show
from entente.web.permissions import requires

if TYPE_CHECKING:
    from entente.apps.content.queries import OriginalLine
    from entente.apps.parties.models import Person

PLAYABLE: Final = frozenset(
    {
        "video/mp4",
        "video/webm",
        "video/ogg",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/flac",
    }
)
"""Recognised types that browsers play; everything else can only be downloaded."""

MOST_BYTES: Final = 64 * 1024 * 1024
"""Every piece is read from the start of the seal, so a longer film would cost more than it shows."""

PIECE_BYTES: Final = 1024 * 1024
PLAY_FOR: Final = timedelta(hours=1)
"""How long one reason holds."""

HEADERS: Final = {
    "Cache-Control": "no-store, private",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
"""With these, bytes of strangers can do nothing where they arrive."""

_KEY: Final = "console_player"
_RANGE: Final = re.compile(r"^bytes=(\d{1,15})-(\d{1,15})?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Permit:
    """What this session may play, and why."""

    line: "OriginalLine"
    reason: str

    @property
    def kind(self) -> str:
        """Whether it is a video or audio."""
        return self.line.media_type.partition("/")[0]


def is_playable(line: "OriginalLine | None") -> bool:
    """Say whether a browser may play an original: recognised, decoded without a fault, and not too long."""
    return (
        line is not None
        and line.media_type in PLAYABLE
        and line.outcome == "ok"
        and line.size_bytes <= MOST_BYTES
    )


def original_line(case_id: UUID, part_id: UUID) -> "OriginalLine | None":
    """Return what is known of an original of a case; None where it is not there or closed."""
    for copy in content.previews_of_case(case_id, limit=config().limits.order_addresses):
        for line in copy.originals:
            if line.id == part_id and not copy.is_closed:
                return line
    return None


def refuse_over_limit(person: "Person", at: datetime) -> None:
    """Keep what shows something closed for whoever reached their own limit. Raises PreviewClosed."""
    if not care.may_look(person, at):
        raise PreviewClosed(_("You have reached the limit you set for today. Nobody can overrule it."))


def permit(
    request: HttpRequest, *, case_id: UUID, part_id: UUID, reason: str, at: datetime
) -> HttpResponseBase:
    """Let this session play one original for a while, and go to the player."""
    request.session[_KEY] = {
        "case": str(case_id),
        "part": str(part_id),
        "reason": reason,
        "until": (at + PLAY_FOR).isoformat(),
    }
    return redirect("console:original_player", case_id, part_id)


def _permit(request: HttpRequest, case_id: UUID, part_id: UUID, at: datetime) -> Permit | None:
    kept: dict[str, Any] = request.session.get(_KEY) or {}
    if (kept.get("case"), kept.get("part")) != (str(case_id), str(part_id)):
        return None
    line = original_line(case_id, part_id)
    if line is None or not is_playable(line) or datetime.fromisoformat(kept["until"]) <= at:
        return None
    return Permit(line, kept["reason"])


@requires("evidence.open")
@require_GET
def player(request: HttpRequest, case_id: UUID, part_id: UUID) -> HttpResponseBase:
    """Show the player, closed and still; nothing is read before somebody presses play."""
    from entente.web.console.content_tab import preferences_of

    me, at, case = signed_in(request), clock.now(), cases.case_by_id(case_id)
    refuse_over_limit(me, at)
    permitted = _permit(request, case_id, part_id, at)
    if permitted is None:
        return redirect("console:original", case_id, part_id)
    still_id = permitted.line.still_id or permitted.line.still_grey_id
    context = {
        "case": case,
        "line": permitted.line,
        "kind": permitted.kind,
        "poster_url": reverse("console:preview_part", args=[case_id, still_id]) if still_id else "",
        "full_url": reverse("console:original_media", args=[case_id, part_id]),
        "preferences": preferences_of(care.preference_of(me)),
        "back": case_url(case_id, "content"),
    }
    return show(request, "console/player.html", context)


@requires("evidence.open")
@require_GET
def media(request: HttpRequest, case_id: UUID, part_id: UUID) -> HttpResponseBase:
    """Hand out one piece to the player; the opening is written into the chain of custody first."""
    me, at, case = signed_in(request), clock.now(), cases.case_by_id(case_id)
    refuse_over_limit(me, at)
    permitted = _permit(request, case_id, part_id, at)
    if permitted is None:
        raise Missing(_("There is nothing at this address."))
    size = permitted.line.size_bytes
    asked = _RANGE.match(request.headers.get("Range", ""))
    if asked is None or int(asked[1]) >= size or (asked[2] and int(asked[2]) < int(asked[1])):
        return HttpResponse(status=416, headers={**HEADERS, "Content-Range": f"bytes */{size}"})
    start = int(asked[1])
    end = min(int(asked[2]) if asked[2] else size, start + PIECE_BYTES - 1, size - 1)
    opened = showing.open_part(
        part_id=part_id,
        actor=me.actor,
        case_id=case_id,
        at=at,
        reason=f"{permitted.reason} (played, bytes {start}-{end} of {size})",
    )
    piece = _piece(opened.chunks, start, end + 1)
    response = HttpResponse(piece, status=206, content_type=permitted.line.media_type, headers=HEADERS)
    response["Accept-Ranges"] = "bytes"
    response["Content-Range"] = f"bytes {start}-{end}/{size}"
    response["Content-Disposition"] = f'attachment; filename="{case.reference}.bin"'
    return response


def _piece(chunks: Iterator[bytes], start: int, stop: int) -> bytes:
    """Return the bytes from `start` to before `stop`, reading no further than that."""
    piece, position = bytearray(), 0
    for chunk in chunks:
        piece += chunk[max(0, start - position) : max(0, stop - position)]
        position += len(chunk)
        if position >= stop:
            break
    return bytes(piece)
