"""Looking at content of one's own accord, after an order that has ended or a message that never bound.

It opens a case beside the first one; there everything goes the way of a notice: assessed in full, then decided.
"""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.cases import queries as cases
from entente.apps.cases.services import own_road
from entente.apps.kernel.errors import Conflict
from entente.apps.notices import queries as notices
from entente.apps.notices import services
from entente.web.console.acts import Act, Asked
from entente.web.console.fields import LongTextField

if TYPE_CHECKING:
    from entente.apps.cases.models import Case

_MANY: Final = 1000


class OwnInitiativeForm(forms.Form):
    """Which addresses, and why they are looked at."""

    items = forms.MultipleChoiceField(
        label=gettext_lazy("Which addresses do you look at?"), widget=forms.CheckboxSelectMultiple
    )
    why = LongTextField(
        label=gettext_lazy("Which of our terms, or which law, may the content break?"),
        help_text=gettext_lazy(
            "For those who assess it. That an authority asked for it is no reason: its message binds nobody here."
        ),
        rows=4,
    )

    def __init__(self, *args: Any, items: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the addresses of the case."""
        super().__init__(*args, **kwargs)
        field = self.fields["items"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = items


def _load(case: "Case") -> None:
    if not own_road.has_own_road(case):
        raise Conflict(
            _("A case of our own follows only where an order has ended, proved false, or never bound us.")
        )


def _addresses(case: "Case") -> list[tuple[str, str]]:
    return [(str(row.id), row.url) for row in cases.items_of(case.pk, limit=_MANY)]


def _items(_request: HttpRequest, case: "Case", _subject: None) -> dict[str, Any]:
    return {"items": _addresses(case)}


def _only_one(_request: HttpRequest, case: "Case", _subject: None) -> dict[str, Any]:
    """Choose the address where there is only one; of many a person says which."""
    found = _addresses(case)
    return {"items": [value for value, _url in found]} if len(found) == 1 else {}


def _open(asked: Asked) -> object:
    return services.open_own_initiative(
        case_id=asked.case.pk,
        item_ids=[UUID(value) for value in asked.values["items"]],
        why=asked.values["why"],
        actor=asked.actor,
        at=asked.at,
    )


def _new_case(asked: Asked) -> UUID:
    """Go on with the case that was opened just now."""
    return notices.own_found_in(asked.case.pk)[0].case_id


ACTS: Final = (
    Act(
        name="own_initiative",
        where="own-initiative",
        permission="cases.assess",
        form=OwnInitiativeForm,
        title=gettext_lazy("Assess under our own terms"),
        consequences=gettext_lazy(
            "A new case opens, with its own assessment and its own decision. Until then nothing happens to the content. The person affected is told how we came to it, and may complain."
        ),
        submit=gettext_lazy("Open the case"),
        run=_open,
        done=gettext_lazy("The case is open. Assess it in full before anything is decided."),
        load=_load,
        prefill=_only_one,
        options=_items,
        onward=_new_case,
    ),
)
