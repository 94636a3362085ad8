"""What the component tags write."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template import Context, Engine, TemplateSyntaxError
from django.utils import translation

from tests.web.design import gallery, samples

NOW = datetime(2031, 3, 4, 14, 0, tzinfo=UTC)


def _render(source: str, **facts: Any) -> str:
    engine = Engine(
        dirs=[str(gallery.WEB / "templates")],
        libraries={
            "i18n": "django.templatetags.i18n",
            "entente_ui": "entente.web.templatetags.entente_ui",
        },
        builtins=["entente.web.templatetags.entente_ui"],
    )
    return engine.from_string(source).render(Context({"server_now": NOW, **facts}))


def test_icon_speaks_only_with_a_label() -> None:
    assert 'aria-hidden="true"' in _render('{% icon "clock" %}')
    assert 'role="img" aria-label="&lt;Clock&gt;"' in _render('{% icon "clock" label=text %}', text="<Clock>")
    assert "icon--directed" in _render('{% icon "arrow" %}')


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(KeyError):
        _render('{% icon "no-such-icon" %}')


@pytest.mark.parametrize("tone", ["neutral", "accent", "ample", "near", "over"])
def test_state_is_a_word_with_a_shape(tone: str) -> None:
    html = _render("{% state text tone=tone %}", text="<b>", tone=tone)
    assert "<span>&lt;b&gt;</span>" in html
    assert 'class="shape"' in html


def test_time_left_carries_what_the_script_needs() -> None:
    due = NOW + timedelta(minutes=20)
    html = _render(
        '{% time_left due start_at=start steps=steps announce="E-1" %}',
        due=due,
        start=due - timedelta(hours=1),
        steps=[600, 3600],
    )
    assert 'data-due="2031-03-04T14:20:00+00:00"' in html
    assert 'data-near="900"' in html
    assert 'data-steps="600 3600" data-announce="E-1"' in html
    assert '<bdi class="time__clock">20:00</bdi>' in html


def test_time_left_is_silent_without_something_to_say() -> None:
    assert "data-announce" not in _render("{% time_left due steps=steps %}", due=NOW, steps=[1])


def test_time_without_a_deadline_does_not_run() -> None:
    html = _render("{% time_left None %}")
    assert "data-due" not in html
    assert "no deadline" in html


def test_time_that_was_met_does_not_run() -> None:
    html = _render("{% time_left due met_at=met %}", due=NOW, met=NOW - timedelta(minutes=1))
    assert "data-due" not in html
    assert 'data-level="met"' in html


def test_hour_line_follows_the_line_of_reading() -> None:
    facts = {"start": NOW - timedelta(minutes=15), "due": NOW + timedelta(minutes=45)}
    with translation.override("en"):
        assert 'cx="25.00%"' in _render("{% hour_line start due %}", **facts)
    with translation.override("ar"):
        assert 'cx="75.00%"' in _render("{% hour_line start due %}", **facts)


def test_hour_line_keeps_its_mark_on_the_line() -> None:
    html = _render("{% hour_line start due %}", start=NOW - timedelta(hours=9), due=NOW - timedelta(hours=8))
    assert 'cx="100.00%"' in html


def test_field_wires_help_and_errors() -> None:
    form = samples.sample_form(0)
    html = _render("{% field form.mail %}", form=form)
    assert 'aria-describedby="id_mail_help id_mail_errors"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_mail_help"' in html
    assert 'id="id_mail_errors"' in html


def test_field_says_what_is_optional_and_groups_choices() -> None:
    form = samples.sample_form(0)
    assert "optional" in _render("{% field form.received %}", form=form)
    assert "optional" not in _render("{% field form.kind %}", form=form)
    assert "<fieldset" in _render("{% field form.ways %}", form=form)


def test_refusal_speaks_at_once_and_info_does_not() -> None:
    assert 'role="alert"' in _render('{% callout "refusal" title="No" %}<p>x</p>{% endcallout %}')
    assert 'role="alert"' not in _render('{% callout "info" %}<p>x</p>{% endcallout %}')


def test_callout_body_is_escaped_where_it_is_a_variable() -> None:
    assert "&lt;i&gt;" in _render('{% callout "info" %}{{ text }}{% endcallout %}', text="<i>")


def test_confirm_posts_with_its_token() -> None:
    source = '{% confirm url="/x" title="Sure?" submit="Do it" key="e" %}{{ why }}{% endconfirm %}'
    html = _render(source, why="Because <b>", csrf_token="tok")
    assert '<form class="confirm" method="post" action="/x">' in html
    assert 'value="tok"' in html
    assert "Because &lt;b&gt;" in html
    assert 'data-key="e"' in html


def test_preview_is_careful_by_default_and_follows_preferences() -> None:
    html = _render('{% preview "/p" full_url="/f" %}')
    assert 'data-blur="strong" data-colour="grey" data-size="small" data-sound="off"' in html
    assert ' src="/f"' not in html
    assert 'data-blur="off"' in _render('{% preview "/p" preferences=own %}', own={"blur": "off"})


def test_preview_without_the_item_offers_nothing_to_show() -> None:
    assert "data-reveal" not in _render('{% preview "/p" %}')


def test_components_live_in_templates_only() -> None:
    from entente.web.templatetags.entente_ui import _engine

    with pytest.raises(TemplateSyntaxError):
        _engine(Context({}))
