"""Every address of the program, one line per room."""

from django.urls import URLPattern, URLResolver, include, path

from entente.web import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.ready, name="health"),
    path("", include("entente.api.urls")),
    path("", include("entente.web.accounts.urls")),
    path("console/", include("entente.web.console.urls")),
    path("demo/", include("entente.web.demo.urls")),
    path("", include("entente.web.documents.urls")),
    path("", include("entente.web.public.urls")),
]

handler404 = "entente.web.public.pages.page_not_found"
