"""What a visitor gets: the post, a label, 451 with reasons, or a 404 that says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from examples.agora import visibility

from .conftest import BASE, tiny_png

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from .conftest import Agora

PATHS = ("/p/{}", "/media/{}/1", "/p/{}/report")


def whole(answer: Any) -> tuple[int, dict[str, str], bytes]:
    """Give everything a visitor could compare."""
    return answer.status_code, dict(answer.headers), answer.data


def test_451_names_basis_explanation_and_who_carries_it_out(agora: Agora) -> None:
    agora.hold()
    for path in ("/p/first", "/media/first/1"):
        answer = agora.see(path)
        assert answer.status_code == 451
        assert answer.headers["Link"] == f'<{BASE}>; rel="blocked-by"'
        assert "Regulation (EU) 2021/784, Article 3" in answer.text
        assert "Bureau of Lowmere" in answer.text
        assert 'href="https://entente.example/why/a-1"' in answer.text
        assert "Text of first" not in answer.text
        assert tiny_png() not in answer.data


def test_451_after_a_referral_says_who_pointed_it_out_and_that_nobody_demanded_it(agora: Agora) -> None:
    agora.hold(
        basis={"title": "Illegal content", "id": "x", "authority": "", "referred_by": "Unit of Lowmere"}
    )
    page = " ".join(agora.see("/p/first").text.split())
    assert '<dt>Pointed out by</dt><dd dir="auto">Unit of Lowmere</dd>' in page
    assert "Demanded by" not in page


def test_a_restriction_holds_where_it_says_and_nowhere_else(agora: Agora) -> None:
    agora.hold(measure="restrict_by_country", countries=["FR", "JP"])
    assert agora.see("/p/first", "FR").status_code == 451
    assert agora.see("/media/first/1", "JP").status_code == 451
    assert agora.see("/p/first", "DE").status_code == 200
    assert agora.see("/media/first/1", "DE").data == tiny_png()


@pytest.mark.parametrize(
    ("country", "status"),
    [("FR", 451), ("IE", 451), ("HR", 451), ("GB", 200), ("CH", 200), ("NO", 200), ("XB", 451)],
)
def test_eu_means_its_members(agora: Agora, country: str, status: int) -> None:
    agora.hold(countries=["EU"])
    assert agora.see("/p/first", country).status_code == status


def test_the_union_has_27_members() -> None:
    assert len(visibility.EU) == 27
    assert visibility.expand(["EU", "CH"]) == visibility.EU | {"CH", "XA", "XB", "XC"}


def test_a_visitor_of_the_exercise_chooses_a_country(agora: Agora) -> None:
    agora.hold(countries=["JP"])
    assert agora.client.get("/p/first").status_code == 200
    back = agora.client.post("/here", data={"country": "JP"}, headers={"Referer": "http://localhost/p/first"})
    assert back.location == "/p/first"
    assert agora.client.get("/p/first").status_code == 451


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", [None, "ada", "ben"])
def test_silence_is_byte_for_byte_a_post_that_never_was(agora: Agora, path: str, who: str | None) -> None:
    client: FlaskClient = agora.as_user(who) if who else agora.client
    agora.hold(silent=True, basis=None, explanation_url="")
    silent = whole(agora.see(path.format("first"), who=client))
    assert silent[0] == 404
    assert "Link" not in silent[1]
    assert silent == whole(agora.see(path.format("never-was"), who=client))


@pytest.mark.parametrize("path", PATHS)
def test_silence_is_byte_for_byte_a_deleted_post(agora: Agora, path: str) -> None:
    ada = agora.as_user("ada")
    agora.hold(silent=True)
    ada.post("/p/second/delete")
    assert whole(agora.see(path.format("first"), who=ada)) == whole(agora.see(path.format("second"), who=ada))


def test_silence_refuses_deletion_as_for_a_post_that_never_was(agora: Agora) -> None:
    ada = agora.as_user("ada")
    agora.hold(silent=True)
    assert whole(ada.post("/p/first/delete")) == whole(ada.post("/p/never-was/delete"))
    agora.undo("a-1")
    assert agora.see("/p/first").status_code == 200


def test_silence_leaves_no_trace_in_lists(agora: Agora) -> None:
    ada = agora.as_user("ada")
    agora.hold(silent=True)
    for client in (agora.client, ada):
        for path in ("/", "/u/ada"):
            page = agora.see(path, who=client).text
            assert "Title of first" not in page
            assert "Title of second" in page


def test_silence_in_one_country_says_nothing_in_another(agora: Agora) -> None:
    ada = agora.as_user("ada")
    before = whole(agora.see("/p/first", "DE", ada))
    agora.hold(silent=True, countries=["FR"])
    assert whole(agora.see("/p/first", "DE", ada)) == before
    assert agora.see("/p/first", "FR", ada).status_code == 404


def test_a_silent_measure_beside_a_public_one_changes_nothing(agora: Agora) -> None:
    ada = agora.as_user("ada")
    agora.hold(action_id="a-1")
    before = [whole(agora.see("/p/first", who=who)) for who in (agora.client, ada)]
    agora.hold(action_id="a-2", silent=True, basis=None, explanation_url="")
    assert [whole(agora.see("/p/first", who=who)) for who in (agora.client, ada)] == before


def test_when_the_silence_ends_everything_opens(agora: Agora) -> None:
    agora.hold(silent=True, basis=None, explanation_url="")
    agora.hold(silent=False)
    answer = agora.see("/p/first")
    assert answer.status_code == 451
    assert "Bureau of Lowmere" in answer.text


def test_the_author_sees_the_post_marked_with_its_letter(agora: Agora) -> None:
    agora.hold()
    ada = agora.as_user("ada")
    letter = {
        "letter_url": "https://entente.example/l/1",
        "url": f"{BASE}/p/first",
        "language": "en",
        "subject": "Your post",
        "text": "T",
    }
    agora.tell("person.inform", letter)
    page = agora.see("/p/first", who=ada)
    assert page.status_code == 451
    assert "https://entente.example/l/1" in page.text
    assert "Title of first" in page.text
    assert "Text of first" not in page.text
    assert "Not shown to others here" in agora.see("/u/ada", who=ada).text
    for stranger in (agora.client, agora.as_user("ben")):
        assert "https://entente.example/l/1" not in agora.see("/p/first", who=stranger).text
        assert "Title of first" not in agora.see("/u/ada", who=stranger).text


def test_the_author_elsewhere_is_told_where_it_is_held_back(agora: Agora) -> None:
    agora.hold(measure="restrict_by_country", countries=["FR"])
    ada = agora.as_user("ada")
    assert "Your post is not shown everywhere." in agora.see("/p/first", "DE", ada).text
    assert "Your post is not shown everywhere." not in agora.see("/p/first", "DE").text


def test_a_label_stands_in_front_and_lets_through(agora: Agora) -> None:
    agora.hold(measure="warning_label", label="Contains a quoted call to violence.")
    front = agora.see("/p/first")
    assert front.status_code == 200
    assert "Contains a quoted call to violence." in front.text
    assert "Text of first" not in front.text
    assert "Text of first" in agora.see("/p/first?shown=1").text
    listed = agora.see("/").text
    assert "Shown behind a warning" in listed
    assert "/media/first/1" not in listed


def test_text_from_entente_is_never_markup(agora: Agora) -> None:
    agora.hold(basis={"text": "<script>alert(1)</script>"})
    assert "<script>" not in agora.see("/p/first").text


def test_nothing_is_deleted_when_a_post_is_disabled(agora: Agora) -> None:
    agora.hold()
    agora.carry()
    agora.undo("a-1")
    assert agora.see("/media/first/1").data == tiny_png()


def test_a_deleted_post_is_erased_only_when_no_measure_needs_it(agora: Agora) -> None:
    agora.hold()
    agora.as_user("ada").post("/p/first/delete")
    assert agora.see("/p/first").status_code == 404
    agora.carry()
    assert agora.rows("SELECT body FROM posts WHERE id = 'first'") == [{"body": "Text of first"}]
    agora.undo("a-1")
    agora.carry()
    assert agora.rows("SELECT title, body FROM posts WHERE id = 'first'") == [{"title": "", "body": ""}]
    assert not (agora.settings.data / "media" / "first").exists()


def test_the_whole_union_is_named_in_one_word(agora: Agora) -> None:
    agora.hold(countries=[*sorted(visibility.EU), "XA", "CH"])
    assert "<dd>CH, EU</dd>" in agora.see("/p/first").text
