"""What a declaration must hold to."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ImproperlyConfigured

from kesher.contacts.service_caller import Call
from kesher.dialogues.forms import StepForm
from kesher.verbs.declaration import VERBS, Receipt, Verb, register
from tests.structure import PACKAGE


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


def names_used(path: Path) -> set[str]:
    return {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute | ast.Name)
    }


def services_of(app: Path) -> set[str]:
    """Return the writing services that an app's verbs execute, at once or when a code comes back."""
    nodes = ast.walk(ast.parse((app / "verbs.py").read_text(encoding="utf-8")))
    called = {node.attr for node in nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "services"}
    return {name for name in called if not name.startswith("find_")}


@pytest.mark.parametrize("app", sorted(PACKAGE.glob("*/verbs.py")), ids=lambda path: path.parent.name)
def test_what_a_verb_executes_is_called_through_the_verb_alone(app: Path) -> None:
    """No page, operation, dialogue or desk of its app calls the service by itself."""
    executed = services_of(app.parent)
    doors = [
        path
        for path in app.parent.rglob("*.py")
        if path != app and not {"services", "services.py", "tests"} & set(path.relative_to(app.parent).parts)
    ]
    assert executed
    assert not [(path.name, name) for path in doors for name in sorted(executed & names_used(path))]
