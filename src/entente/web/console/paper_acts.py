"""Orders on paper, and orders computed not to bind: naming the issuer, completing the boxes, examining again.

The hour runs from the receipt, whenever any of this is done.
"""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.arrivals import queries as arrivals
from entente.apps.orders import queries as order_queries
from entente.apps.orders import services as orders
from entente.apps.parties import queries as parties
from entente.core.law.orders import RemovalOrderForm
from entente.web.console import law_rows
from entente.web.console.acts import Act, Asked, NoFields
from entente.web.console.annex_form import AnnexForm
from entente.web.console.arrival_forms import authorities
from entente.web.console.arrival_views import HINTS
from entente.web.console.finding import order_of

if TYPE_CHECKING:
    from entente.apps.cases.models import Case
    from entente.apps.orders.models import RemovalOrder


class IssuerForm(forms.Form):
    """Which authority of our register an order claims to come from."""

    authority = forms.ChoiceField(
        label=gettext_lazy("Which authority of our register does it claim to be?"),
        help_text=gettext_lazy("Not here? Enter it in the register first, from a source of your own."),
    )

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the register."""
        super().__init__(*args, **kwargs)
        field = self.fields["authority"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Choose one")), *offered]


def _offered(_request: HttpRequest, _case: "Case", _order: "RemovalOrder") -> dict[str, Any]:
    return {"offered": authorities()}


def _first(_request: HttpRequest, _case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    """Choose what is known, or the one hint there is."""
    hints = order_queries.proposed_issuers(order)
    known = order.authority_id or (hints[0].authority.id if len(hints) == 1 else None)
    return {"authority": str(known or "")}


def _hints(_request: HttpRequest, _case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    return {
        "hints": [(hint.authority, HINTS[hint.why]) for hint in order_queries.proposed_issuers(order)],
        "claimed": order_queries.form_of(order).section_e,
        "known": parties.authority(order.authority_id) if order.authority_id else None,
    }


def _identify(asked: Asked) -> object:
    return orders.identify_issuer(
        order_id=asked.subject.pk,
        authority_id=UUID(asked.values["authority"]),
        actor=asked.actor,
        at=asked.at,
    )


def _written(_request: HttpRequest, _case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    return {"form": order_queries.form_of(order), "findings": law_rows.findings(order)}


def _paper(_request: HttpRequest, case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    arrival = arrivals.of_case(case.pk)
    return {
        "arrival": arrival,
        "original": arrivals.original_of(arrival) if arrival is not None else None,
        "findings": law_rows.findings(order),
    }


class CompleteForm(AnnexForm):
    """Annex I with its addresses, as the case page completes it."""

    def __init__(self, data: Any = None, *, initial: Any = None, **kwargs: Any) -> None:
        """Take what stands there from the order itself."""
        del initial
        super().__init__(data, **kwargs)

    @override
    def clean(self) -> dict[str, Any]:
        """Add the whole form as it stands on the paper now."""
        self.cleaned_data = super().clean()
        return {**self.cleaned_data, "written": self.written()}


def _complete(asked: Asked) -> object:
    return orders.complete_form(
        order_id=asked.subject.pk,
        form=RemovalOrderForm.from_json(asked.values["written"]),
        actor=asked.actor,
        at=asked.at,
    )


def _against(_request: HttpRequest, _case: "Case", order: "RemovalOrder") -> dict[str, Any]:
    return {"against": [row for row in law_rows.reasons(order.binding_reasons) if row.weight != "for"]}


def _examine(asked: Asked) -> object:
    return orders.examine_again(order_id=asked.subject.pk, actor=asked.actor, at=asked.at)


ACTS: Final = (
    Act(
        name="identify_issuer",
        where="issuer",
        permission="orders.check",
        form=IssuerForm,
        title=gettext_lazy("Say which authority it is"),
        consequences=gettext_lazy(
            "The order stays as unverified as it is. Whether it binds is computed with this entry, the hour runs from the receipt, and its telephone number is the one to call back."
        ),
        submit=gettext_lazy("It claims to be this one"),
        run=_identify,
        done=gettext_lazy("The issuer is named, and the order was examined with its entry."),
        load=order_of,
        prefill=_first,
        options=_offered,
        template="console/identify.html",
        more=_hints,
    ),
    Act(
        name="complete_form",
        where="paper",
        permission="orders.check",
        form=CompleteForm,
        title=gettext_lazy("Complete what the paper says"),
        consequences=gettext_lazy(
            "Type what stands there, nothing else. What was written before is kept, and the order is examined anew; its hour runs from the receipt all the same."
        ),
        submit=gettext_lazy("Write it down, examine again"),
        run=_complete,
        done=gettext_lazy("Written down, and examined again."),
        load=order_of,
        options=_written,
        template="console/complete.html",
        more=_paper,
    ),
    Act(
        name="examine_again",
        where="examine",
        permission="orders.check",
        form=NoFields,
        title=gettext_lazy("Examine again whether it binds us"),
        consequences=gettext_lazy(
            "It is computed anew with today's register and profile, whoever filed it as information. If it binds, its hour runs from its receipt and rings at once."
        ),
        submit=gettext_lazy("Examine it again"),
        run=_examine,
        done=gettext_lazy("Examined again. The case says whether it binds."),
        load=order_of,
        template="console/examine.html",
        more=_against,
    ),
)
"""In the order the case page offers them."""
