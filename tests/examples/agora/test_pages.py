"""Accounts, posts, files, languages: what any visitor or author does."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from examples.agora.app import create_app
from examples.agora.config import Settings
from PIL import Image

import examples.agora
from examples.agora import pages, reports, seed, store, uploads

from .conftest import tiny_png

if TYPE_CHECKING:
    from .conftest import Agora

HERE = Path(examples.agora.__file__).parent


def publish(agora: Agora, *files: tuple[bytes, str, str], title: str = "A hill") -> Any:
    """Publish a post of ada's with files (bytes, name, declared type)."""
    data = {"title": title, "body": "B", "language": "fr"}
    sent: dict[str, Any] = data | {"files": [(io.BytesIO(body), name, kind) for body, name, kind in files]}
    return agora.as_user("ada").post("/new", data=sent, content_type="multipart/form-data")


def test_sign_up_log_out_log_in(agora: Agora) -> None:
    account = {"name": "cleo", "password": "a long enough one"}
    assert agora.client.post("/signup", data=account).location == "/"
    assert "cleo" in agora.client.get("/").text
    agora.client.post("/logout")
    assert "cleo" not in agora.client.get("/").text
    assert agora.client.post("/login", data=account | {"password": "another one"}).status_code == 422
    assert agora.client.post("/login", data=account | {"name": "nobody"}).status_code == 422
    assert agora.client.post("/login", data=account).status_code == 302
    assert agora.client.post("/signup", data=account | {"name": "CLEO"}).status_code == 409
    stored = agora.rows("SELECT password FROM users WHERE name = 'cleo'")[0]["password"]
    assert stored.startswith("scrypt:")


@pytest.mark.parametrize(
    "account",
    [
        {"name": "x", "password": "long enough pw"},
        {"name": "a/b", "password": "long enough pw"},
        {"name": "cleo", "password": "short"},
    ],
)
def test_unfit_names_and_passwords_are_refused(agora: Agora, account: dict[str, str]) -> None:
    assert agora.client.post("/signup", data=account).status_code == 422


def test_an_invented_user_has_no_password(agora: Agora) -> None:
    for password in ("", "!", "exercise"):
        assert agora.client.post("/login", data={"name": "ada", "password": password}).status_code == 422


def test_one_click_log_in_goes_only_to_our_own_pages(agora: Agora) -> None:
    go = agora.client.get
    assert go("/exercise/login/ada?next=/inbox").location == "/inbox"
    for target in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert go("/exercise/login/ada", query_string={"next": target}).location == "/"
    assert go("/exercise/login/nobody").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_forms_of_other_sites_are_refused(agora: Agora, headers: dict[str, str]) -> None:
    ada = agora.as_user("ada")
    assert ada.post("/p/first/delete", headers=headers).status_code == 403
    assert ada.get("/p/first").status_code == 200
    mine = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert ada.post("/p/first/delete", headers=mine).status_code == 302


def test_only_the_author_deletes(agora: Agora) -> None:
    assert agora.as_user("ben").post("/p/first/delete").status_code == 404
    assert agora.client.post("/p/first/delete").status_code == 404
    ada = agora.as_user("ada")
    assert ada.post("/p/first/delete").location == "/u/ada"
    assert ada.get("/p/first").status_code == 404
    assert ada.get("/media/first/1", buffered=True).status_code == 404


def test_a_post_with_picture_is_published(agora: Agora) -> None:
    answer = publish(agora, (tiny_png(), "../../h\u00fcgel.png", "image/png"))
    assert answer.status_code == 302
    page = agora.client.get(answer.location)
    assert 'lang="fr"' in page.text
    media = agora.client.get(answer.location.replace("/p/", "/media/") + "/1", buffered=True)
    assert media.data == tiny_png()
    assert media.mimetype == "image/png"
    assert media.headers["X-Content-Type-Options"] == "nosniff"
    assert agora.rows("SELECT name FROM media WHERE post_id <> 'first'") == [{"name": "h\u00fcgel.png"}]


def test_a_film_plays_in_place_and_an_unknown_one_is_a_download(agora: Agora) -> None:
    film = b"\x00\x00\x00\x20ftypisom" + b"\x00" * 100
    answer = publish(agora, (film, "a.mp4", "video/mp4"), (b"RIFFxxxxAVI ", "b.avi", "video/x-msvideo"))
    base = answer.location.replace("/p/", "/media/")
    first, second = agora.client.get(f"{base}/1", buffered=True), agora.client.get(f"{base}/2", buffered=True)
    assert (first.mimetype, first.headers["Content-Disposition"][:6]) == ("video/mp4", "inline")
    assert (second.mimetype, second.headers["Content-Disposition"][:10]) == (
        "application/octet-stream",
        "attachment",
    )
    part = agora.client.get(f"{base}/1", buffered=True, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data) == (206, b"ftyp")


def test_files_that_are_not_media_are_refused_and_leave_nothing(agora: Agora) -> None:
    truncated = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(truncated, "PNG")
    for body, kind in (
        (b"<svg onload=x>", "image/svg+xml"),
        (b"hello", "image/png"),
        (truncated.getvalue()[:900], "image/png"),
    ):
        assert publish(agora, (tiny_png(), "ok.png", "image/png"), (body, "f", kind)).status_code == 422
    assert len(agora.rows("SELECT * FROM posts")) == 2
    assert [path.name for path in (agora.settings.data / "media").iterdir()] == ["first"]


def test_limits_of_files(agora: Agora, monkeypatch: pytest.MonkeyPatch) -> None:
    assert publish(agora, *[(tiny_png(), "ok.png", "image/png")] * 5).status_code == 422
    monkeypatch.setattr(uploads, "MAX_PIXELS", 39)
    assert "too large" in publish(agora, (tiny_png(), "ok.png", "image/png")).text
    monkeypatch.setattr(uploads, "MAX_IMAGE_BYTES", 10)
    assert "8 MB" in publish(agora, (tiny_png(), "ok.png", "image/png")).text
    monkeypatch.setattr(uploads, "MAX_VIDEO_BYTES", 10)
    assert "64 MB" in publish(agora, (b"\x1a\x45\xdf\xa3" + b"0" * 20, "v.webm", "video/webm")).text


def test_a_picture_bomb_is_refused(agora: Agora, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)
    assert publish(agora, (tiny_png(), "bomb.png", "image/png")).status_code == 422


def test_a_post_needs_a_title_and_an_author(agora: Agora) -> None:
    assert publish(agora, title="").status_code == 422
    assert publish(agora, title="x" * (pages.MAX_TITLE + 1)).status_code == 422
    assert agora.client.post("/new", data={"title": "x"}).location == "/login"


def test_text_of_authors_is_never_markup(agora: Agora) -> None:
    answer = publish(agora, title="<script>alert(1)</script>")
    assert "<script>" not in agora.client.get(answer.location).text


def test_every_page_carries_the_same_headers(agora: Agora) -> None:
    for path in ("/", "/p/first", "/media/first/1", "/p/no", "/nowhere", "/static/agora.css"):
        headers = agora.client.get(path, buffered=True).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Cache-Control"] == "private, no-cache"


def test_the_list_has_pages(agora: Agora) -> None:
    with store.opened(agora.settings.data) as db:
        for number in range(30):
            pages.store_post(db, f"n{number}", (2, f"Number {number}", "", "en", "2020-01-01T00:00:00Z"))
    first, second = agora.client.get("/").text, agora.client.get("/?page=2").text
    assert first.count('class="card"') == pages.PAGE_SIZE
    assert second.count('class="card"') == 8
    assert "Older" in first
    assert "Newer" in second


def test_language_follows_the_user_then_the_choice_then_the_browser(agora: Agora) -> None:
    assert '<html lang="de" dir="ltr">' in agora.client.get("/", headers={"Accept-Language": "de-AT,de"}).text
    agora.client.post("/here", data={"language": "fr"})
    assert "Nouveau sur Agora" in agora.client.get("/", headers={"Accept-Language": "de"}).text
    ben = agora.as_user("ben")
    assert '<html lang="ar" dir="rtl">' in ben.get("/").text
    ben.post("/here", data={"language": "es"})
    assert agora.rows("SELECT language FROM users WHERE name = 'ben'") == [{"language": "es"}]


def test_going_back_stays_here(agora: Agora) -> None:
    for referer in ("https://evil.example/x", "http://localhost//evil.example"):
        assert agora.client.post("/here", data={}, headers={"Referer": referer}).location == "/"


def test_every_text_is_translated() -> None:
    words = json.loads((HERE / "words.json").read_text("utf-8"))
    used = set(reports.GROUNDS.values())
    for path in (*HERE.glob("templates/*.html"), *HERE.glob("*.py")):
        text = path.read_text("utf-8")
        used |= set(re.findall(r"""\bt\(["']([^"']+)["']\)""", text))
        used |= set(re.findall(r'(?:UploadError\(|wrong=|return )"([A-Z][^"]+\.)"', text))
    assert len(used) > 90
    for language, known in words.items():
        assert used - set(known) == set(), language


def test_seeding_is_complete_repeatable_and_marked(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, exercise=True), courier=False)
    assert seed.plant(tmp_path) == 30
    assert seed.plant(tmp_path) == 0
    with store.opened(tmp_path) as db:
        for row in db.execute("SELECT * FROM posts"):
            assert "EXERCISE" in row["body"]
        assert {row[0] for row in db.execute("SELECT DISTINCT language FROM posts")} == {
            "en",
            "fr",
            "es",
            "de",
            "ar",
        }
        for part in db.execute("SELECT * FROM media"):
            assert b"EXERCISE" in store.media_path(tmp_path, part["post_id"], part["position"]).read_bytes()
    listed = app.test_client().get("/exercise/posts.json").get_json()
    assert {"id": "ember-call", "url": "https://agora.example/p/ember-call"}.items() <= next(
        post for post in listed if post["id"] == "ember-call"
    ).items()


def test_the_guide_points_at_the_right_lines() -> None:
    guide = (HERE / "README.md").read_text("utf-8")
    pointers = re.findall(r"\[`(\w+)`\]\((\w+\.py)#L(\d+)\)", guide)
    assert len(pointers) >= 8
    for name, file, line in pointers:
        found = (HERE / file).read_text("utf-8").splitlines()[int(line) - 1]
        assert re.match(rf"(def|class) {name}\b|{name}\b", found), (name, file, line)


def test_it_knows_nothing_of_the_inside_of_entente() -> None:
    for path in HERE.glob("*.py"):
        assert not re.search(r"^\s*(from|import) entente", path.read_text("utf-8"), re.MULTILINE), path.name
