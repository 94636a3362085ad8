"""Films and sounds from the vault: behind a reason, in pieces, muted and veiled as their reader wants, never by themselves."""

import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import av
import numpy as np
import pytest
from django.conf import settings
from django.urls import reverse

from entente.apps.cases import services as case_services
from entente.apps.content import queries as content
from entente.apps.content import services as content_services
from entente.apps.evidence import vault
from entente.apps.evidence.models import CustodyEvent
from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.web.console import player_views
from tests.apps.content.media_samples import picture, sound
from tests.web.console.conftest import Visitor
from tests.web.console.stories import notice
from tests.world import NOW, Office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

Roles = Callable[..., Visitor]
PLATFORM = Actor("api_client", "c-1", "agora")
REASON = "The assessment needs what is said in it."

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> vault.LocalVault:
    own = vault.LocalVault(tmp_path / "vault", bytes(range(32)), reserve_bytes=0)
    monkeypatch.setattr(vault, "instance", lambda: own)
    return own


@cache
def film(seconds: int = 4) -> bytes:
    """Return a film of noise, which no codec makes small: several pieces of the vault."""
    buffer, noise = io.BytesIO(), np.random.default_rng(7)
    with av.open(buffer, "w", format="webm") as output:
        stream: Any = output.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 320, 240, "yuv420p", 12_000_000
        from_array: Any = av.VideoFrame.from_ndarray
        for _number in range(10 * seconds):
            frame = noise.integers(0, 255, (240, 320, 3), dtype=np.uint8)
            for packet in stream.encode(from_array(frame, format="rgb24")):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    return buffer.getvalue()


def copied(*files: tuple[bytes, str]) -> tuple[UUID, list[content.OriginalLine]]:
    """Return a case with a decoded copy of these files, and what is known of each."""
    found = notice()
    (snapshot,) = content.previews_of_case(found.case_id)
    content_services.receive_snapshot(
        snapshot_id=snapshot.snapshot_id,
        parts=[content_services.IncomingPart(chunks=[data], declared_type=kind) for data, kind in files],
        actor=PLATFORM,
        at=NOW,
    )
    while content_services.decode_due(at=NOW):
        pass
    (copy,) = content.previews_of_case(found.case_id)
    return found.case_id, list(copy.originals)


@pytest.fixture
def shown(office: Office) -> tuple[UUID, UUID]:
    """Return a case and the film in it."""
    case_id, (line,) = copied((film(), "video/webm"))
    assert (line.media_type, line.outcome) == ("video/webm", "ok")
    assert line.size_bytes > 2 * player_views.PIECE_BYTES
    return case_id, line.id


def original(case_id: UUID, part_id: UUID) -> str:
    return reverse("console:original", args=[case_id, part_id])


def player(case_id: UUID, part_id: UUID) -> str:
    return reverse("console:original_player", args=[case_id, part_id])


def media(case_id: UUID, part_id: UUID) -> str:
    return reverse("console:original_media", args=[case_id, part_id])


def asked_to_play(me: Visitor, case_id: UUID, part_id: UUID) -> Any:
    return me.post(original(case_id, part_id), {"reason": REASON, "how": "play"})


def reasons_kept() -> list[str]:
    lines = CustodyEvent.objects.filter(kind="read", reason__startswith=REASON)
    return list(lines.order_by("at", "id").values_list("reason", flat=True))


def test_nothing_is_played_without_a_reason(as_role: Roles, shown: tuple[UUID, UUID]) -> None:
    me = as_role("reviewer")
    assert "Play it here" in me.get(original(*shown)).content.decode()
    assert me.get(player(*shown))["Location"] == original(*shown)
    assert me.get(media(*shown), headers={"Range": "bytes=0-"}).status_code == 404
    assert me.post(original(*shown), {"reason": "short", "how": "play"}).status_code == 422
    assert asked_to_play(me, *shown)["Location"] == player(*shown)
    assert me.get(player(*shown)).status_code == 200
    assert reasons_kept() == []


def test_each_piece_is_small_and_stands_in_the_chain_of_custody(
    as_role: Roles, shown: tuple[UUID, UUID]
) -> None:
    me = as_role("reviewer")
    asked_to_play(me, *shown)
    got, size = b"", len(film())
    while len(got) < size:
        answer = me.get(media(*shown), headers={"Range": f"bytes={len(got)}-"})
        assert answer.status_code == 206
        assert len(answer.content) <= player_views.PIECE_BYTES
        assert answer["Content-Range"] == f"bytes {len(got)}-{len(got) + len(answer.content) - 1}/{size}"
        got += answer.content
    assert got == film()
    kept = reasons_kept()
    assert len(kept) == -(-size // player_views.PIECE_BYTES)
    assert kept[0] == f"{REASON} (played, bytes 0-1048575 of {size})"
    middle = me.get(media(*shown), headers={"Range": "bytes=1048570-1048585"})
    assert middle.content == film()[1048570:1048586]


def test_bytes_go_out_as_what_they_were_recognised_as_and_can_do_nothing(
    as_role: Roles, shown: tuple[UUID, UUID]
) -> None:
    me = as_role("reviewer")
    asked_to_play(me, *shown)
    answer = me.get(media(*shown), headers={"Range": "bytes=0-"})
    assert answer["Content-Type"] == "video/webm"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_piece_that_is_not_there_is_refused(as_role: Roles, shown: tuple[UUID, UUID]) -> None:
    me = as_role("reviewer")
    asked_to_play(me, *shown)
    for asked in ("", "bytes=-5", "bytes=9-3", "bytes=99999999-", "pieces=0-", "bytes=0-,5-"):
        answer = me.get(media(*shown), headers={"Range": asked})
        assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(film())}"), asked
    assert reasons_kept() == []


def test_only_what_a_browser_plays_and_decoding_found_sound_is_offered(
    as_role: Roles, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, lines = copied(
        (sound(), "video/mp4"), (picture("PNG"), "video/mp4"), (film()[:5000], "video/webm")
    )
    heard, seen, cut = lines
    assert player_views.is_playable(heard)
    assert not player_views.is_playable(seen)
    assert not player_views.is_playable(cut)
    me = as_role("reviewer")
    for line in (seen, cut):
        assert "Play it here" not in me.get(original(case_id, line.id)).content.decode()
        assert asked_to_play(me, case_id, line.id)["Content-Type"] == "application/octet-stream"
    asked_to_play(me, case_id, heard.id)
    assert me.get(media(case_id, heard.id), headers={"Range": "bytes=0-9"})["Content-Type"] == "audio/wav"
    assert "Sound from the vault" in me.get(player(case_id, heard.id)).content.decode()
    monkeypatch.setattr(player_views, "MOST_BYTES", 10)
    assert not player_views.is_playable(heard)


def test_one_reason_holds_for_one_file_and_not_for_ever(
    as_role: Roles, office: Office, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, (first, second) = copied((film(), "video/webm"), (sound(), "audio/wav"))
    me = as_role("reviewer")
    asked_to_play(me, case_id, first.id)
    piece = {"Range": "bytes=0-9"}
    assert me.get(media(case_id, second.id), headers=piece).status_code == 404
    assert me.get(media(case_id, first.id), headers=piece).status_code == 206
    monkeypatch.setattr(clock, "now", lambda: at + player_views.PLAY_FOR)
    assert me.get(media(case_id, first.id), headers=piece).status_code == 404


def test_a_film_stops_at_ones_own_limit_and_when_it_is_closed_for_everybody(
    as_role: Roles, shown: tuple[UUID, UUID], at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, piece = as_role("reviewer"), {"Range": "bytes=0-9"}
    me.post("/console/me/", {"daily_limit_minutes": "1"})
    asked_to_play(me, *shown)
    me.post("/console/viewing/", {"seconds": "60"})
    assert me.get(media(*shown), headers=piece).status_code == 403
    assert me.get(player(*shown)).status_code == 403
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=1))
    asked_to_play(me, *shown)
    assert me.get(media(*shown), headers=piece).status_code == 206
    case_services.leave_case_to_route(case_id=shown[0], actor=SYSTEM, at=at)
    assert me.get(media(*shown), headers=piece).status_code == 404


def test_sound_follows_ones_own_setting(as_role: Roles, shown: tuple[UUID, UUID]) -> None:
    me = as_role("reviewer")
    me.post("/console/me/", {"daily_limit_minutes": "60", "is_silent": "on"})
    asked_to_play(me, *shown)
    page = me.get(player(*shown)).content.decode()
    assert 'data-sound="off"' in page
    assert " muted" in page
    me.post("/console/me/", {"daily_limit_minutes": "60"})
    page = me.get(player(*shown)).content.decode()
    assert 'data-sound="on"' in page
    assert " muted" not in page
    assert "autoplay" not in page


@pytest.fixture
def tab(
    chromium: "Browser", live_server: "LiveServer", as_role: Roles, shown: tuple[UUID, UUID]
) -> "Iterator[tuple[Page, Visitor]]":
    """Open a tab of a reviewer; a script error or a refused resource fails the test."""
    me = as_role("reviewer")
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=live_server.url)
    context.set_default_timeout(30_000)
    cookie = me.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    yield page, me
    context.close()
    assert said == []


UNTIL = """(node, [least, most]) => new Promise(done => {
  const look = () => (least <= node.currentTime && node.currentTime <= most ? done() : setTimeout(look, 50));
  look();
})"""
"""Wait until a film stands between two seconds; the page's policy allows no evaluated text."""


@pytest.mark.browser
def test_the_browser_plays_it_muted_and_blurred_and_only_when_asked(
    tab: "tuple[Page, Visitor]", shown: tuple[UUID, UUID]
) -> None:
    page, _me = tab
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/media/" in request.url else None)
    page.goto(original(*shown))
    page.fill("#id_reason", REASON)
    page.get_by_role("button", name="Play it here").click()
    page.wait_for_url("**/player/")
    page.keyboard.press("v")
    element = page.locator("video")
    assert element.is_visible()
    assert page.locator("[data-play]").is_visible()
    assert asked == []
    assert element.evaluate("node => [node.muted, node.paused, node.autoplay]") == [True, True, False]
    assert "blur(18px)" in element.evaluate("node => getComputedStyle(node).filter")
    page.keyboard.press("p")
    element.evaluate(UNTIL, [3, 9])
    assert len(asked) > 1
    assert element.evaluate("node => [node.muted, Math.round(node.duration)]") == [True, 4]
    page.get_by_role("button", name="Silent").click()
    assert element.evaluate("node => node.muted") is False
    page.locator("[data-position]").fill("0.5")
    element.evaluate(UNTIL, [0, 2])
    page.get_by_role("button", name="Hide").click()
    assert element.evaluate("node => node.paused") is True
