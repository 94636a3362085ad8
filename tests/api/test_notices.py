"""POST /api/v1/notices: a platform's own report form hands its notices in; nothing happens but a case."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from entente.apps.audit.models import AuditEvent
from entente.apps.cases.models import Action, Case
from entente.apps.deadlines.models import Deadline
from entente.apps.kernel import clock, keys
from entente.apps.notices.models import Notice
from entente.apps.tlog.models import Leaf
from entente.core.tlog.receipts import verify_receipt
from tests import world
from tests.api.clients import bearer, token

pytestmark = pytest.mark.django_db
NOTICE = {
    "urls": ["https://agora.example/p/17"],
    "explanation": "The text calls on its readers to take a bridge by force.",
    "notifier_mail": "reader@mail.example",
    "good_faith": True,
}


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


@pytest.fixture
def secret() -> str:
    return token("notices:write")


def post(client: Client, secret: str, body: Any = NOTICE, **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        "/api/v1/notices", data=data, content_type="application/json", headers=bearer(secret, **headers)
    )


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, written["code"]) == (status, code), written
    assert response["Content-Type"] == "application/problem+json"
    return written


def test_a_notice_gets_a_receipt_that_verifies_and_a_status_page(client: Client, secret: str) -> None:
    response = post(client, secret)
    assert response.status_code == 201, response.content
    answer = response.json()
    verify_receipt(answer["receipt"], keys.instance_public_key().public_bytes_raw())
    status = client.get(f"/api/v1/notices/{answer['token']}")
    assert status.json()["state"] == "under_assessment"
    assert status.json()["case"] == answer["case"]
    assert Notice.objects.get().door == "api"
    assert not Action.objects.exists()


def test_the_same_key_gets_the_same_answer_and_one_notice(client: Client, secret: str) -> None:
    first = post(client, secret, **{"Idempotency-Key": "report-1"})
    again = post(client, secret, **{"Idempotency-Key": "report-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Case.objects.count() == 1
    other = post(
        client, secret, {**NOTICE, "urls": ["https://agora.example/p/18"]}, **{"Idempotency-Key": "report-1"}
    )
    problem(other, 409, "idempotency_key_reused")
    assert Case.objects.count() == 1


def test_a_key_belongs_to_its_client(client: Client, secret: str) -> None:
    post(client, secret, **{"Idempotency-Key": "report-1"})
    second = post(client, token("notices:write", name="other"), **{"Idempotency-Key": "report-1"})
    assert second.status_code == 201
    assert Case.objects.count() == 2


@pytest.mark.parametrize("key", ["k" * 256, "\x07"])
def test_a_key_that_cannot_be_one(client: Client, secret: str, key: str) -> None:
    problem(post(client, secret, **{"Idempotency-Key": key}), 422, "idempotency_key_unreadable")


def test_a_refused_notice_leaves_its_key_free(client: Client, secret: str) -> None:
    problem(
        post(client, secret, {**NOTICE, "good_faith": False}, **{"Idempotency-Key": "k"}),
        422,
        "notice_incomplete",
    )
    assert post(client, secret, NOTICE, **{"Idempotency-Key": "k"}).status_code == 201


@pytest.mark.parametrize("wrong", ["", "Bearer", "Bearer nonsense", "Basic abc"])
def test_without_a_living_token_nothing_is_taken_in(client: Client, wrong: str) -> None:
    headers = {"Authorization": wrong} if wrong else {}
    response = client.post(
        "/api/v1/notices", data=json.dumps(NOTICE), content_type="application/json", headers=headers
    )
    problem(response, 401, "token_missing")
    assert not Notice.objects.exists()


def test_a_token_for_something_else_is_refused_by_name(client: Client) -> None:
    written = problem(post(client, token("snapshots:write")), 403, "scope_missing")
    assert written["scope"] == "notices:write"


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({"urls": ["ftp://agora.example/x"]}, "urls"),
        ({"explanation": "bad"}, "explanation"),
        ({"good_faith": False}, "good_faith"),
    ],
)
def test_each_gap_is_named(client: Client, secret: str, changes: dict[str, Any], gap: str) -> None:
    written = problem(post(client, secret, {**NOTICE, **changes}), 422, "notice_incomplete")
    assert gap in written["gaps"]
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        json.dumps({**NOTICE, "urls": []}).encode(),
        json.dumps({**NOTICE, "urls": ["x"] * 1001}).encode(),
        json.dumps({**NOTICE, "explanation": "x" * 20_001}).encode(),
        json.dumps({**NOTICE, "good_faith": "perhaps"}).encode(),
        json.dumps({**NOTICE, "explanation": "The text calls\0 for attacks."}).encode(),
        json.dumps({**NOTICE, "notifier_name": "half a pair \ud800"}).encode(),
    ],
    ids=[
        "empty",
        "no text",
        "list",
        "nothing",
        "no address",
        "too many",
        "too long",
        "no answer",
        "null",
        "half",
    ],
)
def test_what_cannot_be_read_is_a_problem_with_its_fields(client: Client, secret: str, body: bytes) -> None:
    response = post(client, secret, body)
    assert response.status_code in {400, 422}, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert not Notice.objects.exists()


def test_an_unknown_notice_is_not_there(client: Client) -> None:
    assert client.get("/api/v1/notices/guess").status_code == 404


def everywhere(client: Client, found: Notice) -> dict[str, datetime]:
    """Return when a notice arrived, as every place that says it says it; pages say it in the host's zone."""
    receipt = verify_receipt(found.receipt, keys.instance_public_key().public_bytes_raw())
    assert receipt.shows("received_at", found.receipt["received_at"])
    shown = {}
    for name in ("", "/receipt"):
        page = client.get(f"/notices/{found.token}{name}").content.decode()
        shown[f"page{name}"] = page.split('<time datetime="')[1].split('"')[0]
    shown["receipt"] = found.receipt["received_at"]
    shown["receipt to keep"] = client.get(f"/notices/{found.token}/receipt.json").json()["received_at"]
    shown["state"] = client.get(f"/api/v1/notices/{found.token}").json()["received_at"]
    return {place: datetime.fromisoformat(text) for place, text in shown.items()} | {
        "case": found.case.opened_at,
        "row": found.received_at,
        "audit": AuditEvent.objects.get(kind="notices:notice:received").at,
        "clock": Deadline.objects.get(rule_id="house.notice.assess").trigger_at,
        "leaf": Leaf.objects.get(kind="notice_received").created_at,
    }


def test_the_time_of_a_notice_is_our_clock_s_and_the_same_everywhere(
    client: Client, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a client's clock says, the receipt, the pages, the case and the log name the moment of acceptance."""
    accepted = datetime(2026, 11, 23, 9, 0, 1, 234567, tzinfo=UTC)
    claimed = "1999-12-31T23:59:59+00:00"
    with monkeypatch.context() as held:
        held.setattr(clock, "now", lambda: accepted)
        answer = post(
            client,
            secret,
            {**NOTICE, "received_at": claimed, "submitted_at": claimed, "at": claimed},
            Date="Fri, 31 Dec 1999 23:59:59 GMT",
            **{"Idempotency-Key": "k"},
        ).json()
        found = Notice.objects.select_related("case").get()
        said = everywhere(client, found)
    said["answer"] = datetime.fromisoformat(answer["received_at"])
    later = post(
        client,
        secret,
        {**NOTICE, "received_at": claimed, "submitted_at": claimed, "at": claimed},
        **{"Idempotency-Key": "k"},
    )
    said["answer again"] = datetime.fromisoformat(later.json()["received_at"])
    assert said == dict.fromkeys(said, accepted)


def test_the_public_form_takes_no_time_from_its_sender(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = datetime(2026, 11, 23, 9, 0, 1, 234567, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: accepted)
    form = {
        "urls": NOTICE["urls"],
        "explanation": NOTICE["explanation"],
        "good_faith": "on",
        "received_at": "1999-12-31T23:59:59",
    }
    assert client.post("/notices/new", form).status_code == 302
    said = everywhere(client, Notice.objects.select_related("case").get())
    assert said == dict.fromkeys(said, accepted)
