"""Acts on an exchange: made, changed, turned on and off, fetched now, read from its beginning."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.banks import queries, services
from entente.apps.banks.choices import ExchangeState, RunOutcome
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import Missing
from entente.core.exchange import feeds
from entente.core.exchange.feeds.feed import Feed
from entente.web.console.banks import places
from entente.web.console.banks.acts import Act, Asked, NoFields
from entente.web.console.banks.bank_forms import ReasonForm
from entente.web.console.banks.exchange_forms import AnewForm, ExchangeForm, NewExchangeForm, values_of

_SHRUNK: Final = "missing from the new list"


def has_shrunk(line: queries.ExchangeLine) -> bool:
    """Say whether the last fetch stopped because most of the list was gone."""
    return _SHRUNK in line.last_error


def _is_off(line: queries.ExchangeLine, _actor: Actor, _at: datetime) -> bool:
    return line.state == ExchangeState.OFF


def _is_on(line: queries.ExchangeLine, _actor: Actor, _at: datetime) -> bool:
    return line.state == ExchangeState.ON


def _can_be_fetched(line: queries.ExchangeLine, actor: Actor, at: datetime) -> bool:
    """Say whether it is on and nobody is fetching it: a second fetch at once would break the first."""
    last = line.last_run
    return _is_on(line, actor, at) and (last is None or last.outcome != RunOutcome.RUNNING)


def _ids(line: queries.ExchangeLine) -> dict[str, UUID]:
    return {"exchange_id": line.id}


def _feed_at(_request: HttpRequest, *, kind: str) -> type[Feed]:
    if kind not in feeds.KINDS:
        raise Missing(_("There is no such kind of feed."))
    return feeds.by_name(kind)


def _create(asked: Asked) -> Any:
    given = asked.values
    return services.create_exchange(
        bank_id=UUID(given["bank_id"]),
        name=given["name"],
        kind=asked.subject.kind,
        settings=given["settings"],
        every_minutes=given["every_minutes"],
        actor=asked.actor,
        at=asked.at,
    )


def _change(asked: Asked) -> Any:
    given = asked.values
    return services.change_exchange(
        exchange_id=asked.subject.id,
        name=given["name"],
        settings=given["settings"],
        every_minutes=given["every_minutes"],
        actor=asked.actor,
        at=asked.at,
    )


def _turn_on(asked: Asked) -> Any:
    return services.turn_on(exchange_id=asked.subject.id, actor=asked.actor, at=asked.at)


def _settings(_request: HttpRequest, line: queries.ExchangeLine) -> dict[str, Any]:
    return {"feed": _feed_at(_request, kind=line.kind), "has_credentials": line.has_credentials}


def _exchange_act(name: str, **parts: Any) -> Act:
    """Return an act on one exchange, at its address below the exchange's own."""
    common: dict[str, Any] = {"load": places.exchange_at, "place": places.of_exchange, "ids": _ids}
    where = f"exchanges/<uuid:exchange_id>/{name}"
    return Act(name=f"exchange_{name}", where=where, permission="exchanges.edit", **common, **parts)


NEW = Act(
    name="exchange_new",
    where="exchanges/new/<str:kind>",
    permission="exchanges.edit",
    form=NewExchangeForm,
    title=gettext_lazy("Set up an exchange"),
    consequences=gettext_lazy(
        "It is fetched at once, and then again and again. What the partner takes back is taken back here too."
    ),
    submit=gettext_lazy("Set it up and fetch it"),
    run=_create,
    done=gettext_lazy("The exchange is set up; its first fetch begins."),
    load=_feed_at,
    place=places.in_exchanges,
    options=lambda _request, feed: {"feed": feed},
    prefill=lambda _request, feed: {"name": feed.title},
    onward=lambda _asked, exchange: reverse("console:exchange", args=[exchange.pk]),
    template="console/banks/exchange_form.html",
    tone="primary",
)
FETCH = _exchange_act(
    "fetch",
    form=NoFields,
    title=gettext_lazy("Fetch it now"),
    consequences=gettext_lazy("The worker asks the partner within a few seconds, from where it stopped."),
    submit=gettext_lazy("Fetch it"),
    run=_turn_on,
    done=gettext_lazy("It is fetched within a few seconds."),
    fits=_can_be_fetched,
    key="f",
)
ON = _exchange_act(
    "on",
    form=NoFields,
    title=gettext_lazy("Turn it on"),
    consequences=gettext_lazy("It is fetched at once, and then again and again."),
    submit=gettext_lazy("Turn it on"),
    run=_turn_on,
    done=gettext_lazy("The exchange is on."),
    fits=_is_off,
    tone="primary",
)
CHANGE = _exchange_act(
    "change",
    form=ExchangeForm,
    title=gettext_lazy("Change the exchange"),
    consequences=gettext_lazy("If it is on, it is fetched at once with the new settings."),
    submit=gettext_lazy("Change it"),
    run=_change,
    done=gettext_lazy("The exchange is changed."),
    options=_settings,
    prefill=lambda _request, line: values_of(line),
    template="console/banks/exchange_form.html",
    key="e",
)
ANEW = _exchange_act(
    "anew",
    form=AnewForm,
    title=gettext_lazy("Read the list from its beginning"),
    consequences=gettext_lazy(
        "The next fetch reads everything again. What is known already changes nothing."
    ),
    submit=gettext_lazy("Start anew"),
    run=lambda asked: services.start_anew(
        exchange_id=asked.subject.id, **asked.values, actor=asked.actor, at=asked.at
    ),
    done=gettext_lazy("The next fetch starts from the beginning."),
    prefill=lambda request, _line: {"may_shrink": request.GET.get("may_shrink") == "yes"},
)
OFF = _exchange_act(
    "off",
    form=ReasonForm,
    title=gettext_lazy("Turn it off"),
    consequences=gettext_lazy(
        "It is not fetched any more, and the partner's retractions are not heard. Its signals stay; retire the bank to stop them."
    ),
    submit=gettext_lazy("Turn it off"),
    run=lambda asked: services.turn_off(
        exchange_id=asked.subject.id, reason=asked.values["reason"], actor=asked.actor, at=asked.at
    ),
    done=gettext_lazy("The exchange is off."),
    fits=_is_on,
    tone="danger",
)
OF_AN_EXCHANGE = (FETCH, ON, CHANGE, ANEW, OFF)
ACTS = (NEW, *OF_AN_EXCHANGE)
