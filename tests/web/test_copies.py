"""A copy that never came: staff ask again or upload it, the hand at a small host hands it over by its link."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from entente.apps.audit import queries as audit
from entente.apps.content import queries as content
from entente.apps.content import services as content_services
from entente.apps.content.models import ContentItem, Snapshot, SnapshotPart
from entente.apps.deliveries.models import Delivery
from entente.apps.evidence import vault
from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import reset_cache
from tests import world
from tests.apps.content.media_samples import picture
from tests.web.console.stories import executed, notice
from tests.world import NOW

pytestmark = pytest.mark.django_db(transaction=True)
AT = NOW + timedelta(days=9)
Visit = Callable[..., Client]


@pytest.fixture(autouse=True)
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> vault.LocalVault:
    own = vault.LocalVault(tmp_path / "vault", bytes(range(32)), reserve_bytes=0)
    monkeypatch.setattr(vault, "instance", lambda: own)
    monkeypatch.setattr(clock, "now", lambda: AT)
    return own


@pytest.fixture
def visit(settings: Any) -> Visit:
    """Return a maker of signed-in browsers."""
    settings.SECOND_FACTOR_REQUIRED = False

    def make(*roles: str) -> Client:
        browser = Client()
        browser.force_login(get_user_model().objects.get(pk=world.person("Ada Example", *roles).id))
        return browser

    return make


@pytest.fixture
def case_id() -> UUID:
    """Return a case whose copy never came."""
    world.host()
    found = notice()
    give_up()
    return found.case_id


def give_up() -> None:
    Snapshot.objects.update(state="gap", gap_at=NOW, gap_reason="nothing_received", attempts=16)
    content_services.run_due_snapshots(at=AT - timedelta(minutes=1))


def upload_address(case_id: UUID) -> str:
    return reverse("console:copy_upload", args=[case_id, Snapshot.objects.get().pk])


def file(data: bytes = b"A harmless text.", name: str = "post.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/plain")


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def received_by() -> list[tuple[str, object]]:
    (item,) = ContentItem.objects.all()
    return [
        (event.actor_name, event.facts["method"])
        for event in audit.trail_of("content_item", item.pk)
        if event.kind == "content:snapshot:received"
    ]


def test_the_case_shows_what_never_came_and_offers_both_ways(visit: Visit, case_id: UUID) -> None:
    page = text_of(visit("reviewer").get(reverse("console:case", args=[case_id]), {"tab": "content"}))
    assert "1 copy never came" in page
    assert "Missing, not asked for any more" in page
    assert "nothing was received" in page
    assert reverse("console:copies_again", args=[case_id]) in page
    assert upload_address(case_id) in page


def test_who_only_reads_sees_the_gap_and_no_way(visit: Visit, case_id: UUID) -> None:
    page = text_of(visit("auditor").get(reverse("console:case", args=[case_id]), {"tab": "content"}))
    assert "There is no copy yet" in page
    assert reverse("console:copies_again", args=[case_id]) not in page
    assert upload_address(case_id) not in page


def test_asking_again_restarts_the_retries(visit: Visit, case_id: UUID) -> None:
    browser = visit("on_call")
    address = reverse("console:copies_again", args=[case_id])
    page = text_of(browser.post(address, follow=True))
    assert "Asked again, from the start" in page
    assert "Missing, trying again" in page
    assert Snapshot.objects.get().next_attempt_at == AT
    assert "it is here, or being asked for" in text_of(browser.post(address, follow=True))


def test_staff_upload_the_copy_and_it_is_decoded_like_any_other(visit: Visit, case_id: UUID) -> None:
    browser = visit("reviewer")
    address = upload_address(case_id)
    assert "sealed as they are, with your name" in text_of(browser.get(address))
    sent = {"parts": [file(picture("PNG"), "a.png"), file()]}
    answer = browser.post(address, sent, follow=True)
    assert "The copy is sealed" in text_of(answer)
    assert received_by() == [("Ada Example", "brought_by_staff")]
    while content_services.decode_due(at=AT):
        pass
    (copy,) = content.previews_of_case(case_id)
    assert [line.media_type for line in copy.originals] == ["image/png", "text/plain"]
    assert copy.originals[0].still_id is not None
    assert browser.get(address).status_code == 404


def test_a_hostile_upload_is_sealed_and_named_by_the_confined_decoder(visit: Visit, case_id: UUID) -> None:
    hostile = b"\x89PNG\r\n\x1a\n" + b"\xff" * 5000
    visit("reviewer").post(upload_address(case_id), {"parts": [file(hostile, "../../x.png")]})
    while content_services.decode_due(at=AT):
        pass
    (copy,) = content.previews_of_case(case_id)
    assert copy.originals[0].outcome not in {"", "ok"}
    assert copy.originals[0].still_id is None


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a copy have six megabytes, any other form one."""
    monkeypatch.setenv("ENTENTE_LIMITS__SNAPSHOT_BYTES", "6000000")
    monkeypatch.setenv("ENTENTE_LIMITS__UPLOAD_BYTES", "1000000")
    reset_cache()
    yield
    monkeypatch.undo()
    reset_cache()


def test_nothing_empty_nothing_too_large_and_not_too_many(
    visit: Visit, case_id: UUID, small_limits: None
) -> None:
    browser, address = visit("reviewer"), upload_address(case_id)
    for files, words in (
        ([], "This field is required"),
        ([file(b"")], "The submitted file is empty"),
        ([file(b"x" * 4_000_000), file(b"x" * 2_000_001)], "at most"),
        ([file(b"x") for _number in range(51)], "at most 50 files"),
    ):
        answer = browser.post(address, {"parts": files})
        assert answer.status_code == 422
        assert words in text_of(answer)
    assert not SnapshotPart.objects.exists()
    assert browser.post(address, {"parts": [file(b"x" * 5_500_000)]}).status_code == 302
    assert Snapshot.objects.get().size_bytes == 5_500_000


def test_who_may_not_bring_a_copy_may_not_send_one_of_its_size(
    visit: Visit, case_id: UUID, small_limits: None
) -> None:
    """What is too large for a form is let pass unkept before anybody is asked who is sending it."""
    for browser in (visit("auditor"), Client()):
        answer = browser.post(upload_address(case_id), {"parts": [file(b"x" * 5_500_000)]})
        assert answer.status_code in {302, 403}
    assert Client().post("/confirm/unknown/copy", {"parts": [file(b"x" * 5_500_000)]}).status_code == 404
    assert not SnapshotPart.objects.exists()


def test_a_copy_that_another_brought_meanwhile_stays(visit: Visit, case_id: UUID) -> None:
    browser, address, taken = visit("reviewer"), upload_address(case_id), content_services.receive_snapshot
    opened = browser.get(address)
    assert opened.status_code == 200
    taken(
        snapshot_id=Snapshot.objects.get().pk,
        parts=[content_services.IncomingPart([b"the platform's"])],
        actor=SYSTEM,
        at=AT,
    )
    assert browser.post(address, {"parts": [file()]}).status_code == 404


@pytest.fixture
def link() -> str:
    """Return the confirmation link of a measure whose copy is missing."""
    world.host()
    executed(world.office())
    give_up()
    (line,) = Delivery.objects.filter(purpose="action.apply")
    token = str(line.payload["text"]).rsplit("/confirm/", 1)[1].strip()
    return f"/confirm/{token}"


def test_the_hand_is_asked_for_the_copy_and_hands_it_over(client: Client, link: str) -> None:
    page = text_of(client.get(link))
    assert "We have no copy of it yet" in page
    assert f"{link}/copy" in page
    assert "Hand over the copy" in text_of(client.get(f"{link}/copy"))
    answer = client.post(f"{link}/copy", {"parts": [file()]})
    assert answer["Location"] == link
    assert received_by() == [("Confirmation link", "brought_by_hand")]
    assert Snapshot.objects.get().state == "complete"
    assert "We have no copy of it yet" not in text_of(client.get(link))
    assert client.get(f"{link}/copy").status_code == 404


def test_a_link_without_a_measure_or_a_closed_item_takes_nothing(client: Client, link: str) -> None:
    assert client.get("/confirm/unknown/copy").status_code == 404
    assert client.post(f"{link}/copy", {"parts": []}).status_code == 422
    item = ContentItem.objects.get()
    content_services.close_previews(content_item=item, actor=SYSTEM, at=AT)
    assert client.post(f"{link}/copy", {"parts": [file()]}).status_code == 404
    assert "We have no copy of it yet" not in text_of(client.get(link))


def test_a_disk_that_fills_up_says_so_to_the_hand(
    client: Client, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from entente.apps.evidence.errors import VaultFull

    def full(*_given: object, **_named: object) -> None:
        raise VaultFull("The disk is full.")

    monkeypatch.setattr(vault.LocalVault, "write", full)
    answer = client.post(f"{link}/copy", {"parts": [file()]})
    assert answer.status_code == 422
    assert "The disk is full." in text_of(answer)
    assert Snapshot.objects.get().state == "gap"
