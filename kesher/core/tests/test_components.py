"""What is rendered once is what Django's own templates would render each time."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import SafeString

from kesher.core.templatetags.components import key_of
from kesher.core.ui.form_renderer import FormRenderer

CHIP = Template("{% chip text=text icon=icon url=url %}")
AVATAR = Template("{% avatar name=name %}")


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
        {"items": [1]},
        {"text": "a" * 301},
        {"at": object()},
        {"text": translation.gettext_lazy("Close")},
    ],
)
def test_what_is_one_visitor_s_or_may_change_is_not_stored(given: dict[str, Any]) -> None:
    assert key_of("components/chip.html", given) is None


def test_equal_values_of_different_types_are_different() -> None:
    keys = [key_of("a", {"value": value}) for value in (1, True, 1.0, "1", SafeString("1"))]
    assert len(set(keys)) == 5


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
