"""What is rendered once is what Django's own templates would render each time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.template import Context, Engine, Template
from django.urls import NoReverseMatch, get_script_prefix, set_script_prefix
from django.utils import translation
from django.utils.safestring import SafeString

from kesher.core.templatetags.components import key_of
from kesher.core.templatetags.ui import field_inputs
from kesher.core.ui.form_renderer import FormRenderer

CHIP = Template("{% chip text=text icon=icon url=url %}")
AVATAR = Template("{% avatar name=name %}")


@dataclass(frozen=True)
class Link:
    title: str


def words(html: str) -> str:
    return " ".join(html.split())


def test_a_component_shows_its_own_inputs() -> None:
    shown = [CHIP.render(Context({"text": text, "url": "/a/"})) for text in ("דנה", "<b>", SafeString("<b>"), "דנה")]
    assert shown[0] == shown[3]
    assert "דנה" in shown[0]
    assert "&lt;b&gt;" in shown[1]
    assert "<b>" in shown[2]
    assert "<a" not in CHIP.render(Context({"text": "דנה", "url": ""}))
    assert "דנ" not in AVATAR.render(Context({"name": "Omar Nassar"}))


def test_a_component_is_stored_by_language() -> None:
    template = Template('{% pager next="/2/" %}')
    with translation.override("he"):
        hebrew = template.render(Context())
    with translation.override("en"):
        assert template.render(Context()) != hebrew


@pytest.mark.parametrize(
    "given",
    [
        {"csrf": "token"},
        {"items": [{"csrf": "token"}]},
        {"text": "a" * 1001},
        {"items": ["a"] * 1001},
        {"at": object()},
        {"items": [object()]},
    ],
)
def test_what_is_one_visitor_s_or_may_change_is_not_stored(given: dict[str, Any]) -> None:
    assert key_of("components/chip.html", given) is None


def test_equal_values_of_different_types_are_different() -> None:
    values = (1, True, 1.0, "1", SafeString("1"), [1], (1,), [True], ["1"], {"a": 1}, {"a": True}, Link("1"), Link("2"))
    assert len({key_of("a", {"value": value}) for value in values}) == len(values)


def test_lists_and_dataclasses_are_stored_by_what_they_contain() -> None:
    links = [{"title": "A", "url": "/a/", "current": True}, {"title": "B", "url": "/b/", "current": False}]
    template = Template('{% tabs label="" items=links %}')
    shown = template.render(Context({"links": links}))
    assert shown == template.render(Context({"links": [dict(link) for link in links]}))
    links[1]["title"] = "C"
    assert ">C</a>" in template.render(Context({"links": links}))


def test_what_is_stored_has_no_token_of_a_visitor(tmp_path: Path) -> None:
    (tmp_path / "form.html").write_text("<form>{% csrf_token %}</form>")
    engine = Engine(dirs=[str(tmp_path)], builtins=["kesher.core.templatetags.ui"])
    template = engine.from_string('{% part "form.html" %}')
    assert template.render(Context({"csrf_token": "secret"})) == "<form></form>"


def test_a_constant_text_is_translated_into_each_language() -> None:
    template = Template('{% translate "Close" %}|{% translate "Close" as word %}{{ word }}|{% translate other %}')
    shown = {}
    for code in ("he", "en", "he"):
        with translation.override(code):
            shown[code] = template.render(Context({"other": "Close"})).split("|")
            assert set(shown[code]) == {translation.gettext("Close")}
    assert shown["he"] != shown["en"]


class Widgets(forms.Form):
    name = forms.CharField(max_length=60, help_text="x", widget=forms.TextInput({"data-x": '"<&>"', "autofocus": True}))
    off = forms.CharField(widget=forms.TextInput({"hidden": False, "class": SafeString("a&amp;b")}))
    mail = forms.EmailField()
    number = forms.IntegerField(min_value=0, max_value=9)
    amount = forms.DecimalField()
    day = forms.DateField()
    moment = forms.DateTimeField()
    secret = forms.CharField(widget=forms.PasswordInput)
    hidden = forms.CharField(widget=forms.HiddenInput)
    agreed = forms.BooleanField()
    text = forms.CharField(widget=forms.Textarea)
    area = forms.ChoiceField(
        choices=[("", "<none>"), ("a", SafeString("A &amp; b")), ("Group <1>", [("b", "B"), ("c", "C")])]
    )
    several = forms.MultipleChoiceField(choices=[(1, "one"), (2, "two")])
    radio = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    file = forms.FileField()


VALUES = {
    "name": '<script>"', "number": "7", "amount": "1234.5", "day": "2026-11-28", "agreed": "on", "area": "b", "several": ["2"],
    "text": "a\n<b>", "hidden": "é", "radio": "a", "mail": "",
}  # fmt: skip


@pytest.mark.parametrize("values", [None, VALUES])
def test_widgets_are_those_of_django(values: dict[str, Any] | None) -> None:
    ours, theirs = Widgets(values, renderer=FormRenderer()), Widgets(values, renderer=DjangoTemplates())
    for name in Widgets.base_fields:
        assert words(str(ours[name])) == words(str(theirs[name])), name


def test_a_field_is_stored_unless_it_was_filled_in() -> None:
    empty, filled = Widgets(renderer=FormRenderer()), Widgets(VALUES, renderer=FormRenderer())
    for name in ("name", "agreed", "area", "radio", "hidden"):
        assert key_of("components/field.html", field_inputs(empty[name])) is not None, name
        assert key_of("components/field.html", field_inputs(filled[name])) is None, name


def test_a_stored_path_is_that_of_its_own_page() -> None:
    named = "{% url 'site:home' as home %}{{ home }}|{% url 'site:nothing' as none %}{{ none }}"
    template = Template("{% url 'site:file' key %}|" + named)
    shown = [template.render(Context({"key": key})) for key in ("a", "b", "a")]
    assert shown == ["/files/a|/|", "/files/b|/|", "/files/a|/|"]
    with pytest.raises(NoReverseMatch):
        Template("{% url 'site:nothing' %}").render(Context())
    before = get_script_prefix()
    try:
        set_script_prefix("/below/")
        assert template.render(Context({"key": "a"})) == "/below/files/a|/below/|"
    finally:
        set_script_prefix(before)
