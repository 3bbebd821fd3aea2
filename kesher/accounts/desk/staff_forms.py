"""Forms of staff accounts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kesher.agencies.forms import StaffForm
from kesher.agencies.models import Agency, Staff

LONG_ENOUGH = _("At least ten characters. A short sentence is easy to remember and hard to guess.")


def mail_field(label: Any, **more: Any) -> forms.EmailField:
    """Return a field for a mail address, as it is written from left to right."""
    widget = forms.EmailInput(attrs={"dir": "ltr", "autocomplete": "email"})
    return forms.EmailField(label=label, max_length=254, widget=widget, **more)


class InvitationForm(StaffForm):
    """The form for the invitation of a new member of staff."""

    mail = mail_field(_("E-mail address"))
    language = forms.ChoiceField(label=_("Language of the invitation"), widget=forms.RadioSelect)
    field_order = ["name", "mail", "role", "teams", "languages", "language"]

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        """Offer the agency's languages for the mail, its first one as the default."""
        super().__init__(*args, initial={"role": "clerk", "language": agency.spoken[0]}, **kwargs)
        del self.fields["signature"]
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)
        language.choices = [(code, title) for code, title in settings.LANGUAGES if code in agency.spoken]


class NewPasswordForm(forms.Form):
    """The form for a new password, entered twice; the user name is for browsers that store passwords."""

    password = forms.CharField(
        label=_("New password"),
        help_text=LONG_ENOUGH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        """Prepare the form; a password too like the ``user`` is refused."""
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        """Return the cleaned data; add an error for a weak password, or if the two differ."""
        found = super().clean() or self.cleaned_data
        password = found.get("password", "")
        if password and found.get("again") and password != found["again"]:
            self.add_error("again", _("The two passwords differ. Enter the same one twice."))
        if password:
            try:
                validate_password(password, self.user or User(username=found.get("username", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return found


class JoinForm(NewPasswordForm):
    """The form by which an invited person chooses a user name and a password."""

    username = forms.SlugField(
        label=_("User name"),
        max_length=60,
        help_text=_("Latin letters and digits"),
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "username"}),
    )
    field_order = ["username", "password", "again"]

    def clean_username(self) -> str:
        """Return the user name in lower case. Raise ValidationError if a user has it."""
        name = str(self.cleaned_data["username"]).lower()
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(_("Somebody signs in with this name already. Choose another one."))
        return name


class MailForm(forms.Form):
    """The form for the mail address of a member of staff."""

    mail = mail_field(_("E-mail address"))


class OffBoardingForm(forms.Form):
    """The form that asks who takes over what a colleague holds; nobody: back to the queue."""

    to = forms.ModelChoiceField(
        label=_("Who takes it over?"), queryset=Staff.objects.none(), required=False, empty_label=_("Back to the queue")
    )

    def __init__(self, *args: Any, person: Staff, **kwargs: Any) -> None:
        """Offer the other active members of staff."""
        super().__init__(*args, **kwargs)
        to = self.fields["to"]
        assert isinstance(to, forms.ModelChoiceField)
        to.queryset = Staff.objects.filter(is_active=True).exclude(pk=person.pk).order_by("name", "pk")
