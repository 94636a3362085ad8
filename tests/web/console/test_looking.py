"""Care for who looks: bytes from the vault for who may, closed where it is closed, counted for oneself."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Case
from entente.apps.cases.services import care
from entente.apps.content import queries as content
from entente.apps.content import services as content_services
from entente.apps.evidence import vault
from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM, Actor
from tests.apps.content.media_samples import picture
from tests.web.console.conftest import Visitor
from tests.web.console.stories import notice
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
PLATFORM = Actor("api_client", "c-1", "agora")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> vault.LocalVault:
    own = vault.LocalVault(tmp_path / "vault", bytes(range(32)), reserve_bytes=0)
    monkeypatch.setattr(vault, "instance", lambda: own)
    return own


@pytest.fixture
def case_id(office: Office) -> UUID:
    """Return a case with a copy of one picture and one text, decoded."""
    found = notice()
    (snapshot,) = content.previews_of_case(found.case_id)
    parts = [
        content_services.IncomingPart(chunks=[picture("PNG")], declared_type="image/png"),
        content_services.IncomingPart(chunks=[b"A harmless text."], declared_type="text/plain"),
    ]
    content_services.receive_snapshot(snapshot_id=snapshot.snapshot_id, parts=parts, actor=PLATFORM, at=NOW)
    while content_services.decode_due(at=NOW):
        pass
    return found.case_id


def parts_of(case_id: UUID) -> dict[str, UUID]:
    (copy,) = content.previews_of_case(case_id)
    image, text = copy.originals
    assert image.still_id
    assert text.text_id
    return {"still": image.still_id, "text": text.text_id, "original": image.id}


def bytes_of(answer: Any) -> bytes:
    """Return what a streamed answer holds."""
    return b"".join(answer.streaming_content)


def part(case_id: UUID, part_id: UUID) -> str:
    return reverse("console:preview_part", args=[case_id, part_id])


def test_the_tab_shows_stills_first_and_text_behind_a_click(as_role: Roles, case_id: UUID) -> None:
    me = as_role("reviewer")
    shown = me.get(reverse("console:case", args=[case_id]), {"tab": "content"}).content.decode()
    assert 'data-blur="strong" data-colour="grey" data-size="small" data-sound="off"' in shown
    assert part(case_id, parts_of(case_id)["still"]) in shown
    assert "A harmless text." not in shown
    assert "Show the text" in shown


def test_bytes_leave_with_headers_that_let_them_do_nothing(as_role: Roles, case_id: UUID) -> None:
    answer = as_role("reviewer").get(part(case_id, parts_of(case_id)["still"]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert bytes_of(answer).startswith(b"\x89PNG")


def test_text_comes_as_a_fragment_or_as_a_file(as_role: Roles, case_id: UUID) -> None:
    me, text = as_role("reviewer"), part(case_id, parts_of(case_id)["text"])
    fragment = me.get(text, headers={"HX-Request": "true"}).content.decode()
    assert "A harmless text." in fragment
    assert "<html" not in fragment
    assert bytes_of(me.get(text)) == b"A harmless text."


@pytest.mark.parametrize("role", ["auditor", "administrator", "overseer"])
def test_others_get_no_bytes(as_role: Roles, case_id: UUID, role: str) -> None:
    assert as_role(role).get(part(case_id, parts_of(case_id)["still"])).status_code == 403


def test_the_auditor_reads_that_the_content_is_not_for_this_role(as_role: Roles, case_id: UUID) -> None:
    shown = as_role("auditor").get(reverse("console:case", args=[case_id]), {"tab": "content"})
    assert "Your role reads the file and does not open the content." in shown.content.decode()


def test_a_part_of_another_case_is_not_there(as_role: Roles, case_id: UUID) -> None:
    other = notice("/p/2")
    assert as_role("reviewer").get(part(other.case_id, parts_of(case_id)["still"])).status_code == 404


def test_a_closed_preview_gives_nothing_to_anybody(as_role: Roles, case_id: UUID) -> None:
    me, still = as_role("reviewer"), parts_of(case_id)["still"]
    case_services.leave_case_to_route(case_id=case_id, actor=SYSTEM, at=NOW)
    assert me.get(part(case_id, still)).status_code == 403
    shown = me.get(reverse("console:case", args=[case_id]), {"tab": "content"}).content.decode()
    assert "Closed for everybody" in shown
    assert str(still) not in shown


def test_an_original_needs_a_reason_and_leaves_as_unknown_bytes(as_role: Roles, case_id: UUID) -> None:
    me = as_role("reviewer")
    address = reverse("console:original", args=[case_id, parts_of(case_id)["original"]])
    assert "written into the chain of custody first" in me.get(address).content.decode()
    assert me.post(address, {"reason": "short"}).status_code == 422
    answer = me.post(address, {"reason": "The assessment needs the whole frame."})
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert bytes_of(answer) == picture("PNG")


def test_looking_is_counted_for_oneself_until_ones_own_limit(as_role: Roles, case_id: UUID) -> None:
    me, still = as_role("reviewer"), parts_of(case_id)["still"]
    me.post("/console/me/", {"daily_limit_minutes": "1", "is_blurred": "on"})
    assert me.post("/console/viewing/", {"seconds": "45"}).status_code == 204
    me.post("/console/viewing/", {"seconds": "nonsense"})
    assert me.get(part(case_id, still)).status_code == 200
    me.post("/console/viewing/", {"seconds": "30"})
    assert me.get(part(case_id, still)).status_code == 403
    shown = me.get(reverse("console:case", args=[case_id]), {"tab": "content"}).content.decode()
    assert "You have reached the limit you set for today." in shown
    own = me.get("/console/me/").content.decode()
    assert "Today 1 minute of 1." in own


def test_the_limit_holds_for_the_original_too(as_role: Roles, case_id: UUID) -> None:
    me = as_role("reviewer")
    address = reverse("console:original", args=[case_id, parts_of(case_id)["original"]])
    me.post("/console/me/", {"daily_limit_minutes": "1"})
    me.post("/console/viewing/", {"seconds": "60"})
    for answer in (me.get(address), me.post(address, {"reason": "The assessment needs the whole frame."})):
        assert answer.status_code == 403
        assert "You have reached the limit you set for today." in answer.content.decode()


def test_a_higher_limit_counts_from_tomorrow(
    as_role: Roles, case_id: UUID, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, still = as_role("reviewer"), parts_of(case_id)["still"]
    me.post("/console/me/", {"daily_limit_minutes": "1"})
    me.post("/console/viewing/", {"seconds": "60"})
    said = me.post("/console/me/", {"daily_limit_minutes": "30"}, follow=True).content.decode()
    assert "The higher limit counts from tomorrow." in said
    assert "From tomorrow the limit is 30 minutes." in said
    assert 'name="daily_limit_minutes" value="30"' in said
    assert me.get(part(case_id, still)).status_code == 403
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=1))
    assert "of 30." in me.get("/console/me/").content.decode()
    assert me.get(part(case_id, still)).status_code == 200
    shown = me.get(reverse("console:case", args=[case_id]), {"tab": "content"}).content.decode()
    assert "today 0 minutes of 30" in shown


def test_what_one_does_not_look_at_stays_closed(as_role: Roles, case_id: UUID) -> None:
    me = as_role("reviewer")
    me.post("/console/me/", {"daily_limit_minutes": "60", "declined_kinds": ["image"]})
    shown = me.get(reverse("console:case", args=[case_id]), {"tab": "content"}).content.decode()
    assert "You chose not to look at this kind." in shown
    assert str(parts_of(case_id)["still"]) not in shown


def test_the_next_case_holds_nothing_one_does_not_look_at(as_role: Roles, case_id: UUID) -> None:
    waiting = notice("/p/77", explanation="Another reader's words.", at=NOW + timedelta(hours=2))
    me = get_user_model().objects.get(pk=as_role("reviewer").person.id)
    assert cases.next_case_for(me, after_heavy=False) == case_id
    assert cases.next_case_for(me, after_heavy=False, declined_kinds=["video"]) == case_id
    assert cases.next_case_for(me, after_heavy=False, declined_kinds=["image"]) == waiting.case_id
    Case.objects.filter(pk=waiting.case_id).update(state="closed", closed_at=NOW)
    assert cases.next_case_for(me, after_heavy=False, declined_kinds=["image"]) is None


def test_settings_are_checked_and_kept(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    assert me.post("/console/me/", {"daily_limit_minutes": "0"}).status_code == 422
    me.post("/console/me/", {"daily_limit_minutes": "90", "is_grey": "on"})
    kept = care.preference_of(get_user_model().objects.get(pk=me.person.id))
    assert (kept.daily_limit_minutes, kept.is_grey, kept.is_blurred) == (90, True, False)


def test_a_missing_copy_is_a_gap_that_delays_nothing(as_role: Roles, office: Office) -> None:
    found = notice()
    (snapshot,) = content.previews_of_case(found.case_id)
    content_services.seal_gap(snapshot_id=snapshot.snapshot_id, reason="nothing_received", at=NOW)
    me = as_role("reviewer")
    shown = me.get(reverse("console:case", args=[found.case_id]), {"tab": "content"}).content.decode()
    assert "There is no copy yet" in shown
    assert cases.case_by_id(found.case_id).stage == "assess"
