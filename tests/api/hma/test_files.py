"""Files sent and fetched: hashed by the confined pool, compared in all views, hostile ones answered and outlived."""

import io
import os
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from entente.api.hma import files
from entente.apps.banks import queries, services
from entente.apps.content.hashing.results import Hashed
from entente.apps.kernel.config import reset_cache
from entente.apps.matching import preparing
from tests.api.hma.acts import hold, pdq, site
from tests.api.hma.peer_client import Answered, PeerClient
from tests.api.test_checks import picture
from tests.apps.banks import acts as banks
from tests.core.signals.videos import Clip, scenes
from tests.world import NOW

if TYPE_CHECKING:
    from pathlib import Path


def bank_of(file: bytes, name: str = "A") -> int:
    """Put the PDQ hash of a picture into a bank and return its number."""
    bank = banks.bank(name)
    value = dict(preparing.for_bank(file))["pdq"]
    services.add_signals(
        bank_id=bank.id,
        signals=[services.NewSignal("pdq", value)],
        source=services.Source(),
        actor=banks.reviewer(),
        at=NOW,
    )
    return queries.find_signals("pdq", value)[0].id


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("film") / "film.mp4"
    return Clip(seconds=4.0).write(path, scenes(3)).read_bytes()


def test_a_picture_that_is_sent_is_hashed(peer: PeerClient) -> None:
    answer = peer.send("/h/hash", picture())
    assert answer.status == 200
    assert set(answer.body) == {"pdq"}
    assert answer.body["pdq"] == dict(preparing.for_bank(picture()))["pdq"].hex()
    more = peer.send("/h/hash", picture(), types="pdq,sha256")
    assert set(more.body) == {"pdq", "sha256"}
    assert more.body["pdq"] == answer.body["pdq"]


def test_a_film_has_the_digest_of_its_bytes_and_its_frames(peer: PeerClient, film: bytes) -> None:
    answer = peer.send("/h/hash", film, "video")
    assert set(answer.body) == {"video_md5", "vpdq"}
    assert len(answer.body["video_md5"]) == 32
    assert answer.body["vpdq"].startswith('["')
    alone = peer.send("/h/hash", film, "video", types="video_md5")
    assert alone.body == {"video_md5": answer.body["video_md5"]}


def test_a_film_added_is_one_content_and_is_met_again(peer: PeerClient, film: bytes) -> None:
    peer.post("/c/banks", {"name": "FILMS"})
    added = peer.send("/c/bank/FILMS/content", film, "video")
    assert set(added.body["signals"]) == {"video_md5", "vpdq"}
    met = peer.send("/m/lookup", film, "video")
    number = added.body["id"]
    for name in ("video_md5", "vpdq"):
        assert met.body[name] == {"FILMS": [{"bank_content_id": number, "distance": "0"}]}
    shown = peer.get(f"/c/bank/FILMS/content/{number}", include_signals="true").body
    assert shown["signals"] == added.body["signals"]
    assert peer.get(f"/c/bank/FILMS/content/{number + 1}").status == 404  # it is part of the other
    assert peer.delete(f"/c/bank/FILMS/content/{number}").body == {"deleted": 2}
    assert peer.send("/m/lookup", film, "video").body == {"video_md5": {}, "vpdq": {}}


def test_a_mirrored_copy_that_is_sent_is_met(peer: PeerClient) -> None:
    number = bank_of(picture())
    answer = peer.send("/m/lookup", picture(mirrored=True))
    (found,) = answer.body["pdq"]["A"]
    assert found["bank_content_id"] == number
    assert int(found["distance"]) <= 31
    assert peer.send("/m/lookup", picture(mirrored=True), signal_type="pdq").body == answer.body["pdq"]
    assert peer.send("/m/lookup", picture(), signal_type="video_md5").body == {}
    assert peer.send("/m/lookup", b"GIF89a" + b"x" * 99).status == 400


def test_a_file_can_bypass_the_share_of_traffic_and_a_hash_cannot(peer: PeerClient) -> None:
    bank_of(picture())
    peer.put("/c/bank/A", {"enabled": False})
    assert peer.send("/m/lookup", picture()).body == {"pdq": {}}
    assert peer.send("/m/lookup", picture(), bypass_coinflip="true").body["pdq"]
    hashed = peer.send("/h/hash", picture()).body["pdq"]
    by_hash = peer.get("/m/lookup", signal=hashed, signal_type="pdq", bypass_coinflip="true")
    assert by_hash.body == {}
    assert peer.send("/m/lookup", picture(), bypass_coinflip="maybe").status == 400


def test_an_address_is_fetched_hashed_met_and_added(
    peer: PeerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.post("/c/banks", {"name": "NEW"})
    with site(monkeypatch, picture()) as url:
        hashed = peer.get("/h/hash", url=url)
        assert set(hashed.body) == {"pdq"}
        assert peer.get("/m/lookup", url=url).body == {"pdq": {}}
        added = peer.ask(
            "POST",
            "/c/bank/NEW/content",
            params={"url": url},
            json={"metadata": {"content_uri": "https://agora.example/p/1"}, "note": "seen twice"},
        )
        assert added.body["signals"] == hashed.body
        number = added.body["id"]
        met = peer.get("/m/lookup", url=url, content_type="photo", signal_type="pdq")
        assert met.body == {"NEW": [{"bank_content_id": number, "distance": "0"}]}
        assert peer.ask("POST", "/c/bank/NEW/content", params={"url": url}).body["id"] == number
    shown = peer.get(f"/c/bank/NEW/content/{number}").body
    assert (shown["original_media_uri"], shown["note"]) == ("https://agora.example/p/1", "seen twice")


def test_what_an_address_holds_must_be_a_picture_or_a_film(
    peer: PeerClient, monkeypatch: pytest.MonkeyPatch, film: bytes
) -> None:
    with site(monkeypatch, film, "video/mp4") as url:
        assert set(peer.get("/h/hash", url=url, types="video_md5").body) == {"video_md5"}
    with site(monkeypatch, picture(), "application/octet-stream") as url:
        assert peer.get("/h/hash", url=url).status == 400
        assert set(peer.get("/h/hash", url=url, content_type="photo").body) == {"pdq"}
    with site(monkeypatch, b"gone", status=404) as url:
        answer = peer.get("/h/hash", url=url)
        assert (answer.status, "404" in answer.body["message"]) == (400, True)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://[::1]/x",
        "http://localhost:8700/x",
        "http://169.254.169.254/latest",
        "file:///etc/hostname",
        "http://user:secret@agora.example/",
        "//agora.example/x",
        "http://agora.example:99999/",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/h/hash", "/m/lookup"])
def test_an_address_that_leads_inside_or_nowhere_is_not_fetched(
    peer: PeerClient, path: str, url: str
) -> None:
    answer = peer.get(path, url=url)
    assert (answer.status, set(answer.body)) == (400, {"message"})


def test_more_than_the_limit_is_413_sent_or_fetched(
    peer: PeerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTENTE_MATCHING__HMA_FILE_BYTES", "1000000")
    reset_cache()
    large = picture() + bytes(1_100_000)
    for answer in (peer.send("/h/hash", large), peer.send("/m/lookup", large)):
        assert (answer.status, set(answer.body)) == (413, {"message"})
    with site(monkeypatch, large) as url:
        assert peer.get("/h/hash", url=url).status == 413
    with site(monkeypatch, large) as url:
        assert peer.get("/m/lookup", url=url).status == 413


def test_files_larger_than_other_forms_may_carry_are_taken(peer: PeerClient) -> None:
    answer = peer.send("/h/hash", picture() + bytes(25_000_000))
    assert set(answer.body) == {"pdq"}


def plain() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 200), (9, 9, 9)).save(written, "PNG")
    return written.getvalue()


def test_a_picture_that_shows_too_little_has_no_signal(peer: PeerClient) -> None:
    assert peer.send("/h/hash", plain()).body == {}
    assert peer.send("/m/lookup", plain()).body == {}
    peer.post("/c/banks", {"name": "NEW"})
    assert peer.send("/c/bank/NEW/content", plain()).status == 400


HOSTILE: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("cut", picture()[:500]),
    ("markup", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ("noise", bytes(range(256)) * 40),
    ("a text", b"words " * 100),
]


@pytest.mark.parametrize("file", [one for _name, one in HOSTILE], ids=[name for name, _one in HOSTILE])
@pytest.mark.parametrize("path", ["/h/hash", "/m/lookup"])
def test_what_no_signal_can_be_made_of_is_400(peer: PeerClient, path: str, file: bytes) -> None:
    answer = peer.send(path, file)
    assert (answer.status, set(answer.body)) == (400, {"message"})


def test_a_film_that_is_none_keeps_the_digest_of_its_bytes(peer: PeerClient) -> None:
    assert set(peer.send("/h/hash", b"no film", "video").body) == {"video_md5"}


def raw(peer: PeerClient, body: bytes, kind: str = "multipart/form-data; boundary=x") -> Answered:
    return peer.ask("POST", "/h/hash", content=body, headers={"Content-Type": kind})


def test_a_form_has_exactly_one_file_under_the_name_of_its_content_type(peer: PeerClient) -> None:
    two = {"photo": ("a", picture(), "image/jpeg"), "video": ("b", b"x", "video/mp4")}
    assert peer.ask("POST", "/h/hash", files=two).status == 400
    assert peer.send("/h/hash", picture(), "audio").status == 400
    assert peer.ask("POST", "/h/hash", data={"photo": "text"}).status == 400
    assert peer.ask("POST", "/h/hash").status == 400
    for types in ("none", "url", "pdq,none"):
        assert peer.send("/h/hash", picture(), types=types).status == 400


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 300],
)
def test_a_form_that_cannot_be_read_is_400(peer: PeerClient, kind: str) -> None:
    answer = raw(peer, b"--x\r\nbroken", kind)
    assert (answer.status, set(answer.body)) == (400, {"message"})
    assert raw(peer, b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n').status == 400


def test_a_form_with_more_text_than_anybody_sends_is_413(peer: PeerClient) -> None:
    answer = peer.send("/h/hash", picture(), form={"metadata": "x" * 4_000_000})
    assert (answer.status, set(answer.body)) == (413, {"message"})


def test_a_form_of_very_many_parts_is_refused(peer: PeerClient) -> None:
    many = [("photo", (f"{number}", b"x", "image/jpeg")) for number in range(200)]
    assert peer.ask("POST", "/h/hash", files=many).status == 400


class Answers:
    """A pool that answers what a test wants."""

    def __init__(self, hashed: Hashed) -> None:
        self.hashed = hashed

    def hash(self, *_given: object, **_more: object) -> Hashed:
        return self.hashed


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("busy", 503),
        ("timeout", 503),
        ("memory", 503),
        ("crashed", 503),
        ("too_large", 413),
        ("image_too_large", 413),
        ("image_too_small", 400),
        ("unsupported", 400),
        ("not_decodable", 400),
        ("low_quality", 200),
    ],
)
def test_what_became_of_a_file_is_told_in_the_peers_numbers(
    peer: PeerClient, monkeypatch: pytest.MonkeyPatch, outcome: Any, status: int
) -> None:
    monkeypatch.setattr(preparing, "pool", lambda: Answers(Hashed(outcome)))
    for path in ("/h/hash", "/m/lookup"):
        assert peer.send(path, b"x").status == status


def test_a_film_whose_frames_nobody_could_look_at_is_unknown_although_its_digest_is_there(
    peer: PeerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "pool", lambda: Answers(Hashed("timeout", signals={"md5": [bytes(16)]})))
    assert peer.send("/m/lookup", b"x", "video").status == 503
    assert peer.send("/m/lookup", b"x", "video", types="video_md5").status == 200


def test_a_descriptor_is_closed_whatever_happens(peer: PeerClient) -> None:
    with pytest.raises(RuntimeError), files._held([b"x"]) as descriptor:
        raise RuntimeError
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(descriptor)
    hold(banks.bank("A").id, "one")
    assert peer.get("/m/lookup", signal=pdq("one"), signal_type="pdq").status == 200
