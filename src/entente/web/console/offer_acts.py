"""After a decision to disable: giving the signals of what was disabled to a bank of this service."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.banks import queries as banks
from entente.apps.cases import decided
from entente.apps.cases import queries as cases
from entente.apps.kernel.errors import Conflict
from entente.apps.matching import services
from entente.apps.orders import queries as orders
from entente.web.console.acts import Act, Asked

if TYPE_CHECKING:
    from entente.apps.cases.models import Case
    from entente.apps.cases.queries import ItemView

_MANY: Final = 1000


class OfferForm(forms.Form):
    """Which bank, and of what."""

    item = forms.ChoiceField(label=gettext_lazy("Of which content?"), widget=forms.RadioSelect)
    bank = forms.ChoiceField(label=gettext_lazy("To which bank?"), widget=forms.RadioSelect)
    entity = forms.CharField(
        label=gettext_lazy("From which group or movement?"),
        help_text=gettext_lazy(
            "Only if you know. A label without a designation restricts nowhere by itself."
        ),
        max_length=200,
        required=False,
    )

    def __init__(
        self, *args: Any, items: list[tuple[str, str]], banks: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        """Offer what was disabled, and the banks of this service."""
        super().__init__(*args, **kwargs)
        for name, choices in (("item", items), ("bank", banks)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices
        if len(items) == 1:
            self.fields["item"].initial = items[0][0]
        if len(banks) == 1:
            self.fields["bank"].initial = banks[0][0]

    def clean_entity(self) -> str:
        """Drop blanks around the name."""
        return " ".join(self.cleaned_data["entity"].split())


def disabled_items(case: "Case") -> "list[ItemView]":
    """Return the addresses of a case that a person's decision disables now."""
    rows = cases.items_of(case.pk, limit=_MANY)
    return [row for row in rows if row.decision is not None and decided.is_disabling(row.decision.pk)]


def own_banks() -> list[tuple[str, str]]:
    """Return the banks of this service that take signals of what it disabled."""
    lines = [line.policy for line in banks.banks()]
    return [
        (str(bank.id), bank.name)
        for bank in lines
        if bank.owner_kind == "own" and not bank.is_shared and not bank.is_negative
    ]


def _load(case: "Case") -> None:
    if not disabled_items(case):
        raise Conflict(_("Only what a person disabled, and what is still disabled, gives its signals."))
    if not own_banks():
        raise Conflict(_("There is no bank of this service yet. A senior reviewer makes one under “Banks”."))


def _options(_request: HttpRequest, case: "Case", _subject: None) -> dict[str, Any]:
    return {"items": [(str(row.id), row.url) for row in disabled_items(case)], "banks": own_banks()}


def _offer(asked: Asked) -> object:
    row = next(row for row in disabled_items(asked.case) if str(row.id) == asked.values["item"])
    if row.decision is None:
        raise Conflict(_("Only what a person disabled, and what is still disabled, gives its signals."))
    order = orders.of_case(asked.case.pk) if asked.case.intake_kind == "removal_order" else None
    return services.offer_signals(
        decision_id=row.decision.pk,
        bank_id=UUID(asked.values["bank"]),
        entity=asked.values["entity"],
        actor=asked.actor,
        at=asked.at,
        order=services.BehindIt(order.pk, orders.scrutiny_open_until(order)) if order is not None else None,
    )


ACTS: Final = (
    Act(
        name="offer_signals",
        where="offer-signals",
        permission="signals.confirm",
        form=OfferForm,
        title=gettext_lazy("Recognise copies of this"),
        consequences=gettext_lazy(
            "The signals of the preserved copy go into the bank, confirmed under your name. What meets them is treated as the bank's policy says; a signal that is born of an order ends with the order."
        ),
        submit=gettext_lazy("Give its signals to the bank"),
        run=_offer,
        done=gettext_lazy("Copies of it are recognised from now on."),
        load=_load,
        options=_options,
    ),
)
