"""Every address of the HTTP API; the table of all addresses takes it in by name."""

from django.urls import URLPattern, URLResolver, include, path

from entente.api.v1 import api
from entente.api.wellknown import well_known

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("hma/", include("entente.api.hma.urls")),
    path(".well-known/entente", well_known, name="well_known"),
]
