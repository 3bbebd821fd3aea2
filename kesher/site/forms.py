"""Forms of the first setup (the agency and its first administrator), and of what pages say of the agency."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.forms.boundfield import BoundField
from django.http.request import validate_host
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.agencies.base_url import is_site_url
from kesher.agencies.business_hours import FAITHS
from kesher.agencies.countries import COUNTRIES, country_choices
from kesher.agencies.emergency_numbers import country_of, statutory_days_of
from kesher.agencies.forms import NamesForm
from kesher.agencies.models import Agency, in_language
from kesher.core.files.attachments import store_logo
from kesher.core.files.file_types import BadFile
from kesher.core.ui.colours import measure_accent
from kesher.language import LANGUAGES
from kesher.site.services.agency_setup import Administrator


class FirstSetupForm(NamesForm):
    """The names of the agency in four languages, its main language and country, and the first administrator."""

    longest = 120
    language = forms.ChoiceField(
        label=_("Main language"),
        choices=settings.LANGUAGES,
        help_text=_("Pages are offered in the other languages too. This can be changed later."),
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=country_choices, help_text=_("For holidays and emergency numbers")
    )
    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"})
    )
    username = forms.CharField(
        label=_("Your e-mail address or a user name"),
        help_text=_("You sign in with this and the password"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "username", "dir": "ltr", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least ten characters, not only digits, and not your name"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        """Offer names in all languages, the page's language first; it is the main one unless another is chosen."""
        order = sorted(LANGUAGES, key=lambda code: code != language)
        super().__init__(*args, languages=order, initial={"language": language, "country": "IL"}, **kwargs)

    def clean_username(self) -> str:
        """Return the user name in lower case. Raise ValidationError if a user has it."""
        name = str(self.cleaned_data["username"]).lower()
        if "@" in name:
            validate_email(name)
        if User.objects.filter(username=name).exists():
            raise ValidationError(_("Somebody signs in with this name already. Choose another one."))
        return name

    def clean(self) -> dict[str, Any]:
        """Return the data; add errors for a weak password and for one that was not repeated."""
        found = super().clean()
        password, username = found.get("password", ""), found.get("username", "")
        if password:
            try:
                validate_password(password, User(username=username, first_name=found.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        if password and found.get("again") and password != found["again"]:
            self.add_error("again", _("The two passwords differ. Type the same one twice."))
        return found

    def values(self) -> dict[str, Any]:
        """Return the keyword arguments for `services.use_setup_link`."""
        data = self.cleaned_data
        username, first = data["username"], data["language"]
        return {
            "names": self.names(),
            "languages": (first, *(code for code in LANGUAGES if code != first)),
            "country": data["country"],
            "administrator": Administrator(
                username, data["name"], data["password"], username if "@" in username else ""
            ),
        }


LOGO_MOST = 2_000_000  # bytes
COLOUR = forms.TextInput(attrs={"type": "color"})


class BodyForm(NamesForm):
    """What pages and messages say of the agency: names, logo, colours, addresses, languages, people in charge.

    The postal address is in fields ``address_he`` and so on.
    """

    longest = 120
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("A square picture (PNG, JPEG or WebP) of up to 2 MB. It is shown beside the name on every page."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    logo_alt = forms.CharField(
        label=_("What the logo shows"), max_length=120, required=False,
        help_text=_("For people who do not see it, where the logo is shown without the name"),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )  # fmt: skip
    no_logo = forms.BooleanField(label=_("Remove the logo"), required=False)
    accent = forms.CharField(label=_("Colour in light mode"), max_length=7, widget=COLOUR)
    accent_dark = forms.CharField(label=_("Colour in dark mode"), max_length=7, widget=COLOUR)
    phone = forms.CharField(
        label=_("Phone"), max_length=30, required=False, widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"})
    )
    email = forms.EmailField(label=_("E-mail"), required=False, widget=forms.EmailInput(attrs={"dir": "ltr"}))
    public_url = forms.CharField(
        label=_("Address of the site"), max_length=200, required=False,
        help_text=_(
            "For example https://city.example. Links in messages begin with it. Empty: the installation's own."
        ),
        widget=forms.URLInput(attrs={"dir": "ltr"}),
    )  # fmt: skip
    offered = forms.MultipleChoiceField(
        label=_("Languages offered"), choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    language = forms.ChoiceField(label=_("Main language"), choices=settings.LANGUAGES)
    country = forms.ChoiceField(
        label=_("Country"), choices=country_choices, help_text=_("For holidays and emergency numbers")
    )
    privacy = forms.EmailField(
        label=_("E-mail of the person in charge of privacy"), required=False,
        widget=forms.EmailInput(attrs={"dir": "ltr"}),
    )  # fmt: skip
    coordinator = forms.CharField(
        label=_("Accessibility coordinator"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    coordinator_phone = forms.CharField(
        label=_("The coordinator's phone"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}),
    )  # fmt: skip
    coordinator_email = forms.EmailField(
        label=_("The coordinator's e-mail"), required=False, widget=forms.EmailInput(attrs={"dir": "ltr"})
    )

    def __init__(self, *args: Any, agency: Agency, may_move: bool, **kwargs: Any) -> None:
        """Fill in what the agency has, and add a field of its postal address for each language.

        ``may_move``: whether the address of the site may be changed. The links of sign-ins and passwords begin with it.
        """
        self.agency = agency
        super().__init__(*args, languages=LANGUAGES, names=agency.names, initial=stored_values(agency), **kwargs)
        self.fields["public_url"].disabled = not may_move
        if (here := country_of(agency)) not in COUNTRIES:
            choices = self.fields["country"]
            assert isinstance(choices, forms.ChoiceField)
            choices.choices = [(here, here or "–"), *country_choices()]
            choices.required = bool(here)
        titles, address = dict(settings.LANGUAGES), agency.contact.get("address") or {}
        known = address if isinstance(address, dict) else {agency.spoken[0]: address}
        for code in self.languages:
            self.fields[f"address_{code}"] = forms.CharField(
                label=titles[code],
                required=False,
                max_length=200,
                initial=known.get(code, ""),
                widget=forms.TextInput(attrs={"lang": code, "dir": "auto"}),
            )

    def address_fields(self) -> list[BoundField]:
        """Return the fields of the postal address, one for each language."""
        return [self[f"address_{code}"] for code in self.languages]

    def clean_logo(self) -> Any:
        """Return the uploaded file. Raise ValidationError for one that is too large."""
        file = self.cleaned_data["logo"]
        if file and file.size > LOGO_MOST:
            raise ValidationError(_("This picture is too large. Please send a smaller one."))
        return file

    def clean_accent(self) -> str:
        """Return the colour of the light theme. Raise ValidationError for one that is not readable."""
        return readable_colour(self.cleaned_data["accent"], stored=self.agency.accent, dark=False)

    def clean_accent_dark(self) -> str:
        """Return the colour of the dark theme. Raise ValidationError for one that is not readable."""
        return readable_colour(self.cleaned_data["accent_dark"], stored=self.agency.accent_dark, dark=True)

    def clean_public_url(self) -> str:
        """Return the address of the site without a slash at its end. Raise ValidationError for anything else."""
        url = str(self.cleaned_data["public_url"] or "").strip().rstrip("/")
        if url == self.agency.public_url:
            return url
        if url and not is_site_url(url):
            raise ValidationError(_("Write the address without a path, for example https://city.example"))
        host = urlsplit(url).hostname or ""
        if url and not validate_host(host, settings.ALLOWED_HOSTS):
            raise ValidationError(_("This server does not answer at this address. Whoever runs it must add it first."))
        others = Agency.objects.exclude(pk=self.agency.pk)
        if host and others.filter(Q(host=host) | Q(public_url__iexact=url)).exists():
            raise ValidationError(_("This address leads to another public body already."))
        return url

    def clean(self) -> dict[str, Any]:
        """Return the data. Add an error where the main language is not offered, or the logo cannot be read."""
        found = super().clean()
        if found.get("language") and found.get("offered") and found["language"] not in found["offered"]:
            self.add_error("language", _now("The main language has to be among those offered."))
        if found.get("logo") and not self.errors:
            try:
                found["stored_logo"] = store_logo(found["logo"].read()).key
            except BadFile as error:
                self.add_error("logo", str(error))
        return found

    def values(self) -> dict[str, Any]:
        """Return the keyword arguments for `services.agency_setup.save_profile`."""
        data, main = self.cleaned_data, self.cleaned_data["language"]
        logo = "" if data["no_logo"] else data.get("stored_logo") or self.agency.logo
        changed = data["country"] != country_of(self.agency)
        return {
            "names": self.names(),
            "accent": data["accent"],
            "accent_dark": data["accent_dark"],
            "public_url": data["public_url"],
            "languages": [main, *(code for code in data["offered"] if code != main)],
            "timezone": COUNTRIES[data["country"]].timezone if changed else self.agency.timezone,
            "contact": self.contact(),
            "statutory_days": self.statutory_days(),
            "logo": logo,
            "logo_alt": {main: data["logo_alt"]} if logo and data["logo_alt"] else {},
        }

    def statutory_days(self) -> int:
        """Return the agency's days for an answer: those of its new country, unless it had entered its own."""
        before, days = country_of(self.agency), self.agency.statutory_days
        return statutory_days_of(self.cleaned_data["country"]) if days == statutory_days_of(before) else days

    def contact(self) -> dict[str, Any]:
        """Return the entered contact details, "" or {} for what was emptied."""
        data, before = self.cleaned_data, self.agency.contact
        address = {code: data[f"address_{code}"] for code in self.languages if data[f"address_{code}"]}
        coordinator = dict(before.get("coordinator") or {})
        if data["coordinator"] != in_language(coordinator.get("names") or {}):
            coordinator["names"] = {data["language"]: data["coordinator"]} if data["coordinator"] else {}
        coordinator |= {"phone": data["coordinator_phone"], "email": data["coordinator_email"]}
        entered = {name: data[name] for name in ("phone", "email", "privacy", "country")}
        entered |= {"address": address, "coordinator": {key: value for key, value in coordinator.items() if value}}
        return entered


class CalendarForm(forms.Form):
    """Holidays of faiths and closed days, the time that the law gives, and what is said outside the opening hours.

    The texts are in fields ``closed_he``, ``emergency_he`` and so on.
    """

    faiths = forms.MultipleChoiceField(
        label=_("Holidays besides the country's"), choices=list(FAITHS.items()), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    closed = forms.CharField(
        label=_("Other days on which you are closed"), max_length=400, required=False,
        help_text=_("As 2027-04-30, with commas between"), widget=forms.TextInput(attrs={"dir": "ltr"}),
    )  # fmt: skip
    statutory_days = forms.IntegerField(
        label=_("Days within which the law wants an answer"), min_value=0, max_value=365,
        help_text=_("Shown at each request that nobody answered yet. In Israel 45; 0 shows nothing."),
    )  # fmt: skip

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        """Fill in what the agency has, and add a field for each text in each of its languages."""
        self.agency, chosen = agency, agency.holidays
        kwargs["initial"] = {
            "faiths": chosen.get("faiths", []),
            "closed": ", ".join(chosen.get("closed", [])),
            "statutory_days": agency.statutory_days,
        }
        super().__init__(*args, **kwargs)
        titles, self.languages = dict(settings.LANGUAGES), agency.spoken
        for kind in ("closed", "emergency"):
            for code in self.languages:
                self.fields[f"{kind}_{code}"] = forms.CharField(
                    label=titles[code],
                    required=False,
                    max_length=300,
                    initial=agency.texts.get(kind, {}).get(code, ""),
                    widget=forms.Textarea(attrs={"rows": 2, "lang": code, "dir": "auto"}),
                )

    def closed_fields(self) -> list[BoundField]:
        """Return the fields of what is said outside the opening hours, one for each language."""
        return [self[f"closed_{code}"] for code in self.languages]

    def emergency_fields(self) -> list[BoundField]:
        """Return the fields of what is said behind the emergency numbers, one for each language."""
        return [self[f"emergency_{code}"] for code in self.languages]

    def clean_closed(self) -> list[str]:
        """Return the days as ISO dates, in order, each once. Raise ValidationError for one that is no date."""
        days = [text.strip() for text in str(self.cleaned_data["closed"]).split(",") if text.strip()]
        try:
            return sorted({date.fromisoformat(day).isoformat() for day in days})
        except ValueError as error:
            raise ValidationError(_("Write each day as 2027-04-30, with commas between.")) from error

    def values(self) -> dict[str, Any]:
        """Return the keyword arguments for `services.agency_setup.save_profile`."""
        data = self.cleaned_data
        texts = dict(self.agency.texts)  # others have texts of other kinds, and languages that are not offered now
        for kind in ("closed", "emergency"):
            entered = {code: data[f"{kind}_{code}"].strip() for code in self.languages}
            texts[kind] = {code: text for code, text in {**texts.get(kind, {}), **entered}.items() if text}
        kept = {name: value for name, value in self.agency.holidays.items() if name not in ("faiths", "closed")}
        holidays = kept | {name: data[name] for name in ("faiths", "closed") if data[name]}
        return {
            "texts": {kind: words for kind, words in texts.items() if words},
            "holidays": holidays,
            "statutory_days": data["statutory_days"],
        }


def stored_values(agency: Agency) -> dict[str, Any]:
    """Return what the agency has, under the names of the form's fields."""
    contact, coordinator = agency.contact, agency.contact.get("coordinator") or {}
    return {
        **{name: contact.get(name, "") for name in ("phone", "email", "privacy")},
        "coordinator": in_language(coordinator.get("names") or {}),
        "coordinator_phone": coordinator.get("phone", ""),
        "coordinator_email": coordinator.get("email", ""),
        "country": country_of(agency),
        "accent": agency.accent,
        "accent_dark": agency.accent_dark,
        "public_url": agency.public_url,
        "offered": agency.spoken,
        "language": agency.spoken[0],
        "logo_alt": in_language(agency.logo_alt),
    }


def readable_colour(text: str, *, stored: str, dark: bool) -> str:
    """Return a colour as "#rrggbb". Raise ValidationError for no colour, or a new one that is not readable as text.

    Pages move the stored colour until it is readable, so that it need not be changed here.
    """
    if text == stored:
        return text
    try:
        found = measure_accent(text, dark=dark)
    except ValueError as error:
        raise ValidationError(_now("Write the colour as a code such as #0b6b6b")) from error
    if not found.passes:
        words = _now(
            "The contrast is %(ratio)s to 1, and text needs 4.5. The nearest colour that passes is %(nearest)s."
        )
        # Isolated: in a line that runs from right to left the sign would stand behind the digits.
        raise ValidationError(words % {"ratio": f"{found.ratio:.1f}", "nearest": f"\u2066{found.nearest}\u2069"})
    return text.lower()
