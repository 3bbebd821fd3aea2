"""Staff page for suspicious signatures or votes: bursts, their sources, and voiding many at once.

One page for petitions, contests and purchases: each feature says what is watched at a URL and gets its views from
`build_desk_views`. It shows where people come from and how many they are, never what they chose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kesher.agencies.middleware import AgencyRequest
from kesher.agencies.rules import clerk, staff_only
from kesher.core.db.ids import is_number
from kesher.core.errors import Refused
from kesher.core.ui.charts import bars
from kesher.core.ui.form_fields import MomentField
from kesher.participation.action_kinds import get_kind
from kesher.participation.models import Action, Alert, Participation, Voiding
from kesher.participation.services import (
    UNKNOWN_AREA,
    Condition,
    count_again,
    count_matching,
    read_tallies,
    reverse_voiding,
    settle_alert,
    top_origins,
    void_many,
)

MOST, VOIDINGS = 8, 200
AN_HOUR = timedelta(hours=1)
ANY_NUMBER = 10**9
DIMENSIONS = {
    "area": gettext_lazy("Area"),
    "source": gettext_lazy("Kind of address"),
    "net": gettext_lazy("Network"),
    "channel": gettext_lazy("Channel"),
}


@dataclass(frozen=True, slots=True)
class Watched:
    """The action that is watched, and how its feature describes it.

    ``page`` is the URL of the watch page; those of its alerts and voidings begin with it. ``back``: the URL of the
    feature's desk page. ``part``: which part of the thing it is. ``areas``: (code, name). ``channel`` and ``level``
    name a channel and a level.
    """

    action: Action
    title: str
    page: str
    back: str
    part: str = ""
    areas: Sequence[tuple[str, str]] = ()
    channel: Callable[[str], str] = field(default=str)
    level: Callable[[str], str] = field(default=str)

    def label_of(self, dimension: str, key: str) -> str:
        """Return the text that staff see for a key of a dimension (area, source …); a network's is its digest."""
        kind, _colon, rest = key.partition(":")
        if dimension == "source":
            return f"{rest}…" if kind == "tel" else f"@{rest}"
        if dimension == "channel":
            return self.channel(key)
        areas = {UNKNOWN_AREA: _("Not said"), **dict(self.areas)}
        return areas.get(key, key) if dimension == "area" else key


def datetime_input() -> forms.DateTimeInput:
    """Return an input for a date and a time in the one format that browsers read in every language."""
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ManyForm(forms.Form):
    """The form for voiding many rows: all conditions that are given must match."""

    begins = forms.CharField(
        label=gettext_lazy("Phone numbers that begin with"),
        help_text=gettext_lazy("As you write it: 050-555, or +972 50 555."),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "tel"}),
    )
    domain = forms.CharField(label=gettext_lazy("E-mail addresses at"), max_length=120, required=False)
    net = forms.CharField(label=gettext_lazy("Internet address"), max_length=60, required=False)
    level = forms.ChoiceField(label=gettext_lazy("Proof"), required=False)
    area = forms.ChoiceField(label=gettext_lazy("Area"), required=False)
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), required=False)
    since = MomentField(label=gettext_lazy("Took part from"), required=False, widget=datetime_input())
    until = MomentField(label=gettext_lazy("until"), required=False, widget=datetime_input())
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, data: Any, watched: Watched, initial: Mapping[str, Any] | None = None) -> None:
        """Offer the channels, levels and areas that the watched action's participations have."""
        super().__init__(data, initial=dict(initial or {}))
        found = read_tallies(watched.action)
        self.choose("channel", [(name, watched.channel(name)) for name in sorted(found.get("channel", {}))])
        self.choose("level", [(name, watched.level(name)) for name in sorted(found.get("level", {}))])
        self.choose("area", [*watched.areas, (UNKNOWN_AREA, watched.label_of("area", UNKNOWN_AREA))])
        if not watched.areas:
            del self.fields["area"]

    def choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        """Set the choices of a select field, with "Any" before them."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Any")), *choices]

    def condition(self) -> Condition:
        """Return the entered condition that selects participations to void."""
        given = self.cleaned_data
        plain = {name: given.get(name, "") for name in ("domain", "net", "area", "channel")}
        level = int(given["level"]) if given["level"] else None
        return Condition(prefix=given["begins"], level=level, since=given["since"], until=given["until"], **plain)

    def fingerprint(self) -> str:
        """Return a hash of the valid conditions, by which the page knows whether they were counted."""
        return sha256(repr(self.condition()).encode()).hexdigest()[:16]


def alert_condition(row: Alert) -> dict[str, Any]:
    """Return the form's initial values that select the rows of an alert: their origin and its hour."""
    kind, _colon, rest = row.key.partition(":")
    which = {"area": {"area": row.key}, "net": {"net": row.key}, "channel": {"channel": row.key}}
    of_source = {"tel": {"begins": rest}, "mail": {"domain": rest}}
    found = which.get(row.dimension) or of_source.get(kind, {})
    return {**found, "since": row.start, "until": row.start + AN_HOUR}


class AgainForm(forms.Form):
    """The form for counting one voided row again, by the receipt number that its person was given."""

    receipt = forms.CharField(
        label=gettext_lazy("Receipt"),
        max_length=12,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    why = forms.CharField(label=gettext_lazy("Why it counts again"), max_length=200)


View = Callable[..., HttpResponse]


def build_desk_views(watched: Callable[..., Watched]) -> tuple[View, View, View]:
    """Return a feature's three staff views: the watch page, settling an alert, and reversing a mass voiding.

    ``watched`` returns what is watched at a URL's arguments; it raises Http404.
    """

    @require_http_methods(["GET", "POST"])
    @staff_only("moderate")
    def page(request: AgencyRequest, **place: Any) -> HttpResponse:
        """Render or process the watch page of the action that the URL names."""
        return watch(request, watched(**place))

    @require_POST
    @staff_only("moderate")
    def alert(request: AgencyRequest, pk: int, **place: Any) -> HttpResponse:
        """Settle one alert of the action that the URL names."""
        return settle(request, watched(**place), pk)

    @require_POST
    @staff_only("moderate")
    def voiding(request: AgencyRequest, pk: int, **place: Any) -> HttpResponse:
        """Reverse one voiding of the action that the URL names."""
        return reverse(request, watched(**place), pk)

    return page, alert, voiding


def watch(request: AgencyRequest, watched: Watched) -> HttpResponse:
    """Render the fraud page of an action; from a POST, void rows by a condition or count one of them again."""
    step = request.POST.get("step", "")
    again = AgainForm(request.POST if step == "again" else None)
    if step == "again" and again.is_valid() and count_receipt_again(request, watched, again):
        return redirect(watched.page)
    alert = request.GET.get("alert", "")
    chosen = Alert.objects.filter(action=watched.action, pk=int(alert)).first() if is_number(alert) else None
    initial = alert_condition(chosen) if chosen is not None else {}
    form, count = ManyForm((request.POST or None) if step != "again" else None, watched, initial), None
    if form.is_valid():
        try:
            count = count_matching(watched.action, form.condition())
            if step == "void" and request.POST.get("counted") != form.fingerprint():
                raise Refused(_("You changed the conditions. Look at the new number first."))
            if step == "void":
                reason = form.cleaned_data["reason"]
                void_many(watched.action, form.condition(), reason=reason, staff=clerk(request))
                messages.success(request, _("It has begun. Each participation leaves the count with this reason."))
                return redirect(watched.page)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    context = {
        "watched": watched,
        "form": form,
        "again": again,
        "preview": count,
        "fixed": get_kind(watched.action).refusal(watched.action, ANY_NUMBER),
        **build_context(watched),
    }
    status = 422 if form.errors or again.errors else 200
    return render(request, "participation/desk_watch.html", context, status=status)


def count_receipt_again(request: AgencyRequest, watched: Watched, form: AgainForm) -> bool:
    """Count once more the void row with the entered receipt; return False, with a form error, if refused."""
    row = Participation.objects.filter(action=watched.action, receipt=form.cleaned_data["receipt"].strip()).first()
    try:
        if row is None:
            raise Refused(_("There is no participation with this receipt here."))
        if not count_again(row, reason=form.cleaned_data["why"], staff=clerk(request)):
            raise Refused(_("This person takes part with another one by now."))
    except Refused as refusal:
        form.add_error("receipt", refusal.message)
        return False
    messages.success(request, _("This participation counts again."))
    return True


def build_context(watched: Watched) -> dict[str, Any]:
    """Return the template context of the watch page: open alerts, charts of recent origins, voidings."""
    alerts = Alert.objects.filter(action=watched.action, state=Alert.State.OPEN).order_by("-id")[:MOST]
    charts = [
        bars([(watched.label_of(dimension, key), n) for key, n in rows], str(DIMENSIONS[dimension]))
        for dimension in ("source", "area", "channel")
        if (rows := top_origins(watched.action, dimension, most=MOST))
    ]
    voidings = Voiding.objects.filter(action=watched.action).select_related("staff").order_by("-id")
    return {
        "alerts": [
            (row, DIMENSIONS.get(row.dimension, row.dimension), watched.label_of(row.dimension, row.key))
            for row in alerts
        ],
        "charts": charts,
        "voidings": [(row, describe_condition(row.condition, watched)) for row in voidings[:VOIDINGS]],
    }


def describe_condition(kept: Mapping[str, Any], watched: Watched) -> str:
    """Return the stored condition of a voiding as a text for staff."""
    fields = {"prefix": "begins"}
    labels = {name: str(field.label) for name, field in ManyForm.base_fields.items()}
    said = {
        "area": lambda value: watched.label_of("area", value),
        "channel": lambda value: watched.label_of("channel", value),
        "level": lambda value: watched.level(str(value)),
        "since": format_datetime,
        "until": format_datetime,
    }  # fmt: skip
    parts = [(labels[fields.get(name, name)], said.get(name, str)(value)) for name, value in kept.items()]
    return " · ".join(f"{label}: {value}" for label, value in parts)


def format_datetime(text: str) -> str:
    """Return an ISO date and time in the format of the current language."""
    at = parse_datetime(text)
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at is not None else text


def settle(request: AgencyRequest, watched: Watched, pk: int) -> HttpResponse:
    """Close an alert as harmless or as acted upon, and redirect to the watch page."""
    row = get_object_or_404(Alert, pk=pk, action=watched.action)
    settle_alert(row, staff=clerk(request), acted=request.POST.get("verb") == "acted")
    return redirect(watched.page)


def reverse(request: AgencyRequest, watched: Watched, pk: int) -> HttpResponse:
    """Begin to count again all rows of one voiding, and redirect to the watch page."""
    row = get_object_or_404(Voiding.objects.select_related("action"), pk=pk, action=watched.action)
    try:
        if reverse_voiding(row, staff=clerk(request)):
            messages.success(request, _("These participations count again."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect(watched.page)
