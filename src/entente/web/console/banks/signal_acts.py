"""Acts on one signal: confirmed, spoken of, labelled, disabled, quarantined, ended, brought back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from entente.apps.banks import services
from entente.apps.banks.choices import BankPolicy, SignalState
from entente.apps.kernel.actors import Actor
from entente.web.console.banks import places
from entente.web.console.banks.acts import Act, Asked, NoFields, Words
from entente.web.console.banks.bank_forms import DisableForm, ReasonForm
from entente.web.console.banks.places import OneSignal
from entente.web.console.banks.signal_forms import EndForm, LabelsForm, OpinionForm


def _is_retracted(one: OneSignal, _actor: Actor, _at: datetime) -> bool:
    return one.facts.retracted_at is not None


def _is_there(one: OneSignal, _actor: Actor, _at: datetime) -> bool:
    return one.facts.retracted_at is None


def _is_unconfirmed(one: OneSignal, actor: Actor, at: datetime) -> bool:
    return _is_there(one, actor, at) and not one.facts.is_confirmed


def _is_disabled(one: OneSignal, actor: Actor, at: datetime) -> bool:
    until = one.facts.disabled_until
    return _is_there(one, actor, at) and until is not None and until > at


def _can_be_disabled(one: OneSignal, actor: Actor, at: datetime) -> bool:
    return _is_there(one, actor, at) and not _is_disabled(one, actor, at)


def _is_quarantined(one: OneSignal, _actor: Actor, _at: datetime) -> bool:
    return one.facts.state == SignalState.QUARANTINED


def _can_be_quarantined(one: OneSignal, actor: Actor, at: datetime) -> bool:
    return _is_there(one, actor, at) and one.facts.quarantined_at is None


def _can_come_back(one: OneSignal, actor: Actor, at: datetime) -> bool:
    return _is_retracted(one, actor, at) and not one.bank.is_shared


def _ids(one: OneSignal) -> dict[str, int]:
    return {"signal_id": one.facts.id}


def _of_confirming(one: OneSignal) -> Words:
    """Say what a confirmation makes possible in this bank."""
    if one.bank.policy == BankPolicy.RESTRICT:
        return gettext_lazy(
            "You say that you looked and that it is right. From then on a match with it restricts for a while."
        )
    return gettext_lazy(
        "You say that you looked and that it is right. A match goes on as before, until the bank restricts."
    )


def _with(service: Any, *fields: str) -> Callable[[Asked], Any]:
    """Return how an act calls its service: the signal, the named answers, who and when."""

    def run(asked: Asked) -> Any:
        given = {field: asked.values[field] for field in fields}
        return service(signal_id=asked.subject.facts.id, actor=asked.actor, at=asked.at, **given)

    return run


def _labels(_request: HttpRequest, one: OneSignal) -> dict[str, Any]:
    return {"entity": one.facts.entity, "labels": one.facts.labels, "note": one.facts.note}


def _signal_act(name: str, **parts: Any) -> Act:
    """Return an act on one signal, at its address below the signal's own."""
    where = f"signals/<int:signal_id>/{name.replace('_', '-')}"
    common: dict[str, Any] = {"load": places.signal_at, "place": places.of_signal, "ids": _ids}
    return Act(name=f"signal_{name}", where=where, **common, **parts)


CONFIRM = _signal_act(
    "confirm",
    permission="signals.confirm",
    form=NoFields,
    title=gettext_lazy("Confirm the signal"),
    consequences=_of_confirming,
    submit=gettext_lazy("I looked, and it is right"),
    run=_with(services.confirm_signal),
    done=gettext_lazy("You confirmed this signal."),
    fits=_is_unconfirmed,
    tone="primary",
    key="c",
)
OPINE = _signal_act(
    "opine",
    permission="signals.opine",
    form=OpinionForm,
    title=gettext_lazy("Give an opinion"),
    consequences=gettext_lazy(
        "It changes nothing by itself. It takes the place of your earlier one, which is kept."
    ),
    submit=gettext_lazy("Keep my opinion"),
    run=_with(services.add_opinion, "says", "reason"),
    done=gettext_lazy("Your opinion is kept."),
    key="o",
)
LABEL = _signal_act(
    "label",
    permission="signals.add",
    form=LabelsForm,
    title=gettext_lazy("Change its labels"),
    consequences=gettext_lazy(
        "A match restricts only where somebody designated the entity named here; without an entity, nothing limits where."
    ),
    submit=gettext_lazy("Keep the labels"),
    run=_with(services.set_labels, "entity", "labels", "note"),
    done=gettext_lazy("The labels are kept."),
    prefill=_labels,
    key="l",
)
DISABLE = _signal_act(
    "disable",
    permission="signals.pause",
    form=DisableForm,
    title=gettext_lazy("Disable it for a while"),
    consequences=gettext_lazy("It matches nothing until then. It begins again by itself."),
    submit=gettext_lazy("Disable it"),
    run=_with(services.disable_signal, "until", "reason"),
    done=gettext_lazy("The signal matches nothing until then."),
    fits=_can_be_disabled,
)
ENABLE = _signal_act(
    "enable",
    permission="signals.pause",
    form=NoFields,
    title=gettext_lazy("Let it match again"),
    consequences=gettext_lazy("It matches again within a second, unless something else keeps it from it."),
    submit=gettext_lazy("Let it match"),
    run=_with(services.enable_signal),
    done=gettext_lazy("The signal is not disabled any more."),
    fits=_is_disabled,
)
QUARANTINE = _signal_act(
    "quarantine",
    permission="signals.pause",
    form=ReasonForm,
    title=gettext_lazy("Put it in quarantine"),
    consequences=gettext_lazy("It matches nothing until a person has looked at what it met and releases it."),
    submit=gettext_lazy("Quarantine it"),
    run=_with(services.quarantine_signal, "reason"),
    done=gettext_lazy("The signal is in quarantine."),
    fits=_can_be_quarantined,
    key="q",
)
RELEASE = _signal_act(
    "release",
    permission="signals.release",
    form=ReasonForm,
    title=gettext_lazy("Release it from quarantine"),
    consequences=gettext_lazy("You say that you looked at what it met. It matches again within a second."),
    submit=gettext_lazy("Release it"),
    run=_with(services.release_signal, "reason"),
    done=gettext_lazy("The signal is released."),
    fits=_is_quarantined,
    tone="primary",
)
END = _signal_act(
    "end",
    permission="signals.confirm",
    form=EndForm,
    title=gettext_lazy("Give it another end"),
    consequences=gettext_lazy(
        "It matches until then and not longer; an end that has passed stops it at once."
    ),
    submit=gettext_lazy("Keep this end"),
    run=_with(services.set_signal_end, "expires_at", "reason"),
    done=gettext_lazy("The end is kept."),
    fits=_is_there,
    prefill=lambda _request, one: {"expires_at": one.facts.expires_at},
)
REINSTATE = _signal_act(
    "reinstate",
    permission="signals.confirm",
    form=ReasonForm,
    title=gettext_lazy("Bring it back"),
    consequences=gettext_lazy(
        "It was retracted by mistake, and matches again. Nobody has confirmed it then: look at it anew."
    ),
    submit=gettext_lazy("Bring it back"),
    run=_with(services.reinstate_signal, "reason"),
    done=gettext_lazy("The signal is back; nobody has confirmed it yet."),
    fits=_can_come_back,
)
SAID = (CONFIRM, RELEASE, OPINE, LABEL)
STANDING = (ENABLE, DISABLE, QUARANTINE, END, REINSTATE)
ACTS = (*SAID, *STANDING)
