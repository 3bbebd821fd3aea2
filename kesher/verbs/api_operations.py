"""Describe the operations of the API that are made from verbs, and what waits for a code."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from django import forms
from django.utils.translation import gettext_lazy as _

from kesher.conversations.contact_address_fields import CodeField
from kesher.core.api.api_operations import Operation, Who
from kesher.core.ui.form_fields import AttachmentField


class ConfirmLink(TypedDict):
    """The URL to which to bring the code."""

    confirm: str


class CodeSent(TypedDict):
    """Where a code went, and where to bring it to."""

    sent_to: str
    links: ConfirmLink


class CodeSentAnswer(TypedDict):
    """Where a code went, and where to bring it to."""

    data: CodeSent


class Pending(CodeSent):
    """What waits for a code; ``id``: the number of what was begun, ``offer``: the seal of an offer."""

    state: str
    id: NotRequired[int]
    offer: NotRequired[str]


class PendingAnswer(TypedDict):
    """What waits for a code that was sent."""

    data: Pending


class ReceiptLink(TypedDict):
    """A link of a receipt."""

    title: str
    url: str


class VerbReceipt(TypedDict):
    """What was done, in words; ``reference``: the number by which to name it."""

    state: str
    text: str
    reference: str
    links: list[ReceiptLink]


class VerbReceiptAnswer(TypedDict):
    """What was done."""

    data: VerbReceipt


class FileForm(forms.Form):
    """A file that a form will name by its key."""

    file = AttachmentField(label=_("A picture, a sound file or a PDF"))


class StoredFile(TypedDict):
    """A stored file; its ``key`` is the value of a form's field."""

    key: str
    name: str
    mime: str


class StoredFileAnswer(TypedDict):
    """A stored file."""

    data: StoredFile


UPLOAD = Operation(
    method="POST",
    title=_("Upload a file, and name its key in another request. What no request names within a day is deleted."),
    answers={201: StoredFileAnswer},
    form=FileForm,
    errors=(422, 429),
    checked=False,
    media="multipart/form-data",
    example={"file": "lamp.jpg"},
)
DOCUMENT = Operation(title=_("Read this description of the API (OpenAPI)."), answers={200: dict[str, Any]})
CONFIRM = Operation(
    method="POST",
    title=_("Bring the code for a request; it is done then."),
    answers={200: VerbReceiptAnswer},
    fields={"code": CodeField(label=_("Which code did you get?"), max_length=60)},
    errors=(429,),
    who=Who.CODE,
    example={"code": "123456"},
)
