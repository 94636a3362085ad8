"""Keeping a copy longer because somebody with the right asked (TCO Art. 6(2)): who, until when, and their request in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.cases import queries as cases
from entente.apps.evidence import queries as evidence
from entente.apps.evidence import services as evidence_services
from entente.apps.kernel.errors import Missing
from entente.core.law import preservation as law
from entente.web.console.acts import Act, Asked
from entente.web.console.fields import LongTextField, MomentField
from entente.web.public.places import citation

if TYPE_CHECKING:
    from entente.apps.cases.models import Case

WHO: Final[dict[str, Promise]] = {
    "competent_authority": gettext_lazy("A competent authority"),
    "court": gettext_lazy("A court"),
    "host": gettext_lazy("This service, because a complaint or a case in court began in time"),
}
"""Who may ask for longer, as the law data name them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeps one copy of a case: its ground in words, until when, and whether anybody may ask for longer."""

    id: UUID
    content_item_id: UUID
    ground_id: str
    ground: str
    article: str
    until: datetime
    asked_by: tuple[str, ...]


def kept_of(content_item_id: UUID, line: evidence.PreservationLine) -> Kept:
    """Return a ground for keeping in the reader's language."""
    ground = law.preservation_ground(line.ground_id)
    return Kept(
        id=line.id,
        content_item_id=content_item_id,
        ground_id=ground.id,
        ground=_(ground.title),
        article=citation(ground.article) if ground.article != "house" else "",
        until=line.until,
        asked_by=ground.extended_by,
    )


class LongerForm(forms.Form):
    """Who asks, until when, and with which words."""

    requested_by = forms.ChoiceField(label=gettext_lazy("Who asked?"), widget=forms.RadioSelect)
    until = MomentField(label=gettext_lazy("Until when?"), help_text=gettext_lazy("In your own time zone."))
    basis = LongTextField(
        label=gettext_lazy("The request"),
        help_text=gettext_lazy("Who asked, for which proceedings, under which reference."),
        rows=3,
        max_length=1000,
    )
    same_for_all = forms.BooleanField(
        label=gettext_lazy("The same for every address of this case that is kept on this ground"),
        required=False,
    )

    def __init__(self, *args: Any, asked_by: tuple[str, ...], is_alone: bool, **kwargs: Any) -> None:
        """Offer who may ask on this ground; one address alone needs no choice."""
        super().__init__(*args, **kwargs)
        field = self.fields["requested_by"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(who, WHO[who]) for who in asked_by]
        if is_alone:
            del self.fields["same_for_all"]


def _kept(case: "Case", *, preservation_id: UUID) -> Kept:
    found = evidence.preservation(preservation_id)
    if found is None or found[1].case_id != case.pk or found[1].state != "active":
        raise Missing(_("Nothing is kept here on such a ground."))
    kept = kept_of(*found)
    if not kept.asked_by:
        raise Missing(_("On this ground nobody may ask for longer."))
    return kept


def _choices(_request: HttpRequest, case: "Case", kept: Kept) -> dict[str, Any]:
    return {"asked_by": kept.asked_by, "is_alone": case.item_count == 1}


def _about(_request: HttpRequest, _case: "Case", kept: Kept) -> dict[str, Any]:
    return {"about": kept.ground, "kept": kept}


def _keep(asked: Asked) -> object:
    kept, given = asked.subject, asked.values
    request = {
        "until": given["until"],
        "requested_by": given["requested_by"],
        "basis": given["basis"],
        "actor": asked.actor,
        "at": asked.at,
    }
    if not given.get("same_for_all"):
        return evidence_services.extend_preservation(preservation_id=kept.id, **request)
    return evidence_services.extend_preservations(
        case_id=asked.case.pk,
        ground_id=kept.ground_id,
        subject_ids=cases.contents_of(asked.case.pk),
        **request,
    )


ACTS: Final = (
    Act(
        name="keep_longer",
        where="kept/<uuid:preservation_id>/longer",
        permission="evidence.extend",
        form=LongerForm,
        title=gettext_lazy("Keep the copy longer"),
        consequences=gettext_lazy(
            "Only as long as proceedings need it, and only because somebody with the right asked. The former date stays on record. At its end the copy is destroyed, with a certificate."
        ),
        submit=gettext_lazy("Keep it longer"),
        run=_keep,
        done=gettext_lazy("It is kept longer; the request is on record."),
        tab="content",
        load=_kept,
        options=_choices,
        more=_about,
        template="console/keep_longer.html",
    ),
)
