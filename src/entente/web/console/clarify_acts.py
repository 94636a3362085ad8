"""The clarification of an order, typed in from the authority's answer: boxes filled in, the difference kept and shown."""

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.kernel import clock
from entente.apps.orders import queries as order_queries
from entente.apps.orders import services as orders
from entente.core.law.orders import RemovalOrderForm
from entente.web.console import law_rows
from entente.web.console.acts import Act, Asked
from entente.web.console.annex_form import AnnexForm
from entente.web.console.fields import LongTextField, MomentField
from entente.web.console.finding import order_of

if TYPE_CHECKING:
    from django.forms import BoundField

    from entente.apps.cases.models import Case
    from entente.apps.orders.models import RemovalOrder

_OWN: Final = ("received_at", "note", "is_proven")


class ClarifyForm(AnnexForm):
    """When the clarification arrived, what shows that it is theirs, and Annex I as it stands with it."""

    def __init__(self, data: Any = None, *, initial: Any = None, **kwargs: Any) -> None:
        """Ask about the answer itself before the boxes."""
        super().__init__(data, **kwargs)
        moment = (initial or {}).get("received_at")
        self.fields["received_at"] = MomentField(
            label=gettext_lazy("When did the clarification arrive?"),
            help_text=gettext_lazy("In your own time zone."),
            initial=moment,
        )
        self.fields["note"] = LongTextField(label=gettext_lazy("What does it say?"), rows=3)
        self.fields["is_proven"] = forms.BooleanField(
            label=gettext_lazy("It is theirs: we called the number of our register, or it is signed"),
            help_text=gettext_lazy(
                "Without this, other addresses leave the order unverified, and it waits until you call back."
            ),
            required=False,
        )

    @property
    def own(self) -> "list[BoundField]":
        """What is asked about the answer itself."""
        return [self[name] for name in _OWN]

    @override
    def clean(self) -> dict[str, Any]:
        """Add the whole form as the clarification leaves it."""
        self.cleaned_data = super().clean()
        return {**self.cleaned_data, "written": self.written()}


def _written(_request: HttpRequest, _case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    return {"form": order_queries.form_of(order), "findings": law_rows.findings(order)}


def _now(_request: HttpRequest, _case: "Case", _order: "RemovalOrder") -> dict[str, Any]:
    return {"received_at": timezone.localtime(clock.now()).replace(microsecond=0)}


def _findings(_request: HttpRequest, _case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    return {"findings": law_rows.findings(order), "is_impossible": order.execution == "impossible"}


def _clarify(asked: Asked) -> object:
    return orders.clarify_order(
        order_id=asked.subject.pk,
        received_at=asked.values["received_at"],
        note=asked.values["note"],
        form=RemovalOrderForm.from_json(asked.values["written"]),
        is_proven=asked.values["is_proven"],
        actor=asked.actor,
        at=asked.at,
    )


ACTS: Final = (
    Act(
        name="clarify",
        where="clarify",
        permission="orders.execute",
        form=ClarifyForm,
        title=gettext_lazy("The clarification has arrived"),
        consequences=gettext_lazy(
            "What was written before is kept, and the order is examined again. If it was reported as impossible, a new hour runs from the moment the clarification reached us; an hour that never stopped runs on."
        ),
        submit=gettext_lazy("Take it in, examine again"),
        run=_clarify,
        done=gettext_lazy("The clarification is on record, and the order was examined again."),
        load=order_of,
        prefill=_now,
        options=_written,
        template="console/clarify.html",
        more=_findings,
    ),
)
