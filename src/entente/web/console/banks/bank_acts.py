"""Acts on a bank: made, changed, disabled, retired; proposed to restrict by one person, confirmed by another."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from entente.apps.banks import queries, services
from entente.apps.banks.choices import BankPolicy, BankState, OwnerKind, ProposalState
from entente.apps.kernel.actors import Actor
from entente.web.console.banks import places, words
from entente.web.console.banks.acts import Act, Asked, NoFields
from entente.web.console.banks.bank_forms import (
    ChangeBankForm,
    DisableForm,
    GroundForm,
    NewBankForm,
    NoteForm,
    ReasonForm,
    values_of,
)


def is_in_use(page: queries.BankPage, _actor: Actor, _at: datetime) -> bool:
    """Say whether a bank is in use."""
    return page.line.policy.state == BankState.IN_USE


def _is_disabled(page: queries.BankPage, actor: Actor, at: datetime) -> bool:
    until = page.line.policy.disabled_until
    return is_in_use(page, actor, at) and until is not None and until > at


def _can_be_disabled(page: queries.BankPage, actor: Actor, at: datetime) -> bool:
    return is_in_use(page, actor, at) and not _is_disabled(page, actor, at)


def _may_be_proposed(page: queries.BankPage, actor: Actor, at: datetime) -> bool:
    policy = page.line.policy
    return (
        is_in_use(page, actor, at)
        and policy.policy != BankPolicy.RESTRICT
        and policy.owner_kind != OwnerKind.AUTHORITY
        and not policy.negative_kind
        and page.waiting is None
    )


def waits(one: places.Proposed, _actor: Actor, _at: datetime) -> bool:
    """Say whether a proposal waits to be decided."""
    return one.proposal.state == ProposalState.PROPOSED


def waits_for(one: places.Proposed, actor: Actor, at: datetime) -> bool:
    """Say whether a proposal waits for this person: somebody else than who proposed."""
    return waits(one, actor, at) and one.proposal.proposed_by_id != actor.id


def _bank_ids(page: queries.BankPage) -> dict[str, UUID]:
    return {"bank_id": page.line.id}


def _proposal_ids(one: places.Proposed) -> dict[str, UUID]:
    return {"bank_id": one.bank.line.id, "proposal_id": one.proposal.id}


def _nothing_yet(_request: HttpRequest) -> None:
    return None


def _create(asked: Asked) -> Any:
    given = asked.values
    return services.create_bank(
        settings=given["settings"],
        owner=given["bank_owner"],
        negative_kind=given["negative_kind"],
        is_shared=given["is_shared"],
        actor=asked.actor,
        at=asked.at,
    )


def _change(asked: Asked) -> Any:
    return services.change_bank(
        bank_id=asked.subject.line.id,
        settings=asked.values["settings"],
        reason=asked.values["reason"],
        actor=asked.actor,
        at=asked.at,
    )


def _disable(asked: Asked) -> Any:
    return services.disable_bank(
        bank_id=asked.subject.line.id,
        until=asked.values.get("until"),
        reason=asked.values["reason"],
        actor=asked.actor,
        at=asked.at,
    )


def _as_set(_request: HttpRequest, one: places.Proposed) -> dict[str, Any]:
    """Show what is proposed: the ground, who proposed it, and the bank as it was set then."""
    return {"proposal": one.proposal, "settings": words.settings(one.proposal.settings)}


NEW = Act(
    name="bank_new",
    where="banks/new",
    permission="banks.edit",
    form=NewBankForm,
    title=gettext_lazy("Make a bank"),
    consequences=gettext_lazy(
        "It is empty, and matches nothing, until somebody adds signals. Whose it is and what it protects cannot change later."
    ),
    submit=gettext_lazy("Make the bank"),
    run=_create,
    done=gettext_lazy("The bank is there. Add signals to it."),
    load=_nothing_yet,
    place=places.house,
    onward=lambda _asked, bank: reverse("console:bank", args=[bank.pk]),
    template="console/banks/bank_form.html",
    tone="primary",
)
CHANGE = Act(
    name="bank_change",
    where="banks/<uuid:bank_id>/change",
    permission="banks.edit",
    form=ChangeBankForm,
    title=gettext_lazy("Change the bank"),
    consequences=lambda page: (
        gettext_lazy(
            "It counts within a second. What would make a restricting bank stronger is refused: let it open cases, change it, propose it again."
        )
        if page.line.policy.policy == BankPolicy.RESTRICT
        else gettext_lazy("It counts within a second. A proposal that waits is overtaken by it.")
    ),
    submit=gettext_lazy("Change it"),
    run=_change,
    done=gettext_lazy("The bank is changed."),
    load=places.bank_at,
    place=places.of_bank,
    ids=_bank_ids,
    fits=is_in_use,
    prefill=lambda _request, page: dict(values_of(page.line)),
    options=lambda _request, page: {"was": page.line.policy.policy},
    template="console/banks/bank_form.html",
    key="e",
)
DISABLE = Act(
    name="bank_disable",
    where="banks/<uuid:bank_id>/disable",
    permission="banks.edit",
    form=DisableForm,
    title=gettext_lazy("Disable it for a while"),
    consequences=gettext_lazy("Nothing of this bank matches until then. It begins again by itself."),
    submit=gettext_lazy("Disable it"),
    run=_disable,
    done=gettext_lazy("Nothing of this bank matches until then."),
    load=places.bank_at,
    place=places.of_bank,
    ids=_bank_ids,
    fits=_can_be_disabled,
)
ENABLE = Act(
    name="bank_enable",
    where="banks/<uuid:bank_id>/enable",
    permission="banks.edit",
    form=ReasonForm,
    title=gettext_lazy("Let it match again"),
    consequences=gettext_lazy("Its signals match again within a second."),
    submit=gettext_lazy("Let it match"),
    run=_disable,
    done=gettext_lazy("The bank matches again."),
    load=places.bank_at,
    place=places.of_bank,
    ids=_bank_ids,
    fits=_is_disabled,
)
RETIRE = Act(
    name="bank_retire",
    where="banks/<uuid:bank_id>/retire",
    permission="banks.edit",
    form=ReasonForm,
    title=gettext_lazy("Retire the bank"),
    consequences=gettext_lazy(
        "Nothing of it matches ever again, and its exchange is turned off. What it held stays on record. This cannot be undone."
    ),
    submit=gettext_lazy("Retire it for good"),
    run=lambda asked: services.retire_bank(
        bank_id=asked.subject.line.id, reason=asked.values["reason"], actor=asked.actor, at=asked.at
    ),
    done=gettext_lazy("The bank is retired."),
    load=places.bank_at,
    place=places.of_bank,
    ids=_bank_ids,
    fits=is_in_use,
    tone="danger",
)
PROPOSE = Act(
    name="restrict_propose",
    where="banks/<uuid:bank_id>/restrict",
    permission="banks.edit",
    form=GroundForm,
    title=gettext_lazy("Propose that it restricts"),
    consequences=gettext_lazy(
        "Nothing changes until a second person confirms it. Then a match with a confirmed signal restricts for a while, before anybody has looked."
    ),
    submit=gettext_lazy("Propose it"),
    run=lambda asked: services.propose_restrict(
        bank_id=asked.subject.line.id, ground=asked.values["ground"], actor=asked.actor, at=asked.at
    ),
    done=gettext_lazy("It waits for a second person."),
    load=places.bank_at,
    place=places.of_bank,
    ids=_bank_ids,
    fits=_may_be_proposed,
)
CONFIRM = Act(
    name="restrict_confirm",
    where="banks/<uuid:bank_id>/restrict/<uuid:proposal_id>/confirm",
    permission="banks.confirm",
    form=NoFields,
    title=gettext_lazy("Let the bank restrict"),
    consequences=gettext_lazy(
        "From now on a match with a confirmed signal restricts for a while and tells the uploader. The public log and the overseer learn of it, with both names on record."
    ),
    submit=gettext_lazy("I have looked: let it restrict"),
    run=lambda asked: services.confirm_restrict(
        proposal_id=asked.subject.proposal.id, actor=asked.actor, at=asked.at
    ),
    done=gettext_lazy("The bank restricts from now on."),
    load=places.restrict_at,
    place=places.of_proposal,
    ids=_proposal_ids,
    fits=waits_for,
    more=_as_set,
    template="console/banks/restrict_confirm.html",
    tone="primary",
)
REFUSE = Act(
    name="restrict_refuse",
    where="banks/<uuid:bank_id>/restrict/<uuid:proposal_id>/refuse",
    permission="banks.confirm",
    form=NoteForm,
    title=gettext_lazy("Refuse it, or take it back"),
    consequences=gettext_lazy("The bank stays as it is. The note is kept with the proposal."),
    submit=gettext_lazy("Do not let it restrict"),
    run=lambda asked: services.refuse_restrict(
        proposal_id=asked.subject.proposal.id, note=asked.values["note"], actor=asked.actor, at=asked.at
    ),
    done=gettext_lazy("The proposal is refused; the bank stays as it is."),
    load=places.restrict_at,
    place=places.of_proposal,
    ids=_proposal_ids,
    fits=waits,
    more=_as_set,
    template="console/banks/restrict_confirm.html",
)
OF_A_BANK = (CHANGE, PROPOSE, DISABLE, ENABLE, RETIRE)
OF_A_PROPOSAL = (CONFIRM, REFUSE)
ACTS = (NEW, *OF_A_BANK, *OF_A_PROPOSAL)
