"""Convert a chat form's web page to the raw answers that chats store, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms import BoundField, Field
from django.http import HttpRequest

from kesher.contacts.models import Contact
from kesher.core.models import Attachment
from kesher.core.ui.form_fields import AttachmentField
from kesher.dialogues.forms import StepForm

# Further fields of the page: a file that was sent before, and the checkbox to remove it.
KEPT, DROP = "kept_", "drop_"


@dataclass(frozen=True, slots=True)
class Row:
    """One question on a page, with the file that was uploaded for it."""

    field: BoundField
    kept: Attachment | None = None


def initial_form(
    kind: type[StepForm], answers: Mapping[str, Any], *, subject: Any = None, contact: Contact | None = None
) -> StepForm:
    """Return a skill's form for the first display of its page, filled with the raw answers so far."""
    form = kind(initial=dict(answers), subject=subject, contact=contact)
    form.use_required_attribute = False  # the server reports missing answers, in the person's language
    return form


def read_form(
    kind: type[StepForm], request: HttpRequest, *, subject: Any = None, contact: Contact | None = None
) -> tuple[StepForm, dict[str, Any]]:
    """Return (the posted form of a skill, validated; the raw answers of its fields).

    A file becomes an Attachment first; its raw answer is the key, also if the page is shown again with an error
    elsewhere.
    """
    if not any(isinstance(field, AttachmentField) for field in kind.base_fields.values()):
        form = kind(request.POST, request.FILES, subject=subject, contact=contact)
        form.use_required_attribute = False
        return form, {name: raw_answer(request, name, field) for name, field in form.fields.items()}
    posted = request.POST.dict()
    raw: dict[str, Any] = {}
    faults: dict[str, ValidationError] = {}
    for name, field in kind(posted, subject=subject, contact=contact).fields.items():
        if isinstance(field, AttachmentField):
            try:
                raw[name] = file_key(request, name, field)
            except ValidationError as fault:
                raw[name], faults[name] = "", fault
        else:
            raw[name] = raw_answer(request, name, field)
    form = kind.of(raw, subject=subject, contact=contact)
    form.use_required_attribute = False
    form.full_clean()
    for name, error in faults.items():
        if name in form.fields:
            form.add_error(name, error)
    return form, raw


def raw_answer(request: HttpRequest, name: str, field: Field) -> Any:
    """Return a posted answer as conversations store it; "" for none."""
    value = field.widget.value_from_datadict(request.POST, request.FILES, name)
    return "on" if value is True else value or ""


def file_key(request: HttpRequest, name: str, field: AttachmentField) -> str:
    """Return the key of the file uploaded with this request, else of the one uploaded before, else ""."""
    given = request.FILES.get(name)
    if isinstance(given, UploadedFile):
        stored = field.clean(given)
        return stored.key if isinstance(stored, Attachment) else ""
    return "" if request.POST.get(DROP + name) else request.POST.get(KEPT + name, "")


def question_rows(form: StepForm, answers: Mapping[str, Any]) -> list[Row]:
    """Return a form's questions in order as rows for the template, each file question with its file."""
    names = [name for name, field in form.fields.items() if isinstance(field, AttachmentField)]
    wanted = {name: str(answers.get(name) or "") for name in names}
    keys = [key for key in wanted.values() if key]
    found = Attachment.objects.in_bulk(keys, field_name="key") if keys else {}
    asked = [name for name, field in form.fields.items() if getattr(field, "is_asked", True)]
    return [Row(form[name], found.get(wanted.get(name, ""))) for name in asked]
