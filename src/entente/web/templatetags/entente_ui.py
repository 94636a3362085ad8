"""Components of Entente's pages, as template tags.

Owns the mark-up that is used on more than one page, so that a state, a clock or
a form field looks and sounds the same everywhere. Each tag is documented by its
docstring and shown in ``entente/gallery.html``. No tag reads the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from django import template
from django.forms import BoundField
from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi

from entente.web import time_text
from entente.web.icons import DIRECTED, ICONS, SHAPES

register = template.Library()

#: Tone of a badge or callout to the shape that stands beside its word.
TONE_SHAPES: Final[dict[str, str]] = {
    "neutral": "ring",
    "accent": "half",
    "ample": "disc",
    "near": "triangle",
    "over": "square",
}

#: Kind of a callout (or level of a Django message) to its tone and icon.
CALLOUTS: Final[dict[str, tuple[str, str]]] = {
    "info": ("accent", "info"),
    "debug": ("neutral", "info"),
    "success": ("ample", "check"),
    "caution": ("near", "caution"),
    "warning": ("near", "caution"),
    "refusal": ("over", "refusal"),
    "error": ("over", "refusal"),
}

#: Level of time left to the shape beside its word.
LEVEL_SHAPES: Final[dict[str, str]] = {
    "ample": "disc",
    "near": "triangle",
    "over": "square",
    "met": "check",
    "none": "dash",
}

HOUR_LINE_STEPS: Final = (600, 1200, 1800, 2700, 3300)


def _now(context: Context) -> datetime:
    now = context.get("server_now")
    return now if isinstance(now, datetime) else timezone.now()


def _engine(context: Context) -> template.Engine:
    """Give the engine that renders now, so that components follow their page."""
    rendering = context.template
    if rendering is None:
        raise template.TemplateSyntaxError("A component is rendered inside a template only.")
    return rendering.engine


@register.filter(expects_localtime=True)
def day(value: datetime | None) -> str:
    """Write a day with its month in full, in the reader's language: letters, pages of the public."""
    if value is None:
        return ""
    return date_format(value, "j F Y" if _is_english() else "DATE_FORMAT")


@register.filter(expects_localtime=True)
def brief(value: datetime | date | None, form: str = "j M Y, H:i:s T") -> str:
    """Write a moment with a short month, as the reader's language shortens it: lists, clocks, the console.

    ``form`` is one of Django's date formats with ``j M`` in it; time is always on 24 hours.
    """
    if value is None:
        return ""
    if not _is_english():
        form = form.replace("M", "N")
    if (get_language() or "").startswith("de"):
        form = form.replace("j N", "j. N")
    written = date_format(value, form)
    return written.replace(", ", "، ") if (get_language() or "").startswith("ar") else written


def _is_english() -> bool:
    return (get_language() or "en").startswith("en")


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """Draw one of our line icons; with a ``label`` it speaks, else it is decoration.

    ``size`` is "", "small" or "large". An unknown name raises, so that a typo is
    found by the first test that renders the page.
    """
    classes = "icon" + (f" icon--{size}" if size else "") + (" icon--directed" if name in DIRECTED else "")
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5"'
        ' stroke-linecap="round" stroke-linejoin="round" {} focusable="false">{}</svg>',
        classes,
        voice,
        mark_safe(ICONS[name]),  # noqa: S308 - our own constant
    )


@register.simple_tag
def shape(name: str) -> SafeString:
    """Draw one of the solid shapes that stand beside a word; never speaks."""
    return format_html(
        '<svg class="shape" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{}</svg>',
        mark_safe(SHAPES[name]),  # noqa: S308 - our own constant
    )


@register.simple_tag
def state(text: object, tone: str = "neutral", shape_name: str = "") -> SafeString:
    """Show a state as a word with a shape; ``tone`` is one of :data:`TONE_SHAPES`."""
    return format_html(
        '<span class="state state--{}">{}<span>{}</span></span>',
        tone,
        shape(shape_name or TONE_SHAPES[tone]),
        text,
    )


@register.simple_tag
def kbd(key: str) -> SafeString:
    """Show a key hint; hidden from assistive technology, which hears aria-keyshortcuts."""
    keys = key.split()
    inner = format_html("{}" * len(keys), *(format_html("<kbd>{}</kbd>", part) for part in keys))
    return format_html('<span class="key" aria-hidden="true">{}</span>', inner)


@register.simple_tag
def ui_words() -> SafeString:
    """Emit the words our scripts need as a JSON data block (no code, CSP-safe)."""
    return json_script(time_text.words(), "entente-words")


@register.inclusion_tag("entente/components/time_left.html", takes_context=True)
def time_left(
    context: Context,
    due_at: datetime | None,
    *,
    start_at: datetime | None = None,
    near_seconds: int | None = None,
    steps: Iterable[int] | None = None,
    announce: str = "",
    size: str = "",
    met_at: datetime | None = None,
    in_full: bool = False,
) -> dict[str, object]:
    """Show the time left until ``due_at`` with its word and shape, live where scripts run.

    ``start_at`` lets the last quarter count as near; ``near_seconds`` overrides it.
    ``steps`` are seconds after ``start_at`` at which ``announce`` (what the clock
    belongs to) is read out; without both, the clock is silent. ``met_at`` stops it.
    ``size``: "" in a line, "large" at the head of a page; ``in_full`` writes the day as letters do.
    """
    text = time_text.describe(
        due_at=due_at,
        now=_now(context),
        start_at=start_at,
        near_seconds=near_seconds,
        met_at=met_at,
    )
    return {
        "text": text,
        "shape": LEVEL_SHAPES[text.level],
        "due_at": due_at,
        "start_at": start_at,
        "steps": " ".join(str(step) for step in steps or ()),
        "announce": announce,
        "size": size,
        "in_full": in_full,
        "is_live": text.level in {"ample", "near", "over"},
    }


@register.inclusion_tag("entente/components/hour_line.html", takes_context=True)
def hour_line(
    context: Context,
    start_at: datetime,
    due_at: datetime,
    steps: Iterable[int] = HOUR_LINE_STEPS,
    met_at: datetime | None = None,
) -> dict[str, object]:
    """Draw the time of a deadline as a ruler: alarm steps as ticks, now as the mark.

    ``steps`` are seconds after ``start_at``. Meant for decoration beside
    :func:`time_left`, which says the same in words.
    """
    total = max((due_at - start_at).total_seconds(), 1.0)
    mirrored = get_language_bidi()

    def place(seconds: float) -> str:
        share = min(max(seconds / total, 0.0), 1.0) * 100
        return f"{100 - share if mirrored else share:.2f}%"

    at = met_at or _now(context)
    passed = (at - start_at).total_seconds()
    text = time_text.describe(due_at=due_at, now=_now(context), start_at=start_at, met_at=met_at)
    return {
        "ticks": [
            {"x": place(step), "text": time_text.step_text(step), "passed": step <= passed}
            for step in steps
            if 0 < step < total
        ],
        "begin": place(0),
        "end": place(total),
        "mark": place(passed),
        "mirrored": mirrored,
        "start_at": start_at,
        "due_at": due_at,
        "is_live": met_at is None,
        "level": text.level,
    }


@register.inclusion_tag("entente/components/field.html")
def field(bound: BoundField, hint: str = "", label: str = "") -> dict[str, object]:
    """Render a form field with its label, help and errors wired for assistive technology."""
    help_text = hint or bound.help_text
    widget = bound.field.widget
    kind = str(getattr(widget, "input_type", "") or type(widget).__name__.lower())
    ids = []
    if help_text:
        ids.append(f"{bound.auto_id}_help")
    if bound.errors:
        ids.append(f"{bound.auto_id}_errors")
    attrs: dict[str, str | bool] = {"aria-describedby": " ".join(ids)} if ids else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "label": label or bound.label,
        "help": help_text,
        "kind": kind,
        "grouped": bool(widget.use_fieldset) or kind == "radio",
        "optional": not bound.field.required and kind != "checkbox",
        "described": " ".join(ids),
    }


@register.inclusion_tag("entente/components/form_errors.html")
def form_errors(form: Any) -> dict[str, object]:
    """Summarise a form's errors on top of it, each a link to its field."""
    return {"form": form, "rows": [bound for bound in form if bound.errors]}


@register.inclusion_tag("entente/components/timeline.html")
def timeline(events: Iterable[Mapping[str, object] | object]) -> dict[str, object]:
    """Show what happened, oldest first.

    Each event has ``at``, ``title``; optional ``who``, ``text``, ``tone``, ``icon``.
    """
    return {"events": events}


@register.inclusion_tag("entente/components/facts.html")
def facts(pairs: Iterable[tuple[object, object]], layout: str = "") -> dict[str, object]:
    """Show (name, value) pairs as a definition list; ``layout`` "" or "narrow"."""
    return {"pairs": pairs, "layout": layout}


@register.inclusion_tag("entente/components/empty_state.html")
def empty_state(
    title: str,
    text: str = "",
    icon_name: str = "inbox",
    url: str = "",
    label: str = "",
) -> dict[str, object]:
    """Say that there is nothing, why, and what to do about it."""
    return {"title": title, "text": text, "icon_name": icon_name, "url": url, "label": label}


@register.inclusion_tag("entente/components/steps.html")
def steps(items: Sequence[object], current: int = 1) -> dict[str, object]:
    """Show the steps of a form over several pages; ``current`` counts from 1."""
    return {"items": items, "current": current}


@register.inclusion_tag("entente/components/pager.html")
def pager(
    previous_url: str = "",
    next_url: str = "",
    text: str = "",
) -> dict[str, object]:
    """Link to the page before and after; ``text`` says where one stands."""
    return {"previous_url": previous_url, "next_url": next_url, "text": text}


@register.inclusion_tag("entente/components/preview.html")
def preview(
    poster_url: str,
    *,
    full_url: str = "",
    kind: str = "image",
    alt: str = "",
    preferences: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Show hard material with care: blurred, grey, silent, small, still first.

    ``poster_url`` is the server's own grey blurred still, ``full_url`` the item
    from the vault, fetched only when asked for. ``kind``: "image", "video", "audio";
    a film or a sound gets controls of our own, which no blur covers, and plays only
    when they are pressed.
    ``preferences``: ``blur`` strong|light|off, ``colour`` grey|full, ``size``
    small|full, ``sound`` off|on.
    """
    chosen = {"blur": "strong", "colour": "grey", "size": "small", "sound": "off", **(preferences or {})}
    return {
        "poster_url": poster_url,
        "full_url": full_url,
        "kind": kind,
        "alt": alt,
        "chosen": chosen,
    }


@register.simple_block_tag
def hidden_text(content: str, summary: str) -> SafeString:
    """Keep a hard text behind a click: ``{% hidden_text "Show the text" %}...{% endhidden_text %}``."""
    return format_html(
        '<details class="hidden-text" data-viewing><summary class="button button--small">{} {}</summary>'
        '<blockquote class="hidden-text__body">{}</blockquote></details>',
        icon("eye"),
        summary,
        content,
    )


@register.simple_block_tag
def callout(content: str, kind: str = "info", title: str = "") -> SafeString:
    """Set a remark apart; ``kind`` info, success, caution or refusal; say what to do."""
    tone, drawing = CALLOUTS.get(kind, CALLOUTS["info"])
    head = format_html('<p class="callout__title">{}</p>', title) if title else ""
    voice = mark_safe(' role="alert"') if tone == "over" else ""
    return format_html(
        '<div class="callout callout--{}"{}>{}<div class="callout__body">{}{}</div></div>',
        tone,
        voice,
        icon(drawing),
        head,
        content,
    )


@register.simple_block_tag(takes_context=True)
def confirm(
    context: Context,
    content: str,
    *,
    url: str,
    title: str,
    submit: str,
    tone: str = "primary",
    cancel_url: str = "",
    key: str = "",
) -> SafeString:
    """Ask before acting: says what will happen, one button that does it, one way back.

    The block holds the consequences in words, and any fields. ``tone`` is
    "primary" or "danger"; ``key`` a shortcut for the main button.
    """
    html = _engine(context).get_template("entente/components/confirm.html")
    return html.render(
        Context(
            {
                "content": content,
                "url": url,
                "title": title,
                "submit": submit,
                "tone": tone,
                "cancel_url": cancel_url,
                "key": key,
                "csrf_token": context.get("csrf_token", ""),
            }
        ),
    )


@register.simple_block_tag
def bulk_bar(content: str, label: str) -> SafeString:
    """Hold the buttons for selected rows; stands inside the form around the table.

    Rows carry ``<input type="checkbox" data-select>``, the head one with
    ``data-select-all``. ``label`` names the bar for assistive technology.
    """
    return format_html(
        '<div class="bulk" role="group" aria-label="{}"><span class="bulk__count" data-select-count '
        'role="status"></span><div class="row">{}</div></div>',
        label,
        content,
    )
