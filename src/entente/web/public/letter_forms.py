"""What a person affected writes to us, or with our help to an authority."""

from typing import TYPE_CHECKING

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.orders import facts

if TYPE_CHECKING:
    from entente.apps.cases.models import StatementOfReasons
    from entente.web.public.letter_facts import Letter

_LONGEST = 20_000


class ComplaintForm(forms.Form):
    """A complaint: why, and where to answer."""

    text = forms.CharField(
        label=gettext_lazy("What is wrong with this decision?"),
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("In your own words. Say what the content is for, and what was misunderstood."),
    )
    contact_mail = forms.EmailField(
        label=gettext_lazy("E-mail address for the answer"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy("Without one, the answer waits for you on the page you see next."),
    )


class ScrutinyForm(forms.Form):
    """The reasoned request of TCO Art. 4(4), written for the person and theirs to change."""

    text = forms.CharField(
        label=gettext_lazy("Your request"), max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 16})
    )
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=gettext_lazy("The authority needs to know who asks. We pass it on and to nobody else."),
    )
    contact_mail = forms.EmailField(
        label=gettext_lazy("Where the authority can reach you"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


def scrutiny_words(letter: "Letter", statement: "StatementOfReasons") -> str:
    """Return the request as we prepare it, in the reader's language; the reasons are the person's to write."""
    part = letter.order
    authority = facts.scrutiny_authority()
    informed = statement.informed_at
    lines = [
        _("To %(authority)s,") % {"authority": authority.name if authority else "…"},
        _(
            "I ask you to examine, under Article 4(4) of Regulation (EU) 2021/784, the removal order %(reference)s of %(issuer)s (%(country)s)."
        )
        % {
            "reference": part.reference if part else "",
            "issuer": part.authority if part else "",
            "country": part.country if part else "",
        },
        _("It concerns my content at %(url)s, which %(host)s has disabled because of the order.")
        % {"url": letter.decision.item.url, "host": letter.host},
        _("I was informed on %(at)s.")
        % {"at": date_format(timezone.localtime(informed), "j F Y, H:i T") if informed else "…"},
        _(
            "In my view the order seriously or manifestly infringes the Regulation or the rights and freedoms of the Charter of Fundamental Rights, because:"
        ),
        "…",
    ]
    return "\n\n".join(lines)
