"""Banks: made, changed, disabled for a while, retired. What makes a bank restrict is in `restricting`."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import BankClosed, BankInvalid, NeverRestricts, NoSuchBank, TwoPeopleNeeded
from entente.apps.banks.models import (
    MOST_PROVISIONAL_HOURS,
    Bank,
    BankPolicy,
    BankState,
    NegativeKind,
    OwnerKind,
    ProposalState,
    RestrictProposal,
)
from entente.apps.banks.services.people import refuse_program, require_keeper, require_person, words
from entente.apps.banks.services.recording import record_bank
from entente.apps.banks.services.stating import state_policy
from entente.apps.banks.types import BankOwner, BankSettings
from entente.apps.banks.values import checked_radii, radius_of
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.parties import queries as parties
from entente.apps.parties.errors import UnknownAuthority

LONGEST_NAME: Final = 120
LONGEST_REFERENCE: Final = 300
_STRENGTH: Final = {BankPolicy.OBSERVE: 0, BankPolicy.OPEN_CASE: 1, BankPolicy.RESTRICT: 2}


@transaction.atomic
def create_bank(
    *,
    settings: BankSettings,
    owner: BankOwner,
    actor: Actor,
    at: datetime,
    negative_kind: str = "",
    is_shared: bool = False,
) -> Bank:
    """Make a bank, which observes or opens cases. Raises PersonNeeded, BankInvalid, TwoPeopleNeeded.

    An API client makes plain banks of this service (`rules.is_for_programs`), and nothing else.
    """
    require_keeper(actor)
    if settings.policy == BankPolicy.RESTRICT:
        raise TwoPeopleNeeded(_("A new bank cannot restrict. Make it, then propose that it restricts."))
    values = _checked(settings)
    if negative_kind and negative_kind not in NegativeKind.values:
        raise BankInvalid(_("Choose one of the kinds offered."), field="negative_kind")
    if is_shared and (owner.kind != OwnerKind.OWN or negative_kind):
        raise BankInvalid(_("Only a bank of this service can be shared."), field="is_shared")
    bank = Bank(
        **values,
        **_owner(owner),
        negative_kind=negative_kind,
        is_shared=is_shared,
        created_by_name=actor.name,
        created_at=at,
    )
    refuse_program(actor, bank)
    _save(bank, force_insert=True)
    facts = {"name": bank.name, "owner": bank.owner_kind, "policy": bank.policy, "negative": negative_kind}
    record_bank(bank.pk, "created", actor=actor, at=at, facts=facts)
    return bank


@transaction.atomic
def change_bank(*, bank_id: UUID, settings: BankSettings, reason: str, actor: Actor, at: datetime) -> Bank:
    """Change what a person set on a bank; whose it is, and what it protects, cannot change.

    A bank that restricts may be made weaker by one person. What would make it stronger (a wider radius, more traffic, a
    later end, another basis) takes two: let it open cases, change it, propose it again. A proposal that waits is
    overtaken by any change. Raises PersonNeeded, ReasonMissing, NoSuchBank, BankClosed, BankInvalid, TwoPeopleNeeded.
    """
    require_keeper(actor)
    why = words(reason)
    bank = locked_bank(bank_id)
    refuse_program(actor, bank, is_stronger=True)
    values = _checked(settings)
    was = bank.policy
    if values["policy"] == BankPolicy.RESTRICT and was != BankPolicy.RESTRICT:
        raise TwoPeopleNeeded(_("Propose that this bank restricts; a second person confirms it."))
    if values["policy"] == was == BankPolicy.RESTRICT and _is_stronger(bank, values):
        raise TwoPeopleNeeded(
            _("This would make a restricting bank stronger. Let it open cases, change it, and propose again.")
        )
    changed = {name: value for name, value in values.items() if getattr(bank, name) != value}
    for name, value in changed.items():
        setattr(bank, name, value)
    if bank.policy != BankPolicy.RESTRICT:
        bank.restricted_by = None
    _save(bank)
    if changed:
        overtake_proposal(bank, at)
    facts = {"fields": sorted(changed), "reason": why, "policy": bank.policy, "was": was}
    record_bank(bank.pk, "changed", actor=actor, at=at, facts=facts)
    if was == BankPolicy.RESTRICT and bank.policy != BankPolicy.RESTRICT:
        state_policy(bank, policy=bank.policy, reason=why, at=at)
    return bank


@transaction.atomic
def disable_bank(*, bank_id: UUID, until: datetime | None, reason: str, actor: Actor, at: datetime) -> Bank:
    """Let nothing of a bank match until a moment, or let it match again (None): one person, at once.

    Raises PersonNeeded, ReasonMissing, NoSuchBank, BankClosed, BankInvalid.
    """
    require_person(actor)
    why = words(reason)
    if until is not None and until <= at:
        raise BankInvalid(_("Disable it until a moment that is still to come."), field="disabled_until")
    bank = locked_bank(bank_id)
    bank.disabled_until = until
    bank.save(update_fields=["disabled_until"])
    facts = {"until": until.isoformat() if until else None, "reason": why}
    record_bank(bank.pk, "disabled" if until else "enabled", actor=actor, at=at, facts=facts)
    return bank


@transaction.atomic
def retire_bank(*, bank_id: UUID, reason: str, actor: Actor, at: datetime) -> Bank:
    """End a bank for good: nothing of it matches any more; what it held stays on record.

    Its exchange is turned off with it. Raises PersonNeeded, ReasonMissing, NoSuchBank, BankClosed.
    """
    from entente.apps.banks.services.connecting import stop_exchange_of

    require_keeper(actor)
    why = words(reason)
    bank = locked_bank(bank_id)
    refuse_program(actor, bank, is_stronger=True)
    restricted = bank.policy == BankPolicy.RESTRICT
    bank.state, bank.retired_at, bank.retired_reason = BankState.RETIRED, at, why
    if restricted:
        bank.policy, bank.restricted_by = BankPolicy.OPEN_CASE, None
    bank.save()
    overtake_proposal(bank, at)
    stop_exchange_of(bank.pk, actor=actor, at=at)
    record_bank(bank.pk, "retired", actor=actor, at=at, facts={"reason": why})
    if restricted:
        state_policy(bank, policy=bank.policy, reason=why, at=at)
    return bank


def locked_bank(bank_id: UUID) -> Bank:
    """Lock and return a bank in use, for acts that write no signals (`numbering`). Raises NoSuchBank, BankClosed."""
    return _in_use(Bank.objects.select_for_update(no_key=True).filter(pk=bank_id).first())


def open_bank(bank_id: UUID) -> Bank:
    """Return a bank in use, without its lock. Raises NoSuchBank, BankClosed."""
    return _in_use(Bank.objects.filter(pk=bank_id).first())


def _in_use(bank: Bank | None) -> Bank:
    if bank is None:
        raise NoSuchBank(_("There is no such bank."))
    if bank.state == BankState.RETIRED:
        raise BankClosed(_("This bank is retired."))
    return bank


def refuse_to_restrict(bank: Bank) -> None:
    """Refuse for banks that can never restrict. Raises NeverRestricts."""
    if bank.owner_kind == OwnerKind.AUTHORITY:
        raise NeverRestricts(
            _("What an authority sends are referrals. Adopt signals into a bank of this service instead.")
        )
    if bank.negative_kind:
        raise NeverRestricts(_("This bank says what must not be restricted."))


def overtake_proposal(bank: Bank, at: datetime) -> None:
    """Void a proposal that waits, because the bank is not what was proposed any more."""
    RestrictProposal.objects.filter(bank=bank, state=ProposalState.PROPOSED).update(
        state=ProposalState.OVERTAKEN,
        decided_by_id_text=SYSTEM.id,
        decided_by_name=SYSTEM.name,
        decided_at=at,
    )


def settings_of(bank: Bank) -> dict[str, Any]:
    """Return what a second person confirms, as JSON."""
    return {
        "basis": bank.basis,
        "basis_reference": bank.basis_reference,
        "radii": bank.radii,
        "share_of_traffic": bank.share_of_traffic,
        "provisional_hours": bank.provisional_hours,
        "expires_at": bank.expires_at.isoformat() if bank.expires_at else None,
        "signals": bank.standing_count,
    }


def _checked(settings: BankSettings) -> dict[str, Any]:
    """Return the settings as columns. Raises BankInvalid."""
    name = " ".join(settings.name.split())
    basis, reference = settings.basis.strip(), settings.basis_reference.strip()
    wrong = {
        "name": not 0 < len(name) <= LONGEST_NAME,
        "basis": not basis,
        "basis_reference": len(reference) > LONGEST_REFERENCE
        or (settings.policy == BankPolicy.RESTRICT and not reference),
        "policy": settings.policy not in BankPolicy.values,
        "share_of_traffic": not 0.0 <= settings.share_of_traffic <= 1.0,
        "provisional_hours": not 1 <= settings.provisional_hours <= MOST_PROVISIONAL_HOURS,
    }
    for field, is_wrong in wrong.items():
        if is_wrong:
            raise BankInvalid(_HELP[field](), field=field)
    return {
        "name": name,
        "basis": basis,
        "basis_reference": reference,
        "policy": settings.policy,
        "radii": checked_radii(settings.radii.items()),
        "share_of_traffic": float(settings.share_of_traffic),
        "provisional_hours": settings.provisional_hours,
        "disabled_until": settings.disabled_until,
        "expires_at": settings.expires_at,
    }


_HELP: Final = {
    "name": lambda: _("A bank has a name of at most %(most)s characters.") % {"most": LONGEST_NAME},
    "basis": lambda: _("Say in words on what this bank rests."),
    "basis_reference": lambda: _("A bank that restricts names the law or the term it rests on."),
    "policy": lambda: _("Choose one of the policies offered."),
    "share_of_traffic": lambda: _("The share of traffic is from 0 to 1."),
    "provisional_hours": lambda: (
        _("A provisional restriction ends after 1 to %(most)s hours.") % {"most": MOST_PROVISIONAL_HOURS}
    ),
}


def _owner(owner: BankOwner) -> dict[str, Any]:
    """Return whose bank it is, as columns. Raises BankInvalid."""
    name = " ".join(owner.name.split())
    if owner.kind not in OwnerKind.values:
        raise BankInvalid(_("Choose one of the owners offered."), field="owner_kind")
    if owner.authority_id is not None:
        if owner.kind != OwnerKind.AUTHORITY:
            raise BankInvalid(_("Only an authority's bank names an entry of the register."), field="owner")
        try:
            name = parties.authority(owner.authority_id).name
        except UnknownAuthority:
            raise BankInvalid(_("This authority is not in the register."), field="owner") from None
    if owner.kind != OwnerKind.OWN and not name:
        raise BankInvalid(_("Say whose bank it is."), field="owner")
    return {"owner_kind": owner.kind, "owner": name[:200], "authority_id": owner.authority_id}


def _is_stronger(bank: Bank, values: dict[str, Any]) -> bool:
    """Say whether new settings would let a restricting bank restrict more, longer, or on another basis."""
    wider = any(
        radius_of(name, values["radii"]) > radius_of(name, bank.radii)
        for name in {*bank.radii, *values["radii"]}
    )
    return (
        wider
        or values["share_of_traffic"] > bank.share_of_traffic
        or values["provisional_hours"] > bank.provisional_hours
        or _is_later(values["expires_at"], bank.expires_at)
        or (values["basis"], values["basis_reference"]) != (bank.basis, bank.basis_reference)
    )


def _is_later(one: datetime | None, other: datetime | None) -> bool:
    """Say whether an end is later than another; a missing one is never."""
    return other is not None and (one is None or one > other)


def _save(bank: Bank, *, force_insert: bool = False) -> None:
    try:
        with transaction.atomic():
            bank.save(force_insert=force_insert)
    except IntegrityError:
        raise BankInvalid(_("Another bank has this name already."), field="name") from None
