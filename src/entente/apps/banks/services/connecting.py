"""Exchanges: bound to a bank, changed, turned on and off. Fetching them is in `fetching`, what they bring in `paging`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import ExchangeInvalid, NoSuchExchange, NotForThisBank
from entente.apps.banks.models import Exchange, ExchangeState, OwnerKind
from entente.apps.banks.sealing import CredentialsUnreadable, seal, unseal
from entente.apps.banks.services.keeping import open_bank
from entente.apps.banks.services.people import words
from entente.apps.banks.services.recording import record_exchange
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.ids import new_id
from entente.core.exchange import feeds
from entente.core.exchange.errors import FeedMisconfigured, UnknownFeed
from entente.core.exchange.feeds.feed import Feed

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject

LONGEST_PAUSE_MINUTES: Final = 7 * 24 * 60


@transaction.atomic
def create_exchange(
    *,
    bank_id: UUID,
    name: str,
    kind: str,
    settings: Mapping[str, str],
    every_minutes: int,
    actor: Actor,
    at: datetime,
) -> Exchange:
    """Let the feed of a partner or an authority fill their bank; it is fetched at once. Its secret settings are sealed.

    From then on the bank holds what the feed lists, and nothing is added by hand.
    Raises ExchangeInvalid, NoSuchBank, BankClosed, NotForThisBank (of this service, or protective).
    """
    bank = open_bank(bank_id)
    if bank.owner_kind == OwnerKind.OWN or bank.negative_kind:
        raise NotForThisBank(
            _("An exchange fills a bank of the partner or authority it comes from, which protects nothing.")
        )
    machine_of(kind, settings)
    exchange = Exchange(
        id=new_id(),
        bank=bank,
        kind=kind,
        next_fetch_at=at,
        created_by_name=actor.name,
        created_at=at,
        **_checked(name, every_minutes),
    )
    _keep_settings(exchange, settings)
    _save(exchange, force_insert=True)
    facts: JSONObject = {
        "name": exchange.name,
        "kind": kind,
        "bank": str(bank.pk),
        "every_minutes": every_minutes,
    }
    record_exchange(exchange.pk, "created", actor=actor, at=at, facts=facts)
    return exchange


@transaction.atomic
def change_exchange(
    *,
    exchange_id: UUID,
    name: str,
    settings: Mapping[str, str],
    every_minutes: int,
    actor: Actor,
    at: datetime,
) -> Exchange:
    """Change what a person set on an exchange; secret settings that are not given stay as they are.

    It is fetched at once, if it is on. Raises NoSuchExchange, ExchangeInvalid.
    """
    exchange = _locked(exchange_id)
    try:
        kept = secrets_of(exchange)
    except CredentialsUnreadable:
        kept = {}  # sealed under another key: they have to be entered again
    given = {**kept, **{setting: value for setting, value in settings.items() if value}}
    machine_of(exchange.kind, given)
    for column, value in _checked(name, every_minutes).items():
        setattr(exchange, column, value)
    _keep_settings(exchange, given)
    exchange.failures, exchange.last_error = 0, ""
    if exchange.state == ExchangeState.ON:
        exchange.next_fetch_at = at
    _save(exchange)
    facts: JSONObject = {"name": exchange.name, "every_minutes": every_minutes, "settings": sorted(settings)}
    record_exchange(exchange.pk, "changed", actor=actor, at=at, facts=facts)
    return exchange


@transaction.atomic
def turn_on(*, exchange_id: UUID, actor: Actor, at: datetime) -> Exchange:
    """Fetch an exchange now, and from now on. Raises NoSuchExchange, NoSuchBank, BankClosed."""
    exchange = _locked(exchange_id)
    open_bank(exchange.bank_id)
    exchange.state, exchange.next_fetch_at = ExchangeState.ON, at
    exchange.failures, exchange.last_error = 0, ""
    exchange.save(update_fields=["state", "next_fetch_at", "failures", "last_error"])
    record_exchange(exchange.pk, "turned_on", actor=actor, at=at)
    return exchange


@transaction.atomic
def turn_off(*, exchange_id: UUID, reason: str, actor: Actor, at: datetime) -> Exchange:
    """Fetch an exchange no more; its signals stay. Raises NoSuchExchange, ReasonMissing."""
    why = words(reason)
    exchange = _locked(exchange_id)
    _stop(exchange, why, actor, at)
    return exchange


@transaction.atomic
def start_anew(
    *, exchange_id: UUID, reason: str, actor: Actor, at: datetime, may_shrink: bool = False
) -> Exchange:
    """Read a partner's list from its beginning the next time.

    With `may_shrink` a person says that a list that lost most of its signals is right: what is missing from it is then
    retracted. Raises NoSuchExchange, ReasonMissing.
    """
    why = words(reason)
    exchange = _locked(exchange_id)
    exchange.checkpoint, exchange.may_shrink = "", may_shrink
    if exchange.state == ExchangeState.ON:
        exchange.next_fetch_at = at
    exchange.save(update_fields=["checkpoint", "may_shrink", "next_fetch_at"])
    facts: JSONObject = {"reason": why, "may_shrink": may_shrink}
    record_exchange(exchange.pk, "started_anew", actor=actor, at=at, facts=facts)
    return exchange


def stop_exchange_of(bank_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Turn off the exchange of a bank that is retired, if it has one."""
    exchange = Exchange.objects.select_for_update().filter(bank_id=bank_id, state=ExchangeState.ON).first()
    if exchange is not None:
        _stop(exchange, "the bank was retired", actor, at)


def machine_of(kind: str, settings: Mapping[str, str]) -> Feed:
    """Return the feed of an exchange with its settings, secret ones among them. Raises ExchangeInvalid."""
    try:
        return feeds.by_name(kind)(settings)
    except UnknownFeed as error:
        raise ExchangeInvalid(str(error), field="kind") from None
    except FeedMisconfigured as error:
        raise ExchangeInvalid(str(error), field="settings") from None


def secrets_of(exchange: Exchange) -> dict[str, str]:
    """Return the secret settings of an exchange. Raises CredentialsUnreadable."""
    if exchange.credentials_sealed is None:
        return {}
    return unseal(bytes(exchange.credentials_sealed), exchange_id=exchange.pk, kind=exchange.kind)


def _keep_settings(exchange: Exchange, settings: Mapping[str, str]) -> None:
    """Put what is secret under seal, and the rest where people see it."""
    secret = {one.name for one in feeds.by_name(exchange.kind).settings if one.is_secret}
    hidden = {name: value for name, value in settings.items() if name in secret and value}
    exchange.config = {name: value for name, value in settings.items() if name not in secret}
    exchange.credentials_sealed = (
        seal(hidden, exchange_id=exchange.pk, kind=exchange.kind) if hidden else None
    )


def _checked(name: str, every_minutes: int) -> dict[str, Any]:
    """Return name and pause as columns. Raises ExchangeInvalid."""
    plain = " ".join(name.split())
    if not 0 < len(plain) <= Exchange._meta.get_field("name").max_length:  # type: ignore[operator]  # noqa: SLF001 - documented by Django
        raise ExchangeInvalid(_("An exchange has a name of at most 120 characters."), field="name")
    if not 1 <= every_minutes <= LONGEST_PAUSE_MINUTES:
        raise ExchangeInvalid(_("Fetch it every minute to every week."), field="every_minutes")
    return {"name": plain, "every_minutes": every_minutes}


def _locked(exchange_id: UUID) -> Exchange:
    exchange = Exchange.objects.select_for_update(no_key=True).filter(pk=exchange_id).first()
    if exchange is None:
        raise NoSuchExchange(_("There is no such exchange."))
    return exchange


def _stop(exchange: Exchange, why: str, actor: Actor, at: datetime) -> None:
    exchange.state, exchange.next_fetch_at = ExchangeState.OFF, None
    exchange.save(update_fields=["state", "next_fetch_at"])
    record_exchange(exchange.pk, "turned_off", actor=actor, at=at, facts={"reason": why})


def _save(exchange: Exchange, *, force_insert: bool = False) -> None:
    try:
        with transaction.atomic():
            exchange.save(force_insert=force_insert)
    except IntegrityError:
        raise ExchangeInvalid(
            _("Another exchange has this name, or fills this bank already."), field="name"
        ) from None


def pause_of(exchange: Exchange) -> timedelta:
    """Return how long to wait after a fetch that went well."""
    return timedelta(minutes=exchange.every_minutes)
