"""Forms of moderators: decide on a petition with a reason; set the agency's policy, thresholds and areas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kesher.initiatives.forms import LANGUAGE_NAMES, LastDayField, TextsForm, texts_of
from kesher.petitions.models import Area, Petition, Policy, Threshold
from kesher.petitions.models.policy import SUPPORTERS_MOST, Promise
from kesher.petitions.rejection_reasons import DUPLICATE, choices

ROWS = 4  # thresholds that the page offers
AREA_FIELDS = 4
WRONG_LINES = 5  # wrong lines shown at once


class RefusalForm(forms.Form):
    """Why a petition is not published."""

    reason = forms.ChoiceField(label=_("Reason"), choices=choices)
    same_as = forms.CharField(
        label=_("If it is asked already: the number of that petition"),
        max_length=8,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr"}),
    )
    words = forms.CharField(
        label=_("In your own words, for its author"),
        help_text=_("Shown with the petition where the reason lets it be read."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_same_as(self) -> Petition | None:
        """Return the published petition that asks the same, by its number, if that is the reason; else None."""
        code = self.cleaned_data["same_as"].strip()
        if not code and self.cleaned_data.get("reason") == DUPLICATE:
            raise ValidationError(_("Give the number of that petition: people are led to it."))
        if not code or self.cleaned_data.get("reason") != DUPLICATE:
            return None
        found = Petition.objects.published().select_related("action").filter(action__code=code).first()
        if found is None:
            raise ValidationError(_("No published petition has this number."))
        return found


class ChangesForm(forms.Form):
    """What the author is asked to change."""

    asked = forms.CharField(
        label=_("What has to be changed?"),
        help_text=_("Its author gets this, with a link to change it and send it again."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NoteForm(forms.Form):
    """A note for other moderators."""

    text = forms.CharField(label=_("Note for colleagues"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class ExtendForm(forms.Form):
    """A later last day to sign."""

    closes_at = LastDayField(label=_("Last day to sign"))


class UpdateDecisionForm(forms.Form):
    """Why the author's news are not published."""

    note = forms.CharField(label=_("Why not, for its author"), max_length=300, required=False)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes no argument
    """The body's policy."""

    class Meta:
        model = Policy
        fields = (
            "accepting",
            "supporters",
            "gather_days",
            "review_hours",
            "open_months",
            "archive_months",
            "keep_months",
        )
        labels = {
            "accepting": _("Citizens may start petitions"),
            "supporters": _("Supporters before we review"),
            "gather_days": _("Days to find them"),
            "review_hours": _("Working hours of a review"),
            "open_months": _("Months open for signing"),
            "archive_months": _("Months until the archive"),
            "keep_months": _("Months that names are kept after closing"),
        }

    def __init__(self, *args: Any, languages: Sequence[str], **kwargs: Any) -> None:
        """Add a field for the body's own standards in each of these languages."""
        super().__init__(*args, **kwargs)
        self.languages = list(languages)
        self.fields["supporters"].validators.append(MaxValueValidator(SUPPORTERS_MOST))
        for lang in self.languages:
            self.fields[f"standards_{lang}"] = forms.CharField(
                label=LANGUAGE_NAMES[lang],
                initial=self.instance.standards.get(lang, ""),
                max_length=4000,
                required=False,
                widget=forms.Textarea(attrs={"lang": lang, "rows": 3}),
            )

    @property
    def standards_fields(self) -> list[Any]:
        """Return the bound fields of the body's own standards, one for each language."""
        return [self[f"standards_{lang}"] for lang in self.languages]

    @property
    def plain_fields(self) -> list[Any]:
        """Return the bound fields of all but the body's own standards."""
        return [self[name] for name in self.Meta.fields]

    def values(self) -> dict[str, Any]:
        """Return the cleaned policy as keyword arguments of `services.set_policy`."""
        found = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return found | {"standards": texts_of(self.cleaned_data, "standards")}


class ThresholdForm(TextsForm):
    """One line of the body's thresholds; an empty count is no threshold."""

    count = forms.IntegerField(label=_("Signatures"), min_value=1, max_value=10_000_000, required=False)
    kind = forms.ChoiceField(label=_("What we promise"), choices=Promise.choices, required=False)
    level = forms.TypedChoiceField(label=_("Proof that counts"), coerce=int, required=False)
    days = forms.IntegerField(label=_("Days to keep it"), min_value=1, max_value=3650, initial=30, required=False)

    TEXTS = (("name", "", 160, 1),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the levels of proof."""
        super().__init__(*args, **kwargs)
        field = self.fields["level"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(1, _("Phone or e-mail answered")), (2, _("Two addresses proved")), (3, _("National login"))]

    def row(self) -> dict[str, Any] | None:
        """Return the cleaned threshold as `services.set_thresholds` takes it, or None if it is empty."""
        cleaned = self.cleaned_data
        if not cleaned.get("count"):
            return None
        return {
            "kind": cleaned.get("kind") or Promise.RESPONSE,
            "count": cleaned["count"],
            "level": cleaned.get("level") or 1,
            "days": cleaned.get("days") or 30,
            "names": self.texts("name"),
        }


def threshold_forms(data: Any, languages: list[str]) -> list[ThresholdForm]:
    """Return a form for each stored threshold, and empty forms up to ROWS."""
    rows: list[Threshold | None] = [*Threshold.objects.all()[:ROWS]]
    rows += [None] * (ROWS - len(rows))
    return [
        ThresholdForm(data, prefix=f"t{index}", languages=languages, initial=initial_of(row))
        for index, row in enumerate(rows)
    ]


def initial_of(row: Threshold | None) -> dict[str, Any]:
    """Return the initial values of a threshold's form; those of an empty one for None."""
    if row is None:
        return {"kind": Promise.RESPONSE, "days": 30, "level": 1}
    names = {f"name_{lang}": text for lang, text in row.names.items()}
    return {"kind": row.kind, "count": row.count, "level": row.level, "days": row.days, **names}


class AreasForm(forms.Form):
    """The areas and where they lie, a line each: ``code; column; row; people; name; name in the next language …``."""

    areas = forms.CharField(label=_("Areas, a line each"), required=False, widget=forms.Textarea(attrs={"rows": 6}))

    def __init__(self, *args: Any, languages: Sequence[str], **kwargs: Any) -> None:
        """Fill the text with a line for each stored area; the names are in these languages."""
        self.languages = list(languages)
        super().__init__(*args, **kwargs)
        order = ["code", _t("column"), _t("row"), _t("inhabitants"), *(str(LANGUAGE_NAMES[lang]) for lang in languages)]
        self.fields["areas"].help_text = "; ".join(str(part) for part in order)
        self.fields["areas"].initial = "\n".join(self.as_line(area) for area in Area.objects.all())

    def as_line(self, area: Area) -> str:
        """Return an area as a line of the form's text: code; column; row; inhabitants; names."""
        names = [area.names.get(lang, "") for lang in self.languages]
        return "; ".join([area.code, str(area.column), str(area.row), str(area.people), *names])

    def clean_areas(self) -> list[dict[str, Any]]:
        """Return the areas of all lines. Raise ValidationError with what is wrong in which line."""
        rows: list[dict[str, Any]] = []
        wrong = []
        for number, line in enumerate(self.cleaned_data["areas"].splitlines(), 1):
            if line.strip():
                try:
                    rows.append(self.row(line, rows))
                except ValidationError as error:
                    said = {"number": number, "what": error.message, "line": line.strip()[:40]}
                    wrong.append(ValidationError(_("Line %(number)s: %(what)s (%(line)s)"), params=said))
        if wrong:
            raise ValidationError(wrong[:WRONG_LINES])
        return rows

    def row(self, line: str, before: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return one line of text as an area that `services.set_areas` takes. Raise ValidationError.

        ``before`` are the lines above it, whose codes and places it must not repeat.
        """
        code, *numbers_and_names = [part.strip() for part in line.split(";")]
        numbers, names = numbers_and_names[:3], numbers_and_names[3:]
        if not re.fullmatch(r"[a-z0-9-]{1,40}", code):
            raise ValidationError(_("The code is small Latin letters, digits and hyphens, such as old-town."))
        if len(numbers) < AREA_FIELDS - 1 or not all(re.fullmatch(r"[0-9]{1,7}", text) for text in numbers):
            raise ValidationError(_("After the code come three numbers: column, row and inhabitants."))
        if not any(names) or len(names) > len(self.languages):
            raise ValidationError(_("At the end comes a name for each language, at least one."))
        column, row, people = map(int, numbers)
        if column > 20 or row > 20:
            raise ValidationError(_("A map has at most 20 columns and 20 rows."))
        if any(other["code"] == code for other in before):
            raise ValidationError(_("A line above has the same code."))
        if any((other["column"], other["row"]) == (column, row) for other in before):
            raise ValidationError(_("A line above lies in the same place of the map."))
        return {
            "code": code,
            "column": column,
            "row": row,
            "people": people,
            "names": {lang: name for lang, name in zip(self.languages, names, strict=False) if name},
        }
