"""/c/exchange and /c/exchanges: which feeds there are and how they went. A person connects and turns them, in the console."""

from typing import Any, Final

from django.http import HttpResponse

from entente.api.hma.gate import Asked, NothingThere, NotThroughHere, answer, door
from entente.api.hma.names import Banks, exchange_names
from entente.apps.banks import queries
from entente.apps.banks.queries import ExchangeLine
from entente.core.exchange import feeds
from entente.core.exchange.feeds.feed import Setting

_THEIRS: Final = {"threatexchange": "fb_threatexchange"}
_OURS: Final = {theirs: ours for ours, theirs in _THEIRS.items()}


def _kinds(asked: Asked) -> HttpResponse:
    del asked
    return answer([_THEIRS.get(kind, kind) for kind in feeds.KINDS])


def _settings_of(api_name: str) -> tuple[str, tuple[Setting, ...]]:
    kind = _OURS.get(api_name, api_name)
    if kind not in feeds.KINDS:
        raise NothingThere("There is no kind of exchange of this name.")
    return kind, feeds.KINDS[kind].settings


def _kind(asked: Asked, api_name: str) -> HttpResponse:
    del asked
    kind, settings = _settings_of(api_name)
    return answer(
        {
            "supports_authentification": any(one.is_secret for one in settings),  # written like that there
            "has_set_authentification": any(
                line.has_credentials for line in queries.exchanges() if line.kind == kind
            ),
        }
    )


def _schema(asked: Asked, api_name: str) -> HttpResponse:
    del asked
    _kind_name, settings = _settings_of(api_name)
    secret = [_field(one) for one in settings if one.is_secret]
    return answer(
        {
            "config_schema": {"fields": [_field(one) for one in settings if not one.is_secret]},
            "credentials_schema": {"fields": secret} if secret else None,
        }
    )


def _field(setting: Setting) -> dict[str, Any]:
    return {
        "name": setting.name,
        "type": "str",
        "required": setting.default is None,
        "default": setting.default,
        "help": setting.title,
        "choices": None,
    }


def _list(asked: Asked) -> HttpResponse:
    del asked
    return answer(list(exchange_names()))


def _named(name: str) -> ExchangeLine:
    lines = exchange_names()
    if name not in lines:
        raise NothingThere("There is no exchange of this name.")
    return lines[name]


def _show(asked: Asked, exchange_name: str) -> HttpResponse:
    """Return an exchange without its settings: with a user name among them they are the console's to show."""
    del asked
    line = _named(exchange_name)
    return answer(
        {
            "name": exchange_name,
            "api": _THEIRS.get(line.kind, line.kind),
            "enabled": line.state == "on",
            "bank": Banks().name_of(line.bank_id),
        }
    )


def _status(asked: Asked, exchange_name: str) -> HttpResponse:
    del asked
    line = _named(exchange_name)
    run = line.last_run
    is_running = run is not None and run.ended_at is None
    ended_at = run.ended_at if run is not None and run.ended_at is not None else line.succeeded_at
    return answer(
        {
            "checkpoint_ts": None,  # a partner's checkpoint need not be a time
            "running_fetch_start_ts": int(run.started_at.timestamp()) if run and is_running else None,
            "last_fetch_complete_ts": int(ended_at.timestamp()) if ended_at else None,
            "last_fetch_succeeded": line.failures == 0 if ended_at else None,
            "up_to_date": line.state == "on" and line.succeeded_at is not None and line.failures == 0,
            "fetched_items": queries.bank_page(line.bank_id).line.standing_count,
        }
    )


def _by_a_person(asked: Asked, **named: str) -> HttpResponse:
    """Refuse: whose list it is, on what it rests and with which secret it is asked, only people can say."""
    del asked, named
    raise NotThroughHere("A person connects, turns on and turns off an exchange in the console.")


kinds = door(GET=_kinds)
kind = door(GET=_kind, POST=_by_a_person)
schema = door(GET=_schema)
exchanges = door(GET=_list, POST=_by_a_person)
exchange = door(GET=_show, PUT=_by_a_person, DELETE=_by_a_person)
exchange_status = door(GET=_status)
