"""Exchanges: which feeds fill banks, how their fetches went, what to do where one fails."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from entente.apps.banks import queries
from entente.core.exchange import feeds
from entente.web.console.banks import exchange_acts, places, words
from entente.web.console.banks.acts import offers
from entente.web.console.banks.exchange_forms import KIND_HELP, banks_to_fill, shown_settings
from entente.web.console.pages import show
from entente.web.permissions import requires


@requires("exchanges.view")
@require_GET
def exchanges(request: HttpRequest) -> HttpResponse:
    """Show every exchange and how its last fetch went."""
    return show(request, "console/banks/exchanges.html", {"rows": [_row(one) for one in queries.exchanges()]})


def _row(line: queries.ExchangeLine) -> dict[str, Any]:
    known = feeds.KINDS.get(line.kind)
    return {
        "line": line,
        "kind": known.title if known else line.kind,
        "state": words.exchange_state(line),
        "advice": words.failure_advice(line.last_error) if line.last_error else "",
    }


@requires("exchanges.view")
@require_GET
def exchange(request: HttpRequest, exchange_id: UUID) -> HttpResponse:
    """Show one exchange: its settings without what is secret, and its last fetches."""
    line = queries.exchange(exchange_id)
    context = {
        **_row(line),
        "place": places.of_exchange(line),
        "settings": shown_settings(line),
        "runs": [(one, words.run_outcome(one.outcome)) for one in queries.runs_of(exchange_id)],
        "offers": offers(exchange_acts.OF_AN_EXCHANGE, line, request),
        "has_shrunk": exchange_acts.has_shrunk(line),
    }
    return show(request, "console/banks/exchange.html", context)


@requires("exchanges.edit")
@require_GET
def exchange_kinds(request: HttpRequest) -> HttpResponse:
    """Ask what kind of feed a new exchange reads."""
    context = {
        "kinds": [(one.kind, one.title, KIND_HELP.get(one.kind, "")) for one in feeds.KINDS.values()],
        "has_bank": bool(banks_to_fill()),
        "place": places.in_exchanges(),
    }
    return show(request, "console/banks/exchange_kinds.html", context)
