"""Form fields for pages, API and chats: a file, an amount of money, a place, a day, a moment."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from kesher.core.files.attachments import store_attachment
from kesher.core.files.file_types import BadFile
from kesher.core.i18n.text_variants import choose_wording_lazy
from kesher.core.models import Attachment
from kesher.language import digits, read_amount

COORDINATES = re.compile(r"^\s*(?:geo:)?(-?\d{1,3}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*$")


# Outside these years a date cannot be converted to another time zone, or counted from, without an overflow.
YEARS: Final = range(1900, 2101)


def check_year(day: date) -> None:
    """Raise ValidationError for a day, or a moment, outside `YEARS`."""
    if day.year not in YEARS:
        words = _("Choose a year from %(first)s to %(last)s.")
        raise ValidationError(words, code="year", params={"first": YEARS[0], "last": YEARS[-1]})


class DayField(forms.DateField):
    """A day in the years that can be counted with."""

    default_validators = [check_year]


class MomentField(forms.DateTimeField):
    """A date and time in the years that can be counted with."""

    default_validators = [check_year]


class AttachmentField(forms.FileField):
    """A file, as an upload (page) or as the key of a stored Attachment (every other door).

    The cleaned value is an Attachment, or None if nothing came and nothing is required.
    """

    widget = forms.ClearableFileInput(attrs={"accept": "image/*,application/pdf"})
    default_error_messages = {"unknown": _("We did not receive that file. Please send it again.")}

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the Attachment that a key names, or that an upload is stored as. Raise ValidationError."""
        if isinstance(data, str) and data:
            found = Attachment.objects.filter(key=data).exclude(state="refused").first()
            if found is None:
                raise ValidationError(self.error_messages["unknown"], code="unknown")
            return found
        if not data:
            if initial:
                return self.clean(initial)
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        try:
            return store_attachment(data.read(), name=data.name or "")
        except BadFile as error:
            raise ValidationError(str(error), code="invalid") from error


class PictureField(AttachmentField):
    """A file that must be a picture."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the picture's Attachment, or None. Raise ValidationError for any other file."""
        picture = super().clean(data, initial)
        if picture is not None and not picture.is_picture:
            raise ValidationError(_("Please choose a picture."))
        return picture


class AmountField(forms.DecimalField):
    """An amount of money as people write it: "1,250", "19,99", "₪19.90".

    An amount that can be read in two ways is an error.
    """

    widget = forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr"})
    default_error_messages = {"invalid": _("Please write a sum such as 1,250 or 19.90.")}

    def to_python(self, value: Any) -> Any:
        """Return the entered amount of money as a Decimal. Raise ValidationError if it cannot be read."""
        if value in self.empty_values or not isinstance(value, str):
            return super().to_python(value)
        found = read_amount(value)
        if found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(found)


class PlaceField(forms.CharField):
    """A place, given as words, "lat,lon", a `geo:` URI or the result of `as_text`.

    The cleaned value is {"lat": float | None, "lon": float | None, "address": str}, in degrees (WGS 84).
    """

    json_schema = {
        "type": ["string", "object"],
        "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}, "address": {"type": "string"}},
    }
    default_error_messages = {
        "range": _("These coordinates are not on the map. Please send your location again."),
        "short": choose_wording_lazy(
            _("Please write a street and a house number, or send your location."),
            _("Please say a street and a house number."),
        ),
    }

    @staticmethod
    def as_text(lat: float, lon: float, address: str = "") -> str:
        """Return a point on the map, with its address, as the text that this field parses."""
        return f"{lat:.6f},{lon:.6f}" + (f";{address}" if address else "")

    def to_python(self, value: Any) -> Any:
        """Return the entered place as a dictionary (point and address), None if empty. Raise ValidationError."""
        text = digits(str(value or "")).strip()
        if not text:
            return None
        ProhibitNullCharactersValidator()(text)  # CharField checks strings only; we return a dict
        point, _semicolon, address = text.partition(";")
        match = COORDINATES.match(point)
        if match is None:
            if len(text) < 3:
                raise ValidationError(self.error_messages["short"], code="short")
            return {"lat": None, "lon": None, "address": text[:200]}
        lat, lon = float(match[1]), float(match[2])
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise ValidationError(self.error_messages["range"], code="range")
        return {"lat": lat, "lon": lon, "address": address.strip()[:200]}


def flatten_choices(choices: Any) -> list[tuple[Any, Any]]:
    """Return a field's choices as (value, title) without their groups."""
    found: list[tuple[Any, Any]] = []
    for value, title in choices:
        found += flatten_choices(title) if isinstance(title, list | tuple) else [(value, title)]
    return found
