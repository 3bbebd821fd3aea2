"""Staff forms: reply, change a case's state, log a call, edit a canned response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kesher.agencies.forms import HoursForm
from kesher.agencies.models import Agency, Staff
from kesher.cases.models import ReadyAnswer, Topic
from kesher.cases.reply_box import PLACEHOLDERS, unknown_placeholders
from kesher.cases.services.call_log import COUNTER, PHONE, Call
from kesher.cases.states import TRANSITIONS
from kesher.channels.models import Account, Template
from kesher.contacts.models import Contact
from kesher.contacts.services import find_identity
from kesher.conversations.contact_address_fields import parse_citizen_address
from kesher.conversations.models import Message, Route
from kesher.conversations.services import usable_routes
from kesher.core.contact_address import Address
from kesher.core.files.attachments import store_attachment
from kesher.core.files.file_types import BadFile
from kesher.core.models import Attachment
from kesher.core.ui.form_fields import DayField

FILES = 5


class FilesInput(forms.ClearableFileInput):
    """A file input for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each stored at once, so that a refused answer does not lose them. Cleans to Attachments."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Attachment]:
        """Store the uploaded files and return their attachments. Raise ValidationError for a file that is refused."""
        uploads = [item for item in (data if isinstance(data, list | tuple) else [data]) if item]
        if len(uploads) > FILES:
            raise ValidationError(_("At most five files at once. Please send the rest in a second message."))
        try:
            return [store_attachment(item.read(), name=item.name or "") for item in uploads]
        except BadFile as error:
            raise ValidationError(str(error)) from error


class AnswerForm(forms.Form):
    """What the composer sends.

    ``send_on`` is the button that was pressed, ``route`` what Ctrl+Enter means; ``public_on`` and ``public_route`` are
    the same for an answer under a public message. ``kept`` are the files that an earlier, refused try stored.
    """

    text = forms.CharField(required=False, max_length=20_000, strip=False)
    mode = forms.ChoiceField(choices=[("reply", ""), ("note", "")], required=False)
    seen_seq = forms.IntegerField(required=False, min_value=0)
    route = forms.ModelChoiceField(Route.objects.none(), required=False)
    send_on = forms.ModelChoiceField(Route.objects.none(), required=False)
    public_on = forms.ModelChoiceField(Message.objects.none(), required=False)
    public_route = forms.ModelChoiceField(Message.objects.none(), required=False)
    template = forms.ModelChoiceField(Template.objects.none(), required=False)
    uploads = FilesField(required=False)
    kept = forms.CharField(required=False)

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        """Offer the contact's usable routes and the agency's approved templates."""
        super().__init__(*args, **kwargs)
        theirs = usable_routes(contact)
        set_choices(self, "route", theirs)
        set_choices(self, "send_on", theirs)
        public = Message.objects.stream(contact.family_ids()).filter(public=True, direction="in")
        set_choices(self, "public_on", public)
        set_choices(self, "public_route", public)
        set_choices(self, "template", Template.objects.filter(state=Template.State.APPROVED).select_related("account"))

    def clean_kept(self) -> list[Attachment]:
        """Return the attachments that an earlier, refused sending stored already."""
        keys = str(self.cleaned_data.get("kept") or "").split()[:FILES]
        return list(Attachment.objects.filter(key__in=keys).exclude(state="refused"))

    @property
    def attachments(self) -> list[Attachment]:
        """Return all attachments of the answer: those stored earlier and those sent now."""
        return [*self.cleaned_data.get("kept", []), *self.cleaned_data.get("uploads", [])]

    def how(self) -> dict[str, Any]:
        """Return the keyword arguments for `services.answer`: route or public message, template, attachments."""
        template = self.cleaned_data["template"]
        route = self.cleaned_data["send_on"] or self.cleaned_data["route"]
        answers = self.cleaned_data["public_on"]
        if not (self.cleaned_data["send_on"] or answers or template):
            answers = self.cleaned_data["public_route"]
        if template is not None and (route is None or route.account_id != template.account_id):
            route = self.fields["route"].queryset.filter(account=template.account_id).first()  # type: ignore[attr-defined]
        return {
            "seen_seq": self.cleaned_data["seen_seq"],
            "route": route,
            "template": template,
            "params": self.params(template) if template else (),
            "attachments": [] if template else self.attachments,
            "answers": answers,
        }

    def params(self, template: Template) -> list[str]:
        """Return the posted values of the template's placeholders, in their order."""
        named = [
            (int(name.rpartition("-")[2]), value) for name, value in self.data.items() if is_placeholder(name, template)
        ]
        return [str(value).strip() for _number, value in sorted(named)]


def is_placeholder(name: str, template: Template) -> bool:
    """Return whether a form field's name stands for a placeholder of this template."""
    return name.startswith(f"place-{template.pk}-") and name.rpartition("-")[2].isdecimal()


def set_choices(form: forms.Form, name: str, rows: Any) -> None:
    """Set the rows that a choice field of the form offers, read within the request's agency."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows


class MoveForm(forms.Form):
    """A transition of a case.

    ``tell``: the person is notified, with ``message``, or with a standard text if that is empty.
    """

    # A transition that was possible when the page was rendered is refused by the service, with a reason.
    verb = forms.ChoiceField(
        choices=[(name, name) for name in sorted({name for _state, name in TRANSITIONS} - {"wake"})]
    )
    tell = forms.BooleanField(required=False)
    message = forms.CharField(required=False, max_length=2000)


class TopicForm(forms.Form):
    """The topic of a case."""

    topic = forms.ModelChoiceField(Topic.objects.none(), label=_("Topic"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the agency's active topics."""
        super().__init__(*args, **kwargs)
        set_choices(self, "topic", active_topics())


class OpenForm(TopicForm):
    """A new case for this person; its topic may not be known yet."""

    topic = forms.ModelChoiceField(Topic.objects.none(), required=False)

    title = forms.CharField(label=_("What is the request about?"), max_length=200)


class HoldForm(forms.Form):
    """Why messages to the public and to many are held back."""

    why = forms.CharField(label=_("Why"), max_length=200, help_text=_("Colleagues read it on every page of the desk."))


class HolderForm(forms.Form):
    """Who gets it ("" nobody), and who had it when the page was rendered."""

    to = forms.ModelChoiceField(Staff.objects.none(), required=False)
    expected = forms.ModelChoiceField(Staff.objects.none(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the active staff to assign to; any staff may be the expected present holder."""
        super().__init__(*args, **kwargs)
        set_choices(self, "to", active_staff())
        set_choices(self, "expected", Staff.objects.all())


class PersonForm(forms.Form):
    """A person's name and language."""

    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("Not known")), *settings.LANGUAGES], required=False
    )


class CallForm(forms.Form):
    """A call or a visit. With ``contact`` the person is known, and only the matter is asked."""

    way = forms.ChoiceField(
        label=_("How did they reach us?"), choices=[(PHONE, _("By phone")), (COUNTER, _("At the counter"))],
        widget=forms.RadioSelect, initial=PHONE,
    )  # fmt: skip
    address = forms.CharField(
        label=_("Phone or e-mail"), required=False, max_length=254,
        help_text=_("With it the call joins what this person wrote before. Leave it empty if they would not say."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email", "dir": "ltr"}),
    )  # fmt: skip
    name = forms.CharField(label=_("Name"), required=False, max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial="he")
    topic = forms.ModelChoiceField(
        Topic.objects.none(), label=_("Topic"), required=False, empty_label=_("Not clear yet")
    )
    said = forms.CharField(
        label=_("What did they say?"), max_length=5000, widget=forms.Textarea(attrs={"rows": "4"}),
        help_text=_("In their words, with the place and the time if they named one"),
    )  # fmt: skip
    answer = forms.CharField(
        label=_("What did you answer?"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": "3"}),
    )  # fmt: skip
    settled = forms.BooleanField(label=_("Nothing is left to do"), required=False)

    def __init__(self, *args: Any, contact: Contact | None = None, **kwargs: Any) -> None:
        """Offer the active topics; drop the fields about the caller if ``contact`` is known already."""
        super().__init__(*args, **kwargs)
        set_choices(self, "topic", active_topics())
        if contact is not None:
            for name in ("address", "name", "language"):
                del self.fields[name]

    def clean_address(self) -> Address | None:
        """Return the caller's parsed address; None if the field is empty."""
        text = self.cleaned_data["address"].strip()
        return parse_citizen_address(text) if text else None

    def call(self, contact: Contact | None) -> Call:
        """Return the form's answers as the `Call` that `services.log_call` takes."""
        known = {"language": contact.language if contact else "", **self.cleaned_data}
        return Call(**known)


class ReadyAnswerForm(forms.Form):
    """A canned response: a name, a topic, and a text in each language of the agency."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("By which colleagues find it; nobody else sees it")
    )
    topic = forms.ModelChoiceField(
        Topic.objects.none(), label=_("Topic"), required=False, empty_label=_("For every topic"),
        help_text=_("It then comes first where an open request is about that"),
    )  # fmt: skip

    def __init__(self, *args: Any, row: ReadyAnswer | None, languages: Sequence[str], **kwargs: Any) -> None:
        """Fill in the canned response ``row`` (None: a new one) and add a text field for each language."""
        texts = row.texts if row else {}
        super().__init__(*args, **kwargs)
        self.initial = {"name": row.name, "topic": row.topic_id} if row else {}
        set_choices(self, "topic", active_topics())
        titles = dict(settings.LANGUAGES)
        self.languages = [code for code in [*languages, *texts] if code in titles] or list(titles)
        for code in dict.fromkeys(self.languages):
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Words in %(language)s") % {"language": titles[code]}, required=False, max_length=4000,
                initial=texts.get(code, ""), validators=[validate_placeholders],
                widget=forms.Textarea(attrs={"rows": "3", "lang": code, "dir": "auto", "data-grow": ""}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Return the cleaned data; add an error if there is no text in any language."""
        found = super().clean() or self.cleaned_data
        if not self.errors and not any(self.texts().values()):
            raise ValidationError(_("Write the answer in at least one language."))
        return found

    def texts(self) -> dict[str, str]:
        """Return the texts of the canned response as {language code: text}."""
        return {code: self.cleaned_data.get(f"text_{code}", "") for code in self.languages}

    def values(self) -> dict[str, Any]:
        """Return the keyword arguments for `services.save_canned_response`."""
        return {"name": self.cleaned_data["name"], "topic": self.cleaned_data["topic"], "texts": self.texts()}


def validate_placeholders(text: str) -> None:
    """Raise ValidationError for an unknown placeholder, such as {nmae}, which would be sent unchanged."""
    if strange := unknown_placeholders(text):
        known_places = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValidationError(
            _("{%(strange)s} is no place that we can fill. These are: %(known)s."),
            params={"strange": strange[0], "known": known_places},
        )


def active_topics() -> Any:
    """Return the query for the agency's topics that are in use, for a choice field."""
    return Topic.objects.filter(is_active=True).order_by("order", "code")


def active_staff() -> Any:
    """Return the query for the agency's active staff, for a choice field."""
    return Staff.objects.filter(is_active=True).order_by("name", "pk")


def error_text(form: forms.Form) -> str:
    """Return all errors of a form joined as one text, for a page that does not render its fields."""
    lines: Sequence[str] = [str(error) for errors in form.errors.values() for error in errors]
    return " ".join(lines)


def initial_person(key: str) -> dict[str, str]:
    """Return the name and first phone or e-mail address of the contact with this key; {} for none."""
    contact = Contact.objects.filter(key=key).first() if key else None
    if contact is None:
        return {}
    first = contact.identities.filter(scheme__in=["tel", "mailto"]).order_by("-assurance", "id").first()
    return {"name": contact.name, "address": first.address if first else ""}


def person_language_field() -> forms.ChoiceField:
    """Return the form field in which a clerk may say in which language we write to the person."""
    known = [("", _("As they wrote to us before"))]
    return forms.ChoiceField(
        label=_("In which language do we write to them?"), choices=[*known, *settings.LANGUAGES], required=False
    )


def person_language(address: Address, chosen: str = "") -> str:
    """Return the code of the language for a person: the chosen one, theirs if they are known, or the clerk's."""
    identity = None if chosen else find_identity(address)
    known = identity.contact.root().language if identity is not None else ""
    return (chosen or known or get_language() or "he")[:2]


class RegisterForm(HoursForm):
    """An account's entry in the register of channels, with opening hours of its own if it has any."""

    purpose = forms.CharField(
        label=_("What is this channel for?"), max_length=300, required=False,
        help_text=_("For example: reports and questions of residents; no personal files."),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )  # fmt: skip
    tone = forms.CharField(
        label=_("How do we write here?"), max_length=300, required=False,
        help_text=_("For example: short, without abbreviations, signed with a first name."),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )  # fmt: skip
    owner = forms.ModelChoiceField(
        label=_("Who is responsible?"), queryset=Staff.objects.none(), required=False, empty_label=_("Nobody yet")
    )
    deputy = forms.ModelChoiceField(
        label=_("Who is the deputy?"), queryset=Staff.objects.none(), required=False, empty_label=_("Nobody yet")
    )
    review_on = DayField(
        label=_("Next review"), required=False,
        help_text=_("From that day the list of channels shows that a review is due."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    own_hours = forms.BooleanField(
        label=_("This channel has opening hours of its own"), required=False,
        help_text=_("Without this mark it has those of the agency."),
    )  # fmt: skip

    def __init__(self, *args: Any, account: Account, agency: Agency, **kwargs: Any) -> None:
        """Fill in the account's entry, and its hours or else the agency's."""
        super().__init__(*args, agency=account.calendar(agency), **kwargs)
        for name in ("quiet_from", "quiet_to", "reopen_days", "emergency"):
            del self.fields[name]
        for name in ("purpose", "tone", "owner", "deputy", "review_on"):
            self.fields[name].initial = getattr(account, name)
        self.fields["own_hours"].initial = bool(account.hours)
        for name in ("owner", "deputy"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Staff.objects.filter(is_active=True).order_by("name")

    def clean(self) -> dict[str, Any]:
        """Return the form's data. The hours must be right only if the channel has its own."""
        if self.cleaned_data.get("own_hours"):
            found = super().clean()
        else:
            found = self.cleaned_data
            for name in [name for name in self.errors if name.startswith("day_")]:
                del self.errors[name]
        owner = found.get("owner")
        if owner is not None and owner == found.get("deputy"):
            self.add_error("deputy", _("Choose somebody else than the one who is responsible."))
        return found

    def entry(self) -> dict[str, Any]:
        """Return the keyword arguments for `channels.services.save_register_entry`."""
        data = self.cleaned_data
        names = ("purpose", "tone", "owner", "deputy", "review_on")
        return {**{name: data[name] for name in names}, "hours": self.hours() if data["own_hours"] else {}}
