"""What a declaration must hold to."""

from __future__ import annotations

import ast
import inspect
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ImproperlyConfigured

from kesher.contacts.service_caller import Call
from kesher.dialogues.forms import StepForm
from kesher.verbs.declaration import VERBS, Receipt, Verb, register


class LampForm(StepForm):
    where = forms.CharField(label="Where?")


def report_lamp(call: Call, *, where: str) -> str:
    return where


def report_lamp_at(lamp: Any, call: Call, *, where: str) -> str:
    return where


def forget_where(call: Call) -> str:
    return ""


LAMP = Verb(
    name="tests.lamp", title="A lamp", form=LampForm, execute=report_lamp, receipt=lambda text: Receipt(text=text)
)


def test_a_service_takes_the_fields_of_its_form_as_keywords() -> None:
    for wrong in (replace(LAMP, execute=forget_where), replace(LAMP, execute=report_lamp_at)):
        with pytest.raises(ImproperlyConfigured, match="service"):
            register(wrong)
    assert "tests.lamp" not in VERBS


def test_a_service_of_a_verb_with_a_subject_takes_it_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(VERBS, "tests.lamp", raising=False)
    with pytest.raises(ImproperlyConfigured):
        register(replace(LAMP, subject=lambda code: code))
    about = replace(LAMP, subject=lambda code: code, execute=report_lamp_at)
    with pytest.raises(ImproperlyConfigured, match="needs_subject"):
        register(about)
    register(replace(about, needs_subject=True))
    assert VERBS.pop("tests.lamp").is_about("L7")


def test_what_a_verb_executes_is_called_through_the_verb_alone() -> None:
    """No door of its app calls the service by itself."""
    beside = []
    for verb in VERBS.values():
        app = Path(inspect.getfile(verb.execute)).parent
        for path in app.rglob("*.py"):
            if path.stem not in ("services", "verbs", "__init__") and "tests" not in path.relative_to(app).parts:
                words = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
                beside += [f"{path.name}: {verb.name}"] * (verb.execute.__name__ in words)
    assert VERBS
    assert not beside
