"""Renders the gallery and sample pages to files, and photographs them.

Run ``python -m tests.web.design.gallery FOLDER [--shots]`` from the repository.
Tests use :func:`render_all` and :func:`site` to look at the same pages.
"""

import functools
import http.server
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

PAGES: Final = ("gallery", "inbox", "case", "public", "letter", "entrance", "empty")
LANGUAGES: Final = ("en", "fr", "ar")
HERE: Final = Path(__file__).resolve().parent
WEB: Final = HERE.parents[2] / "src" / "entente" / "web"

POSTER: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180"><rect width="320" height="180" fill="#999"/>'
    '<circle cx="110" cy="90" r="50" fill="#555"/><rect x="180" y="40" width="90" height="90" fill="#ccc"/></svg>'
)

#: The chrome in French and Arabic, so that the pictures show real lengths and
#: real right-to-left text before the catalogues exist.
CHROME: Final[dict[str, tuple[str, str]]] = {
    "left": ("restant", "متبقية"),
    "left, near its end": ("restant, bientôt échu", "متبقية، أوشكت على النهاية"),
    "over": ("dépassé", "انقضى الوقت"),
    "no deadline": ("sans échéance", "بلا أجل"),
    "left when met": ("restant à l’exécution", "متبقية عند الوفاء"),
    "d": ("j", "ي"),
    "h": ("h", "س"),
    "min": ("min", "د"),
    "EXERCISE": ("EXERCICE", "تمرين"),
    "Everything here is invented.": ("Tout ici est inventé.", "كل ما هنا مختلق."),
    "Search": ("Chercher", "بحث"),
    "Number, address, name": ("Numéro, adresse, nom", "رقم، عنوان، اسم"),
    "On call": ("D’astreinte", "المناوبة"),
    "until %(until)s": ("jusqu’à %(until)s", "حتى %(until)s"),
    "Language": ("Langue", "اللغة"),
    "Change": ("Changer", "تغيير"),
    "Previous": ("Précédent", "السابق"),
    "Next": ("Suivant", "التالي"),
    "optional": ("facultatif", "اختياري"),
    "Not sent yet": ("Pas encore envoyé", "لم يُرسل بعد"),
    "Show the item": ("Montrer", "إظهار العنصر"),
    "Blurred, grey and silent.": ("Flou, gris et muet.", "مموَّه، رمادي، صامت."),
    "due %(day)s, %(hour)s %(zone)s": (
        "échéance : %(day)s, %(hour)s %(zone)s",
        "الأجل: %(day)s، %(hour)s %(zone)s",
    ),
    "Blur": ("Flou", "تمويه"),
    "Grey": ("Gris", "رمادي"),
    "Small": ("Petit", "صغير"),
    "{count} selected": ("{count} choisis", "المحدد: {count}"),
    "Go back": ("Revenir", "رجوع"),
}

NAV: Final = (
    ("Inbox", "À traiter", "الوارد", "inbox", "g i", "Work", 148),
    ("New arrival", "Nouvelle arrivée", "وارد جديد", "plus", "g n", "Work", 0),
    ("Search", "Recherche", "بحث", "search", "g s", "Work", 0),
    ("On call", "Astreinte", "المناوبة", "phone", "g o", "Watch", 0),
    ("Deadlines", "Échéances", "الآجال", "clock", "g d", "Watch", 12),
    ("Deliveries", "Envois", "الإرساليات", "send", "g e", "Watch", 1),
    ("Register", "Registre", "السجل", "book", "g r", "House", 0),
    ("People", "Personnes", "الأشخاص", "people", "g p", "House", 0),
    ("Oversight", "Surveillance", "الرقابة", "eye", "g v", "House", 0),
    ("Settings", "Réglages", "الإعدادات", "sliders", "g t", "House", 0),
)


def context(page: str, language: str) -> dict[str, Any]:
    """Give everything a page needs, as the layout context processor would."""
    from tests.web.design import samples

    index = LANGUAGES.index(language)
    sample = samples.samples(index)
    return {
        "instance_name": "Agora trust desk",
        "is_exercise": True,
        "theme": "",
        "server_now": samples.NOW,
        "shortcuts_enabled": True,
        "languages": [("en", "English"), ("fr", "Français"), ("ar", "العربية")],
        "set_language_url": "#language",
        "footer_links": [{"url": "#", "label": "Entente 0.1"}],
        "person": {"name": "Ines Calder"},
        "person_menu": [{"url": "#", "label": "Settings"}],
        "sign_out_url": "#out",
        "search_url": "#search",
        "nav_items": [
            {
                "url": "#",
                "label": item[index],
                "icon": item[3],
                "shortcut": item[4],
                "group": item[5] if index == 0 else "",
                "count": item[6],
                "current": position == 0,
            }
            for position, item in enumerate(NAV)
        ],
        "public_nav": [
            {"url": "#", "label": sample["kind_notice"]},
            {"url": "#", "label": sample["verified"]},
        ],
        "on_call_now": {"name": "Ines Calder", "until": samples.NOW + timedelta(hours=4), "url": "#"},
        "next_due": {
            "due_at": sample["due_near"],
            "start_at": sample["start_near"],
            "steps": samples.STEPS,
            "label": "E-2031-0151",
            "url": "#",
        },
        "csrf_token": "token",
        "sample": sample,
        "form": samples.sample_form(index),
        "show_bulk": True,
        "page": page,
    }


def _chrome(language: str) -> dict[str, str]:
    index = LANGUAGES.index(language) - 1
    return {english: texts[index] for english, texts in CHROME.items()} if index >= 0 else {}


@contextmanager
def _translated(language: str) -> Iterator[None]:
    """Lend the chrome's words to Django's catalogue while a page is rendered."""
    from django.utils import translation
    from django.utils.translation import trans_real

    catalogues: list[dict[str, str]] = []
    if language != "en":
        # Django offers no public way to lend words, and the gallery must not write files.
        catalogues = vars(trans_real.translation(language))["_catalog"]._catalogs
        catalogues.insert(0, _chrome(language))
    try:
        with translation.override(language):
            yield
    finally:
        if catalogues:
            catalogues.pop(0)


def render(page: str, language: str, theme: str = "") -> str:
    """Render one page in one language, without a request or a database."""
    from django.template import Context, Engine

    engine = Engine(
        dirs=[str(WEB / "templates"), str(HERE / "templates")],
        libraries={
            "i18n": "django.templatetags.i18n",
            "static": "django.templatetags.static",
            "entente_ui": "entente.web.templatetags.entente_ui",
        },
    )
    name = "entente/gallery.html" if page == "gallery" else f"design/{page}.html"
    with _translated(language):
        return engine.get_template(name).render(Context(context(page, language) | {"theme": theme}))


def render_all(folder: Path) -> list[Path]:
    """Write every page in every language, with its static files, into ``folder``."""
    import django_htmx

    static = folder / "static"
    shutil.copytree(WEB / "static", static, dirs_exist_ok=True)
    shutil.copytree(Path(django_htmx.__path__[0]) / "static", static, dirs_exist_ok=True)
    (folder / "poster.svg").write_text(POSTER, encoding="utf-8")
    written = []
    for page in PAGES:
        for language in LANGUAGES:
            path = folder / f"{page}-{language}.html"
            path.write_text(render(page, language), encoding="utf-8")
            written.append(path)
    return written


class _StrictHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files with the same content security policy as the program."""

    @override
    def end_headers(self) -> None:
        self.send_header(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
            " media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        )
        super().end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Serve ``folder`` on loopback and give its address."""
    handler = functools.partial(_StrictHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def photograph(folder: Path, pages: tuple[str, ...] = PAGES) -> None:
    """Take pictures of all pages: wide and phone, light and dark, three languages."""
    from playwright.sync_api import sync_playwright

    shots = folder / "shots"
    shots.mkdir(exist_ok=True)
    with site(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            for name, width, height in (("wide", 1280, 800), ("phone", 390, 844)):
                view = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                )
                tab = view.new_page()
                for page in pages:
                    for language in LANGUAGES:
                        tab.goto(f"{address}/{page}-{language}.html")
                        tab.screenshot(
                            path=str(shots / f"{page}-{language}-{name}-{scheme}.png"),
                            full_page=page in {"gallery", "public", "letter", "case"},
                        )
                view.close()
        browser.close()


def main() -> None:
    """Render into the folder given, with pictures if asked."""
    import django
    from django.conf import settings

    # The bare minimum, so that the gallery renders without a database or keys.
    settings.configure(
        INSTALLED_APPS=["django.contrib.staticfiles", "entente.web"],
        STATIC_URL="/static/",
        USE_TZ=True,
        TIME_ZONE="UTC",
        USE_I18N=True,
        SECRET_KEY="the gallery signs nothing",
    )
    django.setup()
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    render_all(folder)
    if "--shots" in sys.argv:
        photograph(folder, tuple(sys.argv[3:]) or PAGES)


if __name__ == "__main__":
    main()
