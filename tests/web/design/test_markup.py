"""What holds for every page and every file of the visual system, read as text."""

import functools
import re
from pathlib import Path
from typing import Final

import pytest

import entente.web
from entente.web.icons import DIRECTED, ICONS, SHAPES
from tests.web.design import gallery
from tests.web.design.gallery import LANGUAGES, PAGES

WEB: Final = Path(entente.web.__path__[0])
STATIC: Final = WEB / "static" / "entente"
TEMPLATES: Final = WEB / "templates" / "entente"


#: Each page is rendered once and read by many tests.
render = functools.cache(gallery.render)


def _sheets() -> list[Path]:
    return sorted(STATIC.glob("*.css"))


def _screen_sheets() -> list[Path]:
    """Leave out the sheet for paper: the PDF maker knows neither tokens with light-dark() nor logical properties."""
    return [path for path in _sheets() if path.name != "documents.css"]


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_holds_no_inline_code(page: str, language: str) -> None:
    html = render(page, language)
    assert not re.search(r"<[^>]+\sstyle=", html)
    assert not re.search(r"<[^>]+\son[a-z]+=", html)
    assert "<style" not in html
    for script in re.findall(r"<script([^>]*)>", html):
        assert "src=" in script or 'type="application/json"' in script


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_asks_nothing_of_another_host(page: str, language: str) -> None:
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", render(page, language))


def test_page_says_its_language_and_direction(page: str) -> None:
    assert '<html lang="ar" dir="rtl"' in render(page, "ar")
    assert '<html lang="fr" dir="ltr"' in render(page, "fr")


def test_page_of_an_exercise_says_so(page: str) -> None:
    html = render(page, "en")
    assert '<meta name="entente:exercise" content="EXERCISE">' in html
    assert '<section class="exercise"' in html


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_on_the_root(theme: str) -> None:
    assert f'data-theme="{theme}"' in render("inbox", "en", theme).split(">", 2)[1]


def test_identifiers_are_unique(page: str) -> None:
    names = re.findall(r'\sid="([^"]+)"', render(page, "en"))
    assert len(names) == len(set(names))


def test_references_between_elements_resolve(page: str) -> None:
    html = render(page, "en")
    names = set(re.findall(r'\sid="([^"]+)"', html))
    for attribute in ("for", "aria-describedby", "aria-labelledby", "popovertarget", "data-opens"):
        for value in re.findall(rf'\s{attribute}="([^"]+)"', html):
            assert set(value.split()) <= names, (attribute, value)


@pytest.mark.parametrize("sheet", _screen_sheets(), ids=lambda path: path.name)
def test_sheet_uses_logical_properties_only(sheet: Path) -> None:
    physical = re.findall(
        r"^\s*(?:(?:margin|padding|border|inset)-(?:left|right|top|bottom)[a-z-]*|left|right|top|bottom|width|height"
        r"|(?:min|max)-(?:width|height))\s*:",
        sheet.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert physical == []
    assert not re.search(r"(?:text-align|float|clear):\s*(?:left|right)", sheet.read_text(encoding="utf-8"))


@pytest.mark.parametrize("sheet", _screen_sheets(), ids=lambda path: path.name)
def test_colours_live_in_the_tokens_only(sheet: Path) -> None:
    if sheet.name != "tokens.css":
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", sheet.read_text(encoding="utf-8"))


@pytest.mark.parametrize("sheet", _sheets(), ids=lambda path: path.name)
def test_nothing_moves_and_nothing_is_fetched(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "@keyframes" not in text
    assert "url(" not in text
    assert "@import" not in text
    assert re.findall(r"(?:animation|transition):(?! none !important)", text) == []


@pytest.mark.parametrize("sheet", _sheets(), ids=lambda path: path.name)
def test_every_variable_used_is_declared(sheet: Path) -> None:
    everything = "".join(path.read_text(encoding="utf-8") for path in _sheets())
    declared = set(re.findall(r"(--[a-z0-9-]+)\s*:", everything))
    used = set(re.findall(r"var\((--[a-z0-9-]+)", sheet.read_text(encoding="utf-8")))
    assert used <= declared


def test_files_stay_short() -> None:
    for path in _sheets():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path.name
    for path in STATIC.glob("*.js"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 150, path.name


def test_templates_use_icons_and_shapes_that_exist() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    assert set(re.findall(r'{% icon "([^"]+)"', text)) <= set(ICONS)
    assert set(re.findall(r'{% shape "([^"]+)"', text)) <= set(SHAPES)
    assert set(ICONS) >= DIRECTED
