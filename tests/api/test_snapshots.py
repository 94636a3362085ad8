"""POST /api/v1/snapshots/{id}: the platform pushes the copy it was asked for."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from entente.apps.cases import services as cases
from entente.apps.content.models import ContentItem, Snapshot, SnapshotPart
from entente.apps.kernel.config import reset_cache
from entente.apps.kernel.ids import new_id
from tests import world
from tests.api.clients import bearer, token
from tests.apps.notices.acts import notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def snapshot() -> Snapshot:
    world.host()
    notice()
    return Snapshot.objects.get()


@pytest.fixture
def secret() -> str:
    return token("snapshots:write")


def push(client: Client, secret: str, snapshot_id: object, *parts: bytes, **fields: Any) -> Any:
    files = [
        SimpleUploadedFile(f"part{number}", data, content_type="text/plain")
        for number, data in enumerate(parts)
    ]
    return client.post(
        f"/api/v1/snapshots/{snapshot_id}", data={"part": files, **fields}, headers=bearer(secret)
    )


def code(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json", response.content
    return response.status_code, json.loads(response.content)["code"]


def test_a_copy_is_sealed_with_what_the_platform_says(
    client: Client, snapshot: Snapshot, secret: str
) -> None:
    meta = json.dumps({"platform_ref": "p-1", "uploader_language": "fr", "title": "A title"})
    related = json.dumps({"comments": ["one"]})
    response = push(client, secret, snapshot.id, b"the text of the post", meta=meta, related=related)
    assert response.status_code == 200, response.content
    assert response.json()["state"] == "complete"
    item = ContentItem.objects.get()
    assert (item.platform_ref, item.uploader_language) == ("p-1", "fr")
    assert set(SnapshotPart.objects.values_list("role", flat=True)) == {"original", "related_data"}


def test_the_same_copy_again_changes_nothing_and_another_is_refused(
    client: Client, snapshot: Snapshot, secret: str
) -> None:
    first = push(client, secret, snapshot.id, b"the text")
    again = push(client, secret, snapshot.id, b"the text")
    assert first.json() == again.json()
    assert code(push(client, secret, snapshot.id, b"another text")) == (409, "snapshot_differs")
    assert SnapshotPart.objects.count() == 1


def test_an_empty_copy_is_none(client: Client, snapshot: Snapshot, secret: str) -> None:
    assert push(client, secret, snapshot.id).status_code == 422
    snapshot.refresh_from_db()
    assert snapshot.state == "pending"


@pytest.mark.parametrize("meta", ["not json", "[1]", "[" * 50_000])
def test_a_description_that_cannot_be_read(
    client: Client, snapshot: Snapshot, secret: str, meta: str
) -> None:
    assert code(push(client, secret, snapshot.id, b"x", meta=meta)) == (422, "meta_unreadable")


def test_a_copy_over_the_limit_is_refused_whole(
    client: Client, snapshot: Snapshot, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTENTE_LIMITS__SNAPSHOT_BYTES", "1000000")
    reset_cache()
    try:
        response = push(client, secret, snapshot.id, b"x" * 600_000, b"y" * 600_000)
    finally:
        monkeypatch.undo()
        reset_cache()
    status, name = code(response)
    assert (status, name) == (413, "snapshot_too_large")
    assert not SnapshotPart.objects.exists()


def test_only_the_platform_pushes(client: Client, snapshot: Snapshot) -> None:
    assert code(push(client, "nonsense", snapshot.id, b"x")) == (401, "token_missing")
    assert code(push(client, token("notices:write"), snapshot.id, b"x")) == (403, "scope_missing")
    assert not SnapshotPart.objects.exists()


def test_what_left_by_the_child_abuse_key_takes_no_copy(
    client: Client, snapshot: Snapshot, secret: str
) -> None:
    cases.leave_case_to_route(
        case_id=snapshot.case_id, actor=world.actor("reviewer"), at=snapshot.requested_at
    )
    assert push(client, secret, snapshot.id, b"x").status_code == 409


def test_an_unknown_copy_was_never_asked_for(client: Client, secret: str) -> None:
    assert push(client, secret, new_id(), b"x").status_code == 404


def test_a_full_vault_acknowledges_nothing(
    client: Client, snapshot: Snapshot, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No space left: 503, nothing registered, and the same push succeeds when there is space again."""
    import os

    with monkeypatch.context() as full:

        def no_space(*_args: object) -> None:
            raise OSError(28, "No space left on device")

        full.setattr(os, "fsync", no_space)
        assert push(client, secret, snapshot.id, b"the text").status_code == 503
    assert not SnapshotPart.objects.exists()
    assert push(client, secret, snapshot.id, b"the text").status_code == 200
    assert not list(Path(os.environ["ENTENTE_DATA_DIR"]).rglob("*.part"))
