"""POST /api/v1/check: both doors answer the same, a revoked token counts within a second, files go to the confined pool."""

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageDraw

from entente.api import tokens
from entente.api.checking import fast_door
from entente.apps.banks import services as bank_services
from entente.apps.kernel.actors import SYSTEM
from entente.apps.matching import preparing
from entente.apps.matching.hub import Query
from entente.apps.matching.models import Match, Recognition
from entente.apps.matching.services import checking
from entente.apps.parties import queries as parties
from entente.apps.parties.services import revoke_api_client
from entente.web.wsgi import application
from tests import world
from tests.api.clients import bearer, token
from tests.apps.banks import acts as banks
from tests.apps.matching.acts import ComparedHub
from tests.world import NOW

pytestmark = pytest.mark.django_db

PATH = "/api/v1/check"
CONTENT = {"id": "1", "url": "https://agora.example/p/1", "uploader_language": "fr"}


@pytest.fixture(autouse=True)
def _house(monkeypatch: pytest.MonkeyPatch) -> None:
    world.host()
    monkeypatch.setattr(checking, "hub", ComparedHub)
    # The test's transaction lives in the connection that the door would close.
    monkeypatch.setattr(fast_door, "close_old_connections", lambda: None)
    tokens.known_tokens._known.clear()


@pytest.fixture
def secret() -> str:
    return token("checks:ask")


def signal(word: str = "one") -> dict[str, str]:
    return {"type": "sha256", "value": banks.value(word).hex()}


def by_framework(client: Client, secret: str, body: Any) -> tuple[int, Any]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post(PATH, data=data, content_type="application/json", headers=bearer(secret))
    return answer.status_code, json.loads(answer.content)


def by_fast_door(secret: str, body: Any, **environ: str) -> tuple[int, Any, dict[str, str]] | None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        told["status"], told["headers"] = int(status[:3]), dict(headers)

    asked = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(data)),
        "HTTP_AUTHORIZATION": f"Bearer {secret}",
        "wsgi.input": io.BytesIO(data),
        **environ,
    }
    found = fast_door.answer(asked, start)
    if found is None:
        return None
    return told["status"], json.loads(b"".join(found)), told["headers"]


BODIES: list[tuple[Any, int, str]] = [
    ({"content": CONTENT, "signals": [signal()]}, 200, "match"),
    ({"signals": [signal("two")]}, 200, "no_match"),
    ({"urls": ["https://Videos.example/watch?v=1"]}, 200, "no_match"),
    (b"{", 422, "check_unreadable"),
    (b"[" * 100_000, 422, "check_unreadable"),
    ([], 422, "check_unreadable"),
    ({}, 422, "check_unreadable"),
    ({"signals": {}}, 422, "check_unreadable"),
    ({"signals": [{"type": "sha256"}]}, 422, "check_unreadable"),
    ({"signals": [{"type": "sha256", "value": "00\n"}]}, 422, "check_unreadable"),
    ({"signals": [{"type": "no_such_type", "value": "00"}]}, 422, "check_unreadable"),
    ({"signals": [signal()] * 1001}, 422, "check_unreadable"),
    ({"urls": "https://videos.example/"}, 422, "check_unreadable"),
    ({"urls": ["ftp://videos.example/"]}, 422, "check_unreadable"),
    ({"text": 7}, 422, "check_unreadable"),
    ({"content": [], "signals": [signal()]}, 422, "check_unreadable"),
    ({"content": {"secret": "x"}, "signals": [signal()]}, 422, "check_unreadable"),
    ({"content": {"url": "no address"}, "signals": [signal()]}, 422, "check_unreadable"),
    ({"content": {"id": "x" * 201}, "signals": [signal()]}, 422, "check_unreadable"),
    ({"items": []}, 422, "check_unreadable"),
    ({"items": ["x"]}, 422, "check_unreadable"),
    ({"items": [{"signals": [signal()]}, {"content": {"id": 1}}]}, 422, "check_unreadable"),
]


@pytest.mark.parametrize(("body", "status", "said"), BODIES)
def test_both_doors_say_the_same(client: Client, secret: str, body: Any, status: int, said: str) -> None:
    banks.one(banks.bank(policy="open_case").id)
    framework = by_framework(client, secret, body)
    fast = by_fast_door(secret, body)
    assert fast is not None
    answered = framework[1].get("answer", framework[1].get("code"))
    assert (framework[0], answered) == (status, said)
    assert (fast[0], fast[1].get("answer", fast[1].get("code"))) == (status, said)
    assert fast[1].keys() == framework[1].keys()
    kind = "application/json" if status == 200 else "application/problem+json"
    assert fast[2]["Content-Type"] == kind


def test_a_wrong_entry_among_many_is_named(client: Client, secret: str) -> None:
    _status, problem = by_framework(
        client, secret, {"items": [{"signals": [signal()]}, {"content": {"id": 1}, "signals": [signal()]}]}
    )
    assert problem["field"] == "items.1.content.id"


def test_a_match_says_everything_and_opens_a_case(client: Client, secret: str) -> None:
    bank = banks.bank("Watched", policy="open_case")
    found = banks.one(bank.id, labels=("recruitment",))
    _status, answer = by_framework(client, secret, {"content": CONTENT, "signals": [signal()]})
    (match,) = answer["matches"]
    assert match == {
        "bank": {"id": str(bank.id), "name": "Watched", "owner": "own", "negative": None},
        "signal": {
            "id": found.pk,
            "type": "sha256",
            "entity": None,
            "labels": ["recruitment"],
            "confirmed": False,
        },
        "distance": 0,
        "radius": 0,
        "policy": "open_case",
        "not_restricted": "policy",
    }
    assert answer["check_id"].startswith("match_")
    assert answer["case"]["reference"] == Recognition.objects.get().case.reference  # type: ignore[union-attr] # it has one
    assert answer["case"]["decided"] is None


def test_many_things_are_answered_each_on_its_own(client: Client, secret: str) -> None:
    banks.one(banks.bank(policy="observe").id)
    body = {"items": [{"signals": [signal()]}, {"signals": [signal("two")]}]}
    _status, answer = by_framework(client, secret, body)
    assert [one["answer"] for one in answer["results"]] == ["match", "no_match"]
    fast = by_fast_door(secret, body)
    assert fast is not None
    assert [one["answer"] for one in fast[1]["results"]] == ["match", "no_match"]


def _unusual() -> list[dict[str, str]]:
    return [
        {"REQUEST_METHOD": "GET"},
        {"CONTENT_TYPE": "multipart/form-data; boundary=x"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "x"},
        {"CONTENT_LENGTH": str(fast_door.MOST_BYTES + 1)},
        {"HTTP_AUTHORIZATION": ""},
        {"HTTP_AUTHORIZATION": "Basic abc"},
        {"HTTP_AUTHORIZATION": "Bearer nobody's"},
    ]


@pytest.mark.parametrize("environ", _unusual())
def test_whatever_is_unusual_is_left_to_the_framework(secret: str, environ: dict[str, str]) -> None:
    assert by_fast_door(secret, {"signals": [signal()]}, **environ) is None


def test_a_token_of_another_scope_is_refused_by_the_framework(client: Client) -> None:
    other = token("notices:write")
    assert by_fast_door(other, {"signals": [signal()]}) is None
    status, problem = by_framework(client, other, {"signals": [signal()]})
    assert (status, problem["code"]) == (403, "scope_missing")


def test_the_entry_point_asks_the_fast_door_first(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps({"signals": [signal()]}).encode()
    told = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(data)),
        "HTTP_AUTHORIZATION": f"Bearer {secret}",
        "wsgi.input": io.BytesIO(data),
    }
    (body,) = application(environ, lambda status, _headers: told.append(status))
    assert told == ["200 OK"]
    assert json.loads(body)["answer"] == "no_match"
    del monkeypatch


def test_a_revocation_counts_within_a_second(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [100.0]
    monkeypatch.setattr("entente.api.tokens.time.monotonic", lambda: seconds[0])
    client = tokens.known_tokens.client(secret)
    assert client is not None
    revoke_api_client(client_id=client.id, actor=SYSTEM, at=NOW)
    assert tokens.known_tokens.client(secret) is not None
    seconds[0] += 1.0
    assert tokens.known_tokens.client(secret) is None
    assert parties.api_client_for_token(secret) is None


def test_no_more_tokens_are_remembered_than_anybody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_MOST_KNOWN", 2)
    known = tokens.KnownTokens()
    for _number in range(3):
        assert known.client(token("checks:ask")) is not None
    assert len(known._known) <= 2


def picture(*, mirrored: bool = False) -> bytes:
    """Return a JPEG of a landscape that we drew: sky, hills, a lake, a sun."""
    image = Image.radial_gradient("L").resize((640, 480)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.polygon(
        [(0, 330), (160, 170), (300, 300), (420, 220), (640, 360), (640, 480), (0, 480)], (60, 110, 70)
    )
    draw.ellipse((470, 60, 560, 150), (250, 220, 90))
    draw.rectangle((60, 400, 380, 450), (70, 90, 170))
    if mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=60 if mirrored else 92)
    return written.getvalue()


def upload(client: Client, secret: str, *files: bytes, item: Any = None, kind: str = "image/jpeg") -> Any:
    form: dict[str, Any] = {
        "file": [SimpleUploadedFile(f"{place}.bin", file, kind) for place, file in enumerate(files)]
    }
    if item is not None:
        form["item"] = item if isinstance(item, str) else json.dumps(item)
    answer = client.post(PATH, data=form, headers=bearer(secret))
    return answer.status_code, json.loads(answer.content)


def test_a_mirrored_and_recompressed_copy_is_recognised(client: Client, secret: str) -> None:
    bank = banks.bank(policy="open_case")
    values = dict(preparing.for_bank(picture()))
    bank_services.add_signals(
        bank_id=bank.id,
        signals=[bank_services.NewSignal("pdq", values["pdq"])],
        source=bank_services.Source(),
        actor=banks.reviewer(),
        at=NOW,
    )
    status, answer = upload(client, secret, picture(mirrored=True), item={"content": CONTENT})
    assert (status, answer["answer"]) == (200, "match")
    assert answer["matches"][0]["distance"] <= 31
    kept = Recognition.objects.get()
    assert len(kept.content_digest) == 64
    assert Match.objects.get().signal_type == "pdq"


def test_what_cannot_be_decoded_is_compared_by_its_bytes_and_says_so(client: Client, secret: str) -> None:
    status, answer = upload(client, secret, picture()[:500])
    assert (status, answer["answer"]) == (200, "no_match")
    assert "truncated" in answer["notes"] or "not_decodable" in answer["notes"]


def test_a_file_nobody_could_look_at_is_unknown(
    client: Client, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        preparing, "of_file", lambda *_given: preparing.Prepared((), unknown="busy", notes=("busy",))
    )
    status, answer = upload(client, secret, picture())
    assert (status, answer["answer"], answer["why"]) == (200, "unknown", "busy")


def test_what_was_found_before_the_decoder_gave_up_counts_and_what_was_not_proves_nothing(
    client: Client, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Query("sha256", banks.value("one"))
    monkeypatch.setattr(
        preparing,
        "of_file",
        lambda *_given: preparing.Prepared((asked,), banks.value("one"), unknown="timeout"),
    )
    assert upload(client, secret, b"x")[1]["answer"] == "unknown"
    banks.one(banks.bank(policy="observe").id)
    assert upload(client, secret, b"x")[1]["answer"] == "match"


@pytest.mark.parametrize("item", ["{", "[]", '{"content": 7}'])
def test_a_form_that_cannot_be_read_says_what_is_wrong(client: Client, secret: str, item: str) -> None:
    status, problem = upload(client, secret, picture(), item=item)
    assert (status, problem["code"]) == (422, "check_unreadable")


def test_a_form_without_a_file_says_so(client: Client, secret: str) -> None:
    answer = client.post(PATH, data={"item": "{}"}, headers=bearer(secret))
    assert answer.status_code == 422
    assert json.loads(answer.content)["field"] == "file"


def test_a_large_file_is_lent_to_the_pool_without_reading_it_here(client: Client, secret: str) -> None:
    large = picture() + b"\x00" * 3_000_000
    status, answer = upload(client, secret, large)
    assert (status, answer["answer"]) == (200, "no_match")


def test_a_text_is_compared_in_every_spelling(client: Client, secret: str) -> None:
    text = "An invented call that nobody would follow, written down for a test of spelling tricks only."
    signals = [
        bank_services.NewSignal(query.signal_type, query.value)
        for query in preparing.of_text(text).queries
        if query.signal_type == "text_exact"
    ]
    bank_services.add_signals(
        bank_id=banks.bank(policy="observe").id,
        signals=signals,
        source=bank_services.Source(),
        actor=banks.reviewer(),
        at=NOW,
    )
    tricked = text.upper().replace("A", "\u0391").replace(" ", "\u200b ")
    _status, answer = by_framework(client, secret, {"text": tricked})
    assert answer["answer"] == "match"


def test_the_pool_of_a_process_is_one_and_a_fork_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    first = preparing.pool()
    assert preparing.pool() is first
    monkeypatch.setattr("entente.apps.matching.preparing.os.getpid", lambda: 1)
    other = preparing.pool()
    assert other is not first
    monkeypatch.undo()
    assert preparing.pool() is not other
    first.close()


def test_a_pool_that_was_closed_is_followed_by_another() -> None:
    first = preparing.pool()
    preparing.close_pool()
    preparing.close_pool()  # there is none to close
    second = preparing.pool()
    assert second is not first
    preparing.close_pool()


def test_a_check_is_described_with_its_answers(client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/check"]["post"]
    assert set(described["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["properties"]["answer"] == {"enum": ["no_match", "match", "unknown"]}
