"""Words of the console as template filters; the mappings are `entente.web.console.fact_words`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext

from entente.apps.parties.choices import Scope
from entente.core.signals.registry import signal_types
from entente.web import law_text
from entente.web.console import fact_words, words
from entente.web.public.places import citation, language_name

register = template.Library()
_LONGEST_IN_ONE_PIECE: Final = 24


@register.filter
def purpose(code: str) -> str:
    """Say what a delivery is for; a purpose without words stays as it is."""
    return str(fact_words.PURPOSES.get(code, code))


@register.filter
def signal_type(name: str) -> str:
    """Say what people call a signal type; one that this process does not know keeps its name."""
    kind = signal_types().get(name)
    return kind.title if kind is not None else name


@register.filter
def distance_unit(name: str) -> str:
    """Say what a distance of a signal type counts."""
    kind = signal_types().get(name)
    return gettext(kind.distance_unit) if kind is not None else ""


@register.filter
def bank_policy(code: str) -> str:
    """Say what a bank's policy lets a match lead to."""
    return str(words.POLICIES.get(code, code))


@register.filter
def why_not_restricted(code: str) -> str:
    """Say why a match restricted nothing by itself."""
    return str(words.NOT_RESTRICTED.get(code, code))


@register.filter
def check_answer(code: str) -> str:
    """Say how a check was answered."""
    return str(words.CHECK_ANSWERS.get(code, code))


@register.filter
def transport(code: str) -> str:
    """Say which way a delivery goes."""
    return str(fact_words.TRANSPORTS.get(code, code))


@register.filter
def next_step(case: Any) -> str:
    """Say what a case waits for: only an order can be challenged, everything else has a complaint to decide."""
    if case.stage == "follow" and case.kind != "order":
        return gettext("Complaint to decide")
    return str(words.STAGES.get(case.stage, case.stage))


@register.filter
def called(case: Any) -> SafeString:
    """Name a case: its title, with references kept in one piece; its number where the sender named nothing."""
    title = case.title.strip(" ,?") or case.reference
    return format_html_join(" ", "{}", ((_unbroken(word),) for word in title.split()))


def _unbroken(word: str) -> str:
    if "-" in word and "/" not in word and len(word) <= _LONGEST_IN_ONE_PIECE:
        return format_html('<span class="nowrap">{}</span>', word)
    return word


@register.filter
def arrived(moment: datetime, at: datetime) -> str:
    """Say how long ago a message arrived; under a minute nobody counts."""
    if at - moment < timedelta(minutes=1):
        return gettext("arrived just now")
    return gettext("arrived %(ago)s ago") % {"ago": timesince(moment, at)}


@register.filter
def in_words(code: str) -> str:
    """Say a code of a table, such as the reason of a refusal, in words."""
    return fact_words.text("", code)


@register.filter
def language(code: str) -> str:
    """Name a language in the reader's own."""
    return language_name(code) if code else ""


@register.filter
def languages(codes: Iterable[str]) -> str:
    """Name several languages, in the order they were given."""
    return ", ".join(language_name(code) for code in codes)


@register.filter
def country(code: str) -> str:
    """Name a country given by its two letters."""
    return law_text.country(code)


@register.filter
def countries(codes: Iterable[str]) -> str:
    """Name several countries, in the order they were given."""
    return ", ".join(law_text.country(code) for code in codes)


@register.filter
def cited(article: str) -> str:
    """Cite a provision as the reader does."""
    return citation(article)


@register.filter
def scope(code: str) -> str:
    """Say what a token may be used for."""
    return str(Scope(code).label) if code in Scope.values else code


@register.filter
def subject(code: str) -> str:
    """Say what kind of thing an event of the record is about."""
    return str(fact_words.SUBJECTS.get(code, code.replace("_", " ")))


@register.filter
def actor(code: str) -> str:
    """Say who acts where nobody has a name."""
    return str(fact_words.ACTORS.get(code, code))
