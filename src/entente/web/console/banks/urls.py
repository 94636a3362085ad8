"""Addresses of banks, signals and exchanges, below the console's."""

from typing import Final

from django.urls import URLPattern, path

from entente.web.console.banks import (
    adding_views,
    bank_acts,
    bank_views,
    chosen_acts,
    entity_views,
    exchange_acts,
    exchange_views,
    sharing_views,
    signal_acts,
    signal_views,
)

ROUTES: Final[list[URLPattern]] = [
    path("banks/", bank_views.banks, name="banks"),
    path("banks/<uuid:bank_id>/", bank_views.bank, name="bank"),
    path("banks/<uuid:bank_id>/add/", adding_views.signals_add, name="bank_add"),
    path("banks/<uuid:bank_id>/export/", bank_views.bank_export, name="bank_export"),
    path("signals/<int:signal_id>/", signal_views.signal, name="signal"),
    path("sharing/", sharing_views.sharing, name="sharing"),
    path("entities/", entity_views.entities, name="entities"),
    path("exchanges/", exchange_views.exchanges, name="exchanges"),
    path("exchanges/new/", exchange_views.exchange_kinds, name="exchange_kinds"),
    path("exchanges/<uuid:exchange_id>/", exchange_views.exchange, name="exchange"),
    *[
        act.route()
        for room in (bank_acts, chosen_acts, signal_acts, sharing_views, entity_views, exchange_acts)
        for act in room.ACTS
    ],
]
