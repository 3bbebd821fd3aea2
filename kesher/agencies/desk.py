"""Staff pages of the agency's list of streets, areas and landmarks: list, form, import and export."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kesher.agencies import services
from kesher.agencies.forms import NamesForm
from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.models import Place
from kesher.agencies.place_files import CODE_MOST, COLUMNS, NAME_MOST, TAKEN, compare_places, read_places, write_places
from kesher.agencies.rules import clerk, staff_only
from kesher.core.ui.flash_messages import tell_outcome
from kesher.core.ui.list_search import paginate_rows
from kesher.language import normalise

PAGE = 50
ERRORS_MOST = 100  # shown of a file
SEPARATORS = re.compile(r"[,،;|\n]")
FILE_MOST = 1_000_000  # bytes; the file is posted again to be stored


class PlaceForm(NamesForm):
    """A street, area or landmark. Other names are in fields ``other_he`` and so on, with commas between."""

    code = forms.SlugField(
        label=gettext_lazy("Code"), max_length=CODE_MOST, required=False,
        help_text=gettext_lazy("Latin letters and digits. Empty: made from the English name."),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=Place.Kind.choices, widget=forms.RadioSelect, initial=Place.Kind.STREET
    )

    def __init__(self, *args: Any, place: Place | None, languages: Sequence[str], **kwargs: Any) -> None:
        """Fill in the place (None: a new one); the code of a stored place does not change."""
        known = {"kind": place.kind} if place else {}
        super().__init__(*args, languages=languages, names=place.names if place else None, initial=known, **kwargs)
        titles = dict(settings.LANGUAGES)
        if place:
            del self.fields["code"]
        for code in self.languages:
            self.fields[f"other_{code}"] = forms.CharField(
                label=titles[code],
                required=False,
                max_length=500,
                initial=", ".join(place.other_names.get(code, [])) if place else "",
                widget=forms.TextInput(attrs={"lang": code, "dir": "auto"}),
            )

    def clean_code(self) -> str:
        """Return the code. Raise ValidationError for one that is the address of a page."""
        code: str = self.cleaned_data["code"]
        if code in TAKEN:
            raise ValidationError(gettext("Choose another code: this one is the address of a page."))
        return code

    def clean(self) -> dict[str, Any]:
        """Return the cleaned data; add an error where one of the other names is too long."""
        found = super().clean()
        for code in self.languages:
            if any(len(name) > NAME_MOST for name in self.others(code)):
                self.add_error(
                    f"other_{code}", gettext("A name has at most %(most)s characters.") % {"most": NAME_MOST}
                )
        return found

    def plain_fields(self) -> list[BoundField]:
        """Return the fields that exist once, not once for each language."""
        return [self[name] for name in ("kind", "code") if name in self.fields]

    def other_fields(self) -> list[BoundField]:
        """Return the fields of other names, one for each language."""
        return [self[f"other_{code}"] for code in self.languages]

    def others(self, code: str) -> list[str]:
        """Return the other names in a language, each once."""
        given = (name.strip() for name in SEPARATORS.split(self.cleaned_data.get(f"other_{code}", "")))
        return list(dict.fromkeys(name for name in given if name))

    def values(self) -> dict[str, Any]:
        """Return the keyword arguments for `services.save_place`."""
        others = {code: self.others(code) for code in self.languages}
        return {
            "code": self.cleaned_data.get("code", ""),
            "kind": self.cleaned_data["kind"],
            "names": self.names(),
            "other_names": {code: names for code, names in others.items() if names},
        }


class ImportPlacesForm(forms.Form):
    """A file of places, or the text of one that was shown already. Cleans to its text."""

    file = forms.FileField(
        label=gettext_lazy("File"), required=False, widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt"})
    )
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Return the text. Raise ValidationError where there is none, it is too long, or no UTF-8."""
        found = super().clean() or self.cleaned_data
        file = found.get("file")
        if file is not None:
            if file.size > FILE_MOST:
                raise ValidationError(gettext("This file is too large. Divide it: an import adds to the list."))
            try:
                found["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise ValidationError(
                    gettext("This file is no UTF-8. Save it as “CSV UTF-8” and try again.")
                ) from error
        if not found.get("text", "").strip():
            raise ValidationError(gettext("Choose a file."))
        return found


@require_safe
@staff_only("change_settings")
def places(request: AgencyRequest) -> HttpResponse:
    """Render the list of places, by kind and name; ``?q=`` are words of a name or a code."""
    rows = list(Place.objects.order_by("-kind", "code"))
    if words := normalise(request.GET.get("q", "")).split():
        rows = [place for place in rows if all(word in place.search_text for word in words)]
    found, links = paginate_rows(rows, request.GET, PAGE)
    return render(request, "agencies/places.html", {"places": found, "size": len(rows), **links})


@staff_only("change_settings")
def place_new(request: AgencyRequest) -> HttpResponse:
    """Show or save the form for a new place."""
    return edit_place(request, None)


@staff_only("change_settings")
def place_edit(request: AgencyRequest, code: str) -> HttpResponse:
    """Show or save the form of the place with this code."""
    return edit_place(request, get_object_or_404(Place, code=code))


def edit_place(request: AgencyRequest, place: Place | None) -> HttpResponse:
    """Show or save the form of a place; ``place`` None creates one."""
    form = PlaceForm(request.POST or None, place=place, languages=request.agency.spoken)
    if request.method == "POST" and form.is_valid():
        with tell_outcome(request, gettext("Saved."), form):
            services.save_place(place, by=services.staff_actor(clerk(request)), **form.values())
        if not form.errors:
            return redirect("agencies:places")
    context = {"form": form, "place": place}
    return render(request, "agencies/place_form.html", context, status=422 if form.errors else 200)


@require_POST
@staff_only("change_settings")
def place_remove(request: AgencyRequest, code: str) -> HttpResponse:
    """Delete the place with this code, and redirect to the list."""
    with tell_outcome(request, gettext("Removed.")):
        services.remove_place(get_object_or_404(Place, code=code), by=services.staff_actor(clerk(request)))
    return redirect("agencies:places")


@require_http_methods(["GET", "POST"])
@staff_only("change_settings")
def places_import(request: AgencyRequest) -> HttpResponse:
    """Show what a file of places would change, and store it once that was confirmed; nothing where a line is wrong."""
    form = ImportPlacesForm(request.POST or None, request.FILES or None)
    context = {"form": form, "columns": ", ".join(COLUMNS)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "agencies/places_import.html", context, status=422 if form.errors else 200)
    text = form.cleaned_data["text"]
    file = read_places(text)
    if request.POST.get("store") and not file.errors:
        done = services.import_places(file, by=services.staff_actor(clerk(request)))
        words = gettext("Stored: %(new)s new, %(changed)s changed.")
        messages.success(request, words % {"new": len(done.new), "changed": len(done.changed)})
        return redirect("agencies:places")
    context |= {
        "text": text,
        "errors": file.errors[:ERRORS_MOST],
        "more_errors": max(0, len(file.errors) - ERRORS_MOST),
        "changes": None if file.errors else compare_places(file.rows),
    }
    return render(request, "agencies/places_import.html", context, status=422 if file.errors else 200)


@require_safe
@staff_only("change_settings")
def places_export(request: AgencyRequest) -> HttpResponse:
    """Download the list of places as CSV, with a byte order mark for spreadsheets."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="places.csv"'
    response.write(write_places(Place.objects.order_by("-kind", "code")))
    return response
