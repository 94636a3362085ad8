"""The page of one signal: everything there is to explain why it matches, and what may be done about it."""

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from entente.apps.banks import queries
from entente.apps.cases import queries as cases
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.apps.orders import queries as orders
from entente.web.console import fact_words
from entente.web.console import words as console_words
from entente.web.console.banks import chosen_acts, places, signal_acts, words
from entente.web.console.banks.acts import Offer, offers
from entente.web.console.banks.entity_views import designation_rows, where_it_supports
from entente.web.console.finding import found
from entente.web.console.pages import show
from entente.web.permissions import requires

_LONGEST_SHOWN: Final = 2000


@requires("banks.view")
@require_GET
def signal(request: HttpRequest, signal_id: int) -> HttpResponse:
    """Show a signal with all that was said and done about it."""
    one, at = places.signal_at(request, signal_id=signal_id), clock.now()
    past = queries.history(signal_id)
    facts, written = past.facts, past.facts.written
    context = {
        "place": places.of_signal(one),
        "facts": facts,
        "bank": one.bank,
        "owner": words.owner(one.bank),
        "type": words.type_title(facts.signal_type),
        "state": words.signal_state(facts.state),
        "written": written[:_LONGEST_SHOWN],
        "is_cut": len(written) > _LONGEST_SHOWN,
        "size_bytes": len(facts.value),
        "may_lead_to": _may_lead_to(one, at),
        "precision": words.precision(facts.judged_right, facts.judged_wrong),
        "bank_policy": words.policy(one.bank),
        "offers": _offers(request, one),
        "entity": _entity(facts, at),
        "how": words.provenance(facts.how),
        "use": words.use(facts.use_at_most),
        "provenance": past.provenance,
        "origin": _origin(facts),
        "copies": _relatives(past.copies),
        "copied_from": _relatives([facts.copied_from] if facts.copied_from else []),
        "elsewhere": _elsewhere(facts),
        **_told(past),
    }
    return show(request, "console/banks/signal.html", context)


def _offers(request: HttpRequest, one: places.OneSignal) -> list[Offer]:
    """Return what may be done: what is said of it first, then where it goes, then what stops it."""
    chosen = places.Chosen(queries.bank_page(one.bank.id), (one.facts,))
    query = f"?signal={one.facts.id}"
    return [
        *offers(signal_acts.SAID, one, request),
        *offers((chosen_acts.ADOPT, chosen_acts.SHARE), chosen, request, query),
        *offers(signal_acts.STANDING, one, request),
        *offers((chosen_acts.RETRACT,), chosen, request, query),
    ]


def _may_lead_to(one: places.OneSignal, at: datetime) -> str:
    """Return what a match with it may lead to now, and if it restricts nothing, why not."""
    facts = one.facts
    may = queries.may_restrict(
        one.bank,
        stands=facts.stands_at(at),
        is_confirmed=facts.is_confirmed,
        use_at_most=facts.use_at_most,
        at=at,
    )
    return str(words.MAY_RESTRICT[may.reason])


def _entity(facts: queries.SignalFacts, at: datetime) -> dict[str, Any] | None:
    """Return the entity with its designations, and where they let a label support a restriction."""
    if facts.entity_id is None:
        return None
    line = next(one for one in queries.entities(name_contains=facts.entity) if one.id == facts.entity_id)
    today = at.date()
    return {
        "name": line.name,
        "rows": designation_rows(line, today),
        "where": where_it_supports(queries.territories(line.id, on=today)),
    }


def _origin(facts: queries.SignalFacts) -> dict[str, Any]:
    """Return the case, the decision and the order a signal was born of; an order that is gone leaves its window."""
    of_order = None
    if facts.born_of_order is not None:
        try:
            of_order = found(orders.order, facts.born_of_order)
        except Missing:
            of_order = None
    case = None
    if facts.case_id is not None:
        try:
            case = found(cases.case_by_id, facts.case_id)
        except Missing:
            case = None
    return {"order": of_order, "case": case}


def _relatives(numbers: list[int] | tuple[int, ...]) -> list[dict[str, Any]]:
    """Return other signals in the words of a list, each with its bank."""
    return _rows(places.facts_of(numbers))


def _elsewhere(facts: queries.SignalFacts) -> list[dict[str, Any]]:
    """Return the same value in other banks."""
    return _rows([one for one in queries.find_signals(facts.signal_type, facts.value) if one.id != facts.id])


def _rows(signals: list[queries.SignalFacts]) -> list[dict[str, Any]]:
    banks = queries.bank_policies() if signals else {}
    return [
        {
            "url": reverse("console:signal", args=[one.id]),
            "number": one.id,
            "bank": banks[one.bank_id].name,
            "policy": words.policy(banks[one.bank_id]),
            "state": words.signal_state(one.state),
        }
        for one in signals
    ]


def _told(past: queries.SignalHistory) -> dict[str, Any]:
    """Return what people said and what happened, newest last."""
    tones = {True: "ample", False: "near"}
    return {
        "opinions": [(one, words.opinion(one.says), words.author(one.author_kind)) for one in past.opinions],
        "judgements": past.judgements,
        "changes": [
            {
                "at": one.at,
                "title": one.kind_label,
                "who": one.by_name,
                "text": one.reason,
                "tone": tones[one.stands],
            }
            for one in past.changes
        ],
        "trail": [
            (line, console_words.event_title(line.kind), fact_words.line(line.facts)) for line in past.trail
        ],
    }
