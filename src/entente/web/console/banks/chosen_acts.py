"""Acts on signals chosen in the list of a bank, one or many: adopted, retracted, proposed to partners."""

import re
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from entente.apps.banks import queries, services
from entente.apps.banks.choices import OwnerKind, SignalState
from entente.apps.banks.errors import NoSuchSignal
from entente.apps.kernel.actors import Actor
from entente.web.console.banks import places
from entente.web.console.banks.acts import Act, Asked, Words
from entente.web.console.banks.asked_filter import wanted_in
from entente.web.console.banks.places import Chosen
from entente.web.console.banks.signal_forms import AdoptForm, RetractForm, ShareForm

MOST_CHOSEN: Final = 1000
_SHOWN: Final = 50
_NUMBERS: Final = re.compile(r"[0-9]{1,19}(,[0-9]{1,19})*")


def chosen_at(request: HttpRequest, *, bank_id: UUID) -> Chosen:
    """Return what was chosen: the numbers a form or an address carries, or everything a filter shows.

    Raises NoSuchBank, NoSuchSignal for numbers of another bank.
    """
    bank = queries.bank_page(bank_id)
    if request.method == "GET" and request.GET.get("all"):
        some = queries.signals_of_bank(bank_id, wanted_in(request.GET), limit=MOST_CHOSEN)
        return Chosen(bank, tuple(sorted(some.signals, key=lambda one: one.id)))
    written = request.POST.get("signals", "") or ",".join(request.GET.getlist("signal"))
    numbers = {int(part) for part in written.split(",")} if _NUMBERS.fullmatch(written) else set()
    signals = places.facts_of(numbers)
    if any(one.bank_id != bank_id for one in signals):
        raise NoSuchSignal(_("There is no such signal in this bank."))
    return Chosen(bank, tuple(signals))


def _ids(one: Chosen) -> dict[str, UUID]:
    return {"bank_id": one.bank.line.id}


def _is_any(one: Chosen, _actor: Actor, _at: datetime) -> bool:
    return one.signals != ()


def _can_be_adopted(one: Chosen, actor: Actor, at: datetime) -> bool:
    return (
        _is_any(one, actor, at)
        and one.bank.line.policy.owner_kind != OwnerKind.OWN
        and all(signal.state == SignalState.STANDING for signal in one.signals)
    )


def _can_be_retracted(one: Chosen, _actor: Actor, _at: datetime) -> bool:
    return any(signal.retracted_at is None for signal in one.signals)


def _can_be_shared(one: Chosen, actor: Actor, at: datetime) -> bool:
    policy = one.bank.line.policy
    return (
        _is_any(one, actor, at)
        and policy.owner_kind == OwnerKind.OWN
        and not policy.is_shared
        and not policy.negative_kind
        and all(
            signal.stands_at(at) and signal.is_confirmed and (signal.not_shared_before or at) <= at
            for signal in one.signals
        )
    )


def _numbers(asked: Asked) -> list[int]:
    return [signal.id for signal in asked.subject.signals]


def _list(_request: HttpRequest, one: Chosen) -> dict[str, Any]:
    """Show the first of what was chosen, and how many there are."""
    count = len(one.signals)
    return {
        "chosen": one.signals[:_SHOWN],
        "rest": count - min(count, _SHOWN),
        "counted": ngettext("%(count)d signal", "%(count)d signals", count) % {"count": count},
    }


def _carried(_request: HttpRequest, one: Chosen) -> dict[str, Any]:
    return {"signals": one.ids}


def _adopt(asked: Asked) -> services.Added:
    return services.adopt_signals(
        signal_ids=_numbers(asked),
        into_bank_id=UUID(asked.values["into_bank_id"]),
        reason=asked.values["reason"],
        actor=asked.actor,
        at=asked.at,
    )


def _adopted(added: services.Added) -> Words:
    """Say how many copies were made, which were there, and which stay retracted."""
    return _("Adopted: %(added)d new, %(known)d were there already, %(bad)d stay retracted there.") % {
        "added": added.added,
        "known": added.known,
        "bad": len(added.bad),
    }


def _propose(asked: Asked) -> Any:
    given = asked.values
    return services.propose_sharing(
        bank_id=UUID(given["bank_id"]),
        signal_ids=_numbers(asked),
        **{
            name: given[name]
            for name in ("use_at_most", "ground_id", "statement", "is_unlawful_in_any_setting")
        },
        actor=asked.actor,
        at=asked.at,
    )


def _chosen_act(name: str, **parts: Any) -> Act:
    """Return an act on chosen signals of a bank."""
    common: dict[str, Any] = {
        "load": chosen_at,
        "place": places.of_chosen,
        "ids": _ids,
        "prefill": _carried,
        "more": _list,
    }
    where = f"banks/<uuid:bank_id>/signals/{name}"
    template = "console/banks/chosen_act.html"
    return Act(name=f"bank_{name}", where=where, template=template, **common, **parts)


ADOPT = _chosen_act(
    "adopt",
    permission="signals.adopt",
    form=AdoptForm,
    title=gettext_lazy("Adopt into a bank of this service"),
    consequences=gettext_lazy(
        "A copy becomes this service's own judgement, under that bank's policy. The public log and the overseer learn of it. A single one counts as confirmed by you."
    ),
    submit=gettext_lazy("Adopt"),
    run=_adopt,
    done=_adopted,
    onward=lambda asked, _added: reverse("console:bank", args=[asked.values["into_bank_id"]]),
    fits=_can_be_adopted,
    key="a",
)
RETRACT = _chosen_act(
    "retract",
    permission="signals.retract",
    form=RetractForm,
    title=gettext_lazy("Retract"),
    consequences=gettext_lazy(
        "It matches nothing any more, shared copies go with it, and whatever was decided because of it is looked at again."
    ),
    submit=gettext_lazy("Retract"),
    run=lambda asked: services.retract_signals(
        signal_ids=_numbers(asked), reason=asked.values["reason"], actor=asked.actor, at=asked.at
    ),
    done=lambda count: (
        ngettext("%(count)d signal was retracted.", "%(count)d signals were retracted.", count)
        % {"count": count}
    ),
    fits=_can_be_retracted,
    tone="danger",
)
SHARE = _chosen_act(
    "share",
    permission="banks.share",
    form=ShareForm,
    title=gettext_lazy("Propose to share with partners"),
    consequences=gettext_lazy(
        "Nothing leaves this service until a second person confirms the ground and the statement."
    ),
    submit=gettext_lazy("Propose it"),
    run=_propose,
    done=gettext_lazy("It waits for a second person."),
    onward=lambda _asked, _proposal: reverse("console:sharing"),
    fits=_can_be_shared,
)
ACTS = (ADOPT, RETRACT, SHARE)
