"""The form of what pages say of the agency."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms.boundfield import BoundField
from django.http.request import validate_host
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kesher.agencies.base_url import is_site_url
from kesher.agencies.countries import COUNTRIES, country_choices
from kesher.agencies.emergency_numbers import country_of, statutory_days_of
from kesher.agencies.forms import NamesForm
from kesher.agencies.models import Agency, in_language
from kesher.core.files.attachments import store_logo
from kesher.core.files.file_types import BadFile
from kesher.core.ui.colours import measure_accent
from kesher.language import LANGUAGES

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
