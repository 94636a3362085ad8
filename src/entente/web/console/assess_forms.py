"""The full assessment as a form: every part of the law data, with its help text, for both roads."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.core.law import assessment as law
from entente.core.law import bases
from entente.core.law.errors import LawError
from entente.core.law.territories import territory
from entente.web.console.fields import LongTextField
from entente.web.public.places import citation, country_name

if TYPE_CHECKING:
    from entente.apps.cases.models import Assessment

OUTCOMES: Final = {
    "notice": (
        ("keep", gettext_lazy("Keep: the content stays")),
        ("warning_label", gettext_lazy("Warning label: it stays, with a warning")),
        ("restrict_by_country", gettext_lazy("Restrict by country")),
        ("disable", gettext_lazy("Disable")),
    ),
    "order": (
        ("accept", gettext_lazy("Accept the order")),
        ("ask_for_scrutiny", gettext_lazy("Ask the authority of our state for scrutiny")),
        ("go_to_court", gettext_lazy("Go to court in the issuing state")),
        ("ask_to_withdraw", gettext_lazy("Ask the issuer to withdraw it")),
    ),
}
_UNDERSTOOD: Final = (
    ("reviewer", gettext_lazy("I understand it myself")),
    ("linguist", gettext_lazy("A linguist read it with me")),
    ("machine_translation", gettext_lazy("A machine translation, marked as such")),
)
_WHO: Final = {
    "reviewer": gettext_lazy("The reviewer"),
    "linguist": gettext_lazy("A linguist"),
    "machine_translation": gettext_lazy("A machine translation"),
}
_SOMETIMES: Final = frozenset({"danger", "linguist_id", "understood_by_note"})
_TRILEAN: Final = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))
BASIS_OF_KIND: Final = {
    bases.GroundKind.TCO_TYPE: "dsa.illegal_content",
    bases.GroundKind.ILLEGAL: "dsa.illegal_content",
    bases.GroundKind.TERMS: "terms.terrorism",
}


class AssessForm(forms.Form):
    """Nothing is required to keep a draft; the law engine names what is missing."""

    use_required_attribute = False
    ground = forms.ChoiceField(
        label=gettext_lazy("What is the content held to be?"),
        help_text=gettext_lazy("The ground you examine, also where you find in the end that it is not met."),
        required=False,
    )
    danger = LongTextField(
        label=gettext_lazy("The danger that an offence may be committed"),
        help_text=gettext_lazy(
            "Which offence, by whom, and why it is more than a thought. Only some grounds ask for it."
        ),
        required=False,
        rows=3,
    )
    purposes_considered = forms.MultipleChoiceField(
        label=gettext_lazy("Purposes of Art. 1(3) you have considered"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    true_purpose = forms.ChoiceField(
        label=gettext_lazy("The true purpose of the publication"), required=False, widget=forms.RadioSelect
    )
    polemic = forms.ChoiceField(
        label=gettext_lazy("Is it polemic or controversial in public debate?"),
        choices=_TRILEAN,
        required=False,
        widget=forms.RadioSelect,
    )
    exemption_reasoning = LongTextField(
        label=gettext_lazy("Why the exemption applies, or does not"), required=False, rows=3
    )
    scope_kind = forms.ChoiceField(
        label=gettext_lazy("Where does the measure hold?"), required=False, widget=forms.RadioSelect
    )
    scope_countries = forms.MultipleChoiceField(
        label=gettext_lazy("Countries"), required=False, widget=forms.CheckboxSelectMultiple
    )
    scope_reasoning = LongTextField(
        label=gettext_lazy("Why there, and not in fewer places"), required=False, rows=2
    )
    language = forms.CharField(
        label=gettext_lazy("In which language is the content?"),
        help_text=gettext_lazy("As a short code: en, fr, ar …"),
        required=False,
        max_length=35,
    )
    understood_by = forms.ChoiceField(
        label=gettext_lazy("Who understood it?"),
        choices=_UNDERSTOOD,
        required=False,
        widget=forms.RadioSelect,
    )
    linguist_id = forms.TypedChoiceField(
        label=gettext_lazy("Which linguist?"),
        help_text=gettext_lazy(
            "Somebody from elsewhere whom this service invited. Hand them the case, so that they can read it."
        ),
        required=False,
        coerce=UUID,
        empty_value=None,
    )
    understood_by_note = forms.CharField(
        label=gettext_lazy("What the linguist said, or the translation and its limits"),
        required=False,
        max_length=500,
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("What do you conclude?"), required=False, widget=forms.RadioSelect
    )
    reasoning = LongTextField(
        label=gettext_lazy("Your reasons"),
        help_text=gettext_lazy("Why this and not less, or more."),
        required=False,
        rows=5,
    )

    def __init__(
        self, *args: Any, road: str, ground: str = "", closed: Collection[str] = (), **kwargs: Any
    ) -> None:
        """Add the parts of the law data, limit the territory to what the ground's basis allows; leave `closed` out."""
        super().__init__(*args, **kwargs)
        self.road = road
        is_shown = not self.is_bound
        for prefix, parts in (("test_", law.three_part_test()), ("factor_", law.rabat_factors())):
            for part in parts.values():
                self.fields[prefix + part.id] = LongTextField(
                    label=_(part.title), help_text=_(part.help), required=False, rows=2
                )
        purposes = [(one.id, _(one.title)) for one in law.purposes().values()]
        none = (law.NO_EXEMPT_PURPOSE, _("None of them"))
        self._choices("ground", [("", _("Choose")), *_grounds(road)])
        self._choices("purposes_considered", purposes)
        self._choices("true_purpose", [none, *purposes])
        self._choices("linguist_id", _linguists())
        self._choices("outcome", [choice for choice in OUTCOMES[road] if choice[0] not in closed])
        if road == "order":
            for name in ("scope_kind", "scope_countries", "scope_reasoning"):
                del self.fields[name]
        else:
            self._limit_scope(self.data.get("ground", ground) if self.is_bound else ground)
        for name, field in self.fields.items():
            # On paper nothing here is optional; only a draft may be kept with gaps.
            field.required = is_shown and name not in _SOMETIMES

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _limit_scope(self, ground_id: str) -> None:
        limits = scope_limits(ground_id)
        kinds: list[tuple[str, Any]] = [("countries", _("In the countries ticked below"))]
        if limits.worldwide:
            kinds.append(("worldwide", _("Everywhere")))
        self._choices("scope_kind", kinds)
        self._choices("scope_countries", [(code, country_name(code)) for code in limits.countries])
        self.fields["scope_countries"].help_text = limits.words

    def values(self) -> dict[str, Any]:
        """Return the answers as the columns hold them."""
        given = dict(self.cleaned_data)
        given["polemic"] = {"yes": True, "no": False}.get(given.get("polemic", ""))
        return given

    @staticmethod
    def initial_of(draft: Any, names: Any) -> dict[str, Any]:
        """Return a kept draft as the form shows it."""
        kept = {name: getattr(draft, name) for name in names}
        kept["polemic"] = "" if kept["polemic"] is None else "yes" if kept["polemic"] else "no"
        return kept


class ScopeLimits:
    """The countries a ground's usual basis allows, whether everywhere is allowed, and that in words."""

    def __init__(self, countries: list[str], *, worldwide: bool, words: str) -> None:
        """Keep the limits."""
        self.countries, self.worldwide, self.words = countries, worldwide, words


def scope_limits(ground_id: str) -> ScopeLimits:
    """Return where a measure on this ground may hold; the widest choice while no ground is chosen."""
    exercise = config().demo
    ground = bases.grounds(exercise=exercise).get(ground_id)
    host = parties.host_facts()
    everywhere = sorted(set(territory("EU").members(exercise=exercise)) | set(host.offers_in))
    if ground is None:
        return ScopeLimits(
            everywhere, worldwide=True, words=_("Choose the ground first; it limits the territory.")
        )
    basis = bases.basis(BASIS_OF_KIND[ground.kind])
    if basis.largest_scope is bases.Bound.WORLDWIDE:
        return ScopeLimits(
            everywhere, worldwide=True, words=_("The terms of the service may hold everywhere.")
        )
    return ScopeLimits(
        sorted(ground.illegal_in(exercise=exercise)),
        worldwide=False,
        words=_("Only where the content is unlawful on this ground."),
    )


def default_countries(ground_id: str) -> tuple[str, list[str]]:
    """Return the territory a ground's usual basis has when nobody names one."""
    exercise = config().demo
    ground = bases.grounds(exercise=exercise).get(ground_id)
    if ground is None:
        return "", []
    try:
        scope = bases.default_scope(bases.basis(BASIS_OF_KIND[ground.kind]), ground=ground, exercise=exercise)
    except LawError:
        return "", []
    return scope.kind.value, sorted(scope.countries)


def who_understood(assessment: "Assessment") -> str:
    """Return who understood the language of the content, a linguist by name where an account stands behind it."""
    if assessment.understood_by == "linguist" and assessment.linguist is not None:
        return _("The linguist %(name)s") % {"name": assessment.linguist.name}
    return str(_WHO.get(assessment.understood_by, ""))


def _linguists() -> list[tuple[str, Any]]:
    """Offer the people from elsewhere; where there is none, say how one gets one."""
    people = [(str(one.id), one.name) for one in parties.people_from_outside()]
    return [("", _("Choose") if people else _("Nobody is invited yet: an administrator does that")), *people]


def _grounds(road: str) -> list[tuple[str, Any]]:
    found = []
    for ground in bases.grounds(exercise=config().demo).values():
        if road == "order" and ground.kind is not bases.GroundKind.TCO_TYPE:
            continue
        found.append((ground.id, f"{_(ground.title)} ({citation(ground.article)})"))
    return found
