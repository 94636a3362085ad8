"""New posts are asked about; the post does not wait, the question is never lost."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from examples.agora import couriers, store

from .conftest import BASE, tiny_png
from .test_couriers import parts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Agora, StandIn

NO_MATCH = (200, {"answer": "no_match", "check_id": "none_1", "reached": 1})
UNKNOWN = (200, {"answer": "unknown", "check_id": "none_2", "reached": 0, "why": "not_ready"})


def write(agora: Agora, **files: bytes) -> str:
    """Publish a post as its author and return its id."""
    form = {
        "title": "A walk",
        "body": "Along the river.",
        "language": "en",
        "files": [(io.BytesIO(content), f"{name}.png") for name, content in files.items()],
    }
    answer = agora.as_user("ada").post("/new", data=form, content_type="multipart/form-data")
    assert answer.status_code == 302
    return answer.headers["Location"].rpartition("/")[2]


def waiting(agora: Agora) -> int:
    with store.opened(agora.settings.data) as db:
        return int(db.execute("SELECT count(*) FROM checks WHERE state = 'pending'").fetchone()[0])


def test_a_text_is_asked_about_under_its_address(make_agora: Callable[..., Agora], entente: StandIn) -> None:
    agora = make_agora(entente=entente.url)
    entente.answers.append(NO_MATCH)
    post_id = write(agora)
    [got] = entente.received
    assert (got.path, got.headers["authorization"]) == ("/api/v1/check", "Bearer t0ken")
    item = json.loads(got.body)
    assert item["content"]["url"] == f"{BASE}/p/{post_id}"
    assert item["content"]["uploader_language"] in {"en", "fr", "de", "es", "ar"}
    assert item["text"] == "A walk\n\nAlong the river."
    assert "ada" not in got.body.decode()
    assert waiting(agora) == 0


def test_files_go_with_it(make_agora: Callable[..., Agora], entente: StandIn) -> None:
    agora = make_agora(entente=entente.url)
    entente.answers.append(NO_MATCH)
    write(agora, one=tiny_png())
    [got] = entente.received
    names = [(name, kind) for name, _file, kind, _content in parts_of(got)]
    assert names == [("item", "text/plain"), ("file", "image/png")]


def test_not_knowing_is_asked_again_and_an_answer_leaves_nothing_behind(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    entente.answers += [UNKNOWN, NO_MATCH]
    post_id = write(agora)
    assert agora.client.get(f"/p/{post_id}").status_code == 200
    assert waiting(agora) == 1
    couriers.carry_due(agora.settings, 4_000_000_000.0)
    assert len(entente.received) == 2
    with store.opened(agora.settings.data) as db:
        assert db.execute("SELECT count(*) FROM checks").fetchone()[0] == 0


def test_while_entente_is_away_the_post_is_there_and_the_question_waits(
    make_agora: Callable[..., Agora],
) -> None:
    agora = make_agora(entente="http://127.0.0.1:9")
    post_id = write(agora)
    assert agora.client.get(f"/p/{post_id}").status_code == 200
    assert waiting(agora) == 1
