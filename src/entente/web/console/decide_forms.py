"""The form of a decision about reported content: basis, facts, reasons, what else it covers."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.kernel.config import config
from entente.core.law import bases
from entente.web.console.fields import LongTextField, MomentField
from entente.web.public.places import citation

if TYPE_CHECKING:
    from entente.apps.cases.models import Assessment


def bases_for(assessment: "Assessment") -> list[bases.Basis]:
    """Return the legal bases that carry what the assessment concluded, on its ground."""
    if assessment.outcome == "keep":
        return [bases.basis("keep")]
    ground = bases.grounds(exercise=config().demo).get(assessment.ground)
    return [
        basis
        for basis in bases.bases().values()
        if basis.requires is bases.Requirement.ASSESSMENT
        and basis.kind is not bases.BasisKind.KEEP
        and assessment.outcome in basis.measures
        and (ground is None or ground.kind in basis.ground_kinds)
    ]


class DecideForm(forms.Form):
    """One decision, for the address assessed and for others of the same case to which it applies unchanged."""

    basis = forms.ChoiceField(label=gettext_lazy("Legal basis"), widget=forms.RadioSelect)
    facts = LongTextField(
        label=gettext_lazy("Facts"),
        help_text=gettext_lazy(
            "What was reported, by whom in general terms, and what you found. Never who reported."
        ),
        required=False,
        rows=3,
    )
    reasons = LongTextField(
        label=gettext_lazy("Reasons the person reads"),
        help_text=gettext_lazy("Prepared in their language. Replace every part in [brackets]."),
        rows=10,
    )
    label = forms.CharField(label=gettext_lazy("Text of the warning label"), max_length=200, required=False)
    ends_at = MomentField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy("Leave it empty to look at it again after half a year."),
        required=False,
    )
    others = forms.MultipleChoiceField(
        label=gettext_lazy("The same decision for these addresses too"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, assessment: "Assessment", others: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        """Offer what the assessment allows, and nothing else."""
        super().__init__(*args, **kwargs)
        self.assessment = assessment
        choices = [
            (basis.id, f"{_(basis.title)} ({citation(basis.article)})") for basis in bases_for(assessment)
        ]
        self._choices("basis", choices)
        self.fields["basis"].initial = choices[0][0] if choices else None
        if assessment.outcome != "warning_label":
            del self.fields["label"]
        if assessment.outcome == "keep":
            del self.fields["ends_at"]
        if others:
            self._choices("others", others)
        else:
            del self.fields["others"]

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_reasons(self) -> str:
        """Refuse a template somebody forgot to fill in."""
        text = str(self.cleaned_data["reasons"])
        if "[" in text and "]" in text:
            raise forms.ValidationError(_("Replace every part in [brackets] by your own words."))
        return text
